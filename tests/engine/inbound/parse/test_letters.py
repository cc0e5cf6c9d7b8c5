"""Letters as people send them: one reply, set by many programs in many languages, with all that stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.inbound.parse import parse
from tests.engine.inbound.parse.test_clients import reply, words

CORPUS = Path(__file__).parents[3] / "corpus"
PAGES = sorted((CORPUS / "pages").glob("*.eml"))
TYPED = "Parser is finished.\nTomorrow the tests."
MARKED = "> Hello Bo,\n>\n> what did you do?\n"
OPEN = "Hello Bo,\n\nwhat did you do today?\n\nAda\n"


def pieces(name: str) -> list[str]:
    return (CORPUS / name).read_text("utf-8").split("\n%%\n")


@pytest.mark.parametrize("letter", pieces("letters.txt"))
def test_of_each_letter_the_reply_is_left(letter: str) -> None:
    assert reply(letter) == words(TYPED)
    assert reply(letter.replace("\n", "\r\n")) == words(TYPED)


@pytest.mark.parametrize("intro", pieces("intros.txt"))
def test_each_intro_goes_with_the_marked_lines_below_it(intro: str) -> None:
    assert reply(f"{TYPED}\n\n{intro}\n{MARKED}") == words(TYPED)
    assert reply(f"{TYPED}\n{intro}\n\n{MARKED}") == words(TYPED)
    assert reply(f"{intro}\n{MARKED}\n{TYPED}\n") == words(TYPED)


@pytest.mark.parametrize("block", pieces("blocks.txt"))
def test_each_header_block_goes_with_all_below_it(block: str) -> None:
    assert reply(f"{TYPED}\n\n{block}\n\n{OPEN}") == words(TYPED)
    assert reply(f"{TYPED}\n\n{block}\n{OPEN}") == words(TYPED)
    assert reply(f"{TYPED}\n\nSent from my iPhone\n\n{block}\n\n{OPEN}") == words(TYPED)


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_of_each_page_of_html_the_reply_is_left(path: Path) -> None:
    mail = parse(path.read_bytes())

    assert words(mail.reply_text) == words(TYPED)
    assert mail.html_only
