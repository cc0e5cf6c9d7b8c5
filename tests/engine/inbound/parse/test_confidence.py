"""The confidence of a reading says where a rule had to guess, and why."""

from __future__ import annotations

import pytest

from engine.inbound.parse import ParsedMail, parse

HEAD = "From: Ada <ada@example.org>\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n"
INTRO = "On Tue, 3 Mar 2026 at 18:00, Sixpm <p@in.example.net> wrote:"


def read(body: str) -> ParsedMail:
    return parse((HEAD + body).encode())


def test_a_reply_of_which_nothing_was_cut_is_sure() -> None:
    mail = read("Wrote the parser\n")

    assert (mail.confidence, mail.confidence_reasons) == (1.0, ())


def test_a_marked_quotation_is_surer_than_an_unmarked_one() -> None:
    marked, unmarked = read(f"Done\n\n{INTRO}\n> What?\n"), read(f"Done\n\n{INTRO}\nWhat?\n")

    assert marked.reply_text == unmarked.reply_text == "Done"
    assert marked.confidence > unmarked.confidence >= 0.8


def test_an_empty_reply_is_doubtful_and_says_whether_something_was_cut() -> None:
    cut, empty = read(f"{INTRO}\n> What?\n"), read("\n\n")

    assert (cut.reply_text, cut.confidence, cut.confidence_reasons[-1]) == ("", 0.2, "nothing-left")
    assert (empty.reply_text, empty.confidence, empty.confidence_reasons[-1]) == ("", 0.5, "nothing-said")


def test_a_header_that_is_still_in_the_reply_shows_that_the_rules_disagreed() -> None:
    mail = read("Done\n\nAda Lovelace wrote on the phone to bo@example.net about it:\nall fine\n")

    assert "leftover" in mail.confidence_reasons
    assert mail.confidence <= 0.7


def test_a_word_above_pages_of_quotation_is_doubtful() -> None:
    much, little = read(f"ok\n\n{INTRO}\n" + "> old words\n" * 600), read(f"ok\n\n{INTRO}\n> old\n")

    assert "much-cut" in much.confidence_reasons
    assert much.confidence < little.confidence


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Done\n\nBest regards,\nAda\n", "sign-off"),
        ("Done\n\n-- \nAda\n", "signature-delimiter"),
        ("Done\n\nSent from my iPhone\n", "mobile-signature"),
        (f"{INTRO}\n> What?\n\nDone\n", "bottom-posted"),
        (f"{INTRO}\n> What?\n\nDone\n\n> Next?\n\nTests\n", "inline"),
        ("Done\n\n-----Original Message-----\nWhat?\n", "divider"),
        ("Done\n\nFrom: S <p@e.net>\nSent: 3 March 2026\nTo: Ada\nSubject: x\n\nWhat?\n", "header-block"),
    ],
)
def test_each_rule_that_cut_is_named(body: str, reason: str) -> None:
    assert reason in read(body).confidence_reasons
