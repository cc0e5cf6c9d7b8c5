"""Mails of many programs in many languages, made by rule: each must give back exactly the words that were typed."""

from __future__ import annotations

import html
import re
import textwrap

import pytest

from engine.inbound.parse import parse
from tests.engine.inbound.parse.mails.farther import FARTHER
from tests.engine.inbound.parse.mails.languages import LANGUAGES, Language
from tests.engine.inbound.parse.mails.markup import MARKUP
from tests.engine.inbound.parse.mails.phones import PHONES
from tests.engine.inbound.parse.mails.programs import TEXT

ALL = LANGUAGES + FARTHER
OLD = "Hello Bo,\n\nwhat did you do today? Tell the team.\n\nAda"
TYPED = ("On Monday I wrote the parser and Jo wrote two tests.\nTomorrow: the rest of it.", "Parser done",
         "- parser\n- tests\n\nAll fine.")  # fmt: skip
languages = pytest.mark.parametrize("language", ALL, ids=[language.code for language in ALL])


def reply(body: str, kind: str = "plain") -> str:
    """The words of the reply in a mail with that body, runs of blanks as one."""
    head = f"From: Bo Miller <bo@example.net>\nSubject: Re: x\nContent-Type: text/{kind}; charset=utf-8\n\n"
    return " ".join(parse((head + body).encode()).reply_text.split())


def words(text: str) -> str:
    return " ".join(text.split())


def marked(text: str, mark: str = "> ") -> str:
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))


def in_html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def wrapped(intro: str) -> dict[str, str]:
    """The intro as programs wrap it, and with the blanks that some of them write."""
    found = {f"at {width}": textwrap.fill(intro, width, break_on_hyphens=False) for width in (200, 76, 60, 40)}
    return found | {
        "before the address": intro.replace(" <", "\n<", 1),
        "inside the address": intro.replace("<", "<\n", 1),
        "a blank line": intro.replace(" <", "\n\n<", 1),
        "hard blanks": intro.replace(" ", "\u00a0"),
        "narrow blanks": re.sub(r"(\d) ", "\\1\u202f", intro),
    }


def blocks(language: Language) -> list[str]:
    """The quoted header of an Outlook, with bold labels, without addresses, below rules and dividers."""
    sender, sent, to, subject = language.labels
    found = []
    for before, after in (("", ":"), ("*", ":*"), ("*", "*:"), ("", "：")):
        block = (
            f"{before}{sender}{after} Ada Lovelace <ada@example.org>\n{before}{sent}{after} {language.when}\n"
            f"{before}{to}{after} Bo <bo@example.net>\n{before}{subject}{after} What did you do?"
        )
        dashed = f"-----{language.original}-----\n{block}"
        found += [block, re.sub(r" <\S+>", "", block), f"{'_' * 32}\n{block}", dashed]
    return found


@languages
def test_typed_words_that_look_like_an_intro_stay(language: Language) -> None:
    assert reply(language.typed) == words(language.typed)


@languages
def test_a_quotation_goes_however_its_intro_is_wrapped(language: Language) -> None:
    for intro in language.intros:
        for how, text in wrapped(intro).items():
            above = reply(f"{language.typed}\n\n{text}\n\n{marked(OLD)}\n")
            tight = reply(f"{language.typed}\n{text}\n{marked(OLD)}\n")
            below = reply(f"{text}\n\n{marked(OLD)}\n\n{language.typed}\n")
            inside = reply(f"{language.typed}\n\n{marked(text)}\n>\n{marked(OLD)}\n")

            assert {above, tight, below, inside} == {words(language.typed)}, (how, text)


@languages
def test_an_unmarked_quotation_goes_with_its_intro(language: Language) -> None:
    for intro in language.intros:
        for how, text in wrapped(intro).items():
            if how not in ("at 60", "at 40"):
                assert reply(f"{language.typed}\n\n{text}\n\n{OLD}\n") == words(language.typed), (how, text)


@languages
def test_answers_between_quoted_questions_keep_both(language: Language) -> None:
    for intro in language.intros:
        kept = reply(f"{intro}\n> What did you do?\n\n{language.typed}\n\n> What next?\n\nrest\n\n> Ada\n")

        assert words(language.typed) in kept
        assert kept.endswith("> What next? rest"), intro


@languages
def test_a_quoted_header_goes_with_all_below_it(language: Language) -> None:
    for block in blocks(language):
        assert reply(f"{language.typed}\n\n{block}\n\n{OLD}\n") == words(language.typed), block
        assert reply(f"{language.typed}\n\n{marked(block)}\n>\n{marked(OLD)}\n") == words(language.typed), block


@languages
def test_the_line_of_a_phone_goes(language: Language) -> None:
    intro = language.intros[0]
    for text in (
        f"{language.typed}\n\n{language.phone}\n",
        f"{language.typed}\n{language.phone}\n",
        f"{language.typed}\n\n{language.phone}\n\n{intro}\n\n{marked(OLD)}\n",
        f"{language.typed}\n\n{intro}\n\n{marked(OLD)}\n\n{language.phone}\n",
    ):
        assert reply(text) == words(language.typed), text


@languages
def test_html_quotations_go_in_every_language(language: Language) -> None:
    typed, old = in_html(language.typed), in_html(OLD)
    values = ("Ada <ada@example.org>", language.when, "Bo <bo@example.net>", "What?")
    head = "".join(f"<b>{a}:</b> {in_html(b)}<br>" for a, b in zip(language.labels, values, strict=True))
    tails = [f"<hr><div>{head}</div><p>{old}</p>", f"<p>{head}</p><p>{old}</p>"]
    for intro in map(in_html, language.intros):
        tails += [f"<div>{intro}</div><blockquote>{old}</blockquote>", f"<div>{intro}</div><div>{old}</div>"]
    for tail in tails:
        assert reply(f"<div>{typed}</div><div><br></div>{tail}", "html") == words(language.typed), tail


@pytest.mark.parametrize("program", TEXT)
def test_the_quotation_of_each_program_goes(program: str) -> None:
    for old in (OLD, "ok?"):
        quotation = TEXT[program].replace("{Q>}", marked(old)).replace("{Q}", old)
        for typed in TYPED:
            assert reply(f"{typed}\n\n{quotation}\n") == words(typed)
            assert reply(f"{typed}\n\n\n\n{quotation}\n\n") == words(typed)


@pytest.mark.parametrize("program", MARKUP)
def test_the_html_quotation_of_each_program_goes(program: str) -> None:
    quotation = MARKUP[program].replace("{Q>}", in_html(marked(OLD))).replace("{Q}", in_html(OLD))
    for typed in TYPED[:2]:
        text = in_html(typed)
        for mail in (
            f"<html><body><div>{text}</div>{quotation}</body></html>",
            f"<p>{text}</p>{quotation}",
            f"{text}<br><br>{quotation}",
        ):
            assert reply(mail, "html") == words(typed)


@pytest.mark.parametrize("line", PHONES)
def test_the_line_of_each_program_goes(line: str) -> None:
    for typed in TYPED[:2]:
        assert reply(f"{typed}\n\n{line}\n") == words(typed)
        assert reply(f"{typed}\n{line}\n") == words(typed)
        assert reply(f"{typed}\n\n{line}\n\n{ALL[0].intros[0]}\n{marked(OLD)}\n") == words(typed)
        assert reply(f"<div>{in_html(typed)}</div><div><br></div><div>{in_html(line)}</div>", "html") == words(typed)
