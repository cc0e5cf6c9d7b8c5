"""Each mail in tests/corpus gives the reply that stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.inbound.parse import parse

CORPUS = Path(__file__).parents[3] / "corpus"
MAILS = sorted(CORPUS.glob("*.eml"))


@pytest.mark.parametrize("path", MAILS, ids=[path.stem for path in MAILS])
def test_the_visible_reply_of_each_mail_is_known(path: Path) -> None:
    mail = parse(path.read_bytes())

    assert mail.reply_text == path.with_suffix(".txt").read_text("utf-8")
    assert mail.kind == "reply"
    assert mail.in_reply_to == ("prompt-1@in.example.net",)


@pytest.mark.parametrize("path", MAILS, ids=[path.stem for path in MAILS])
def test_windows_line_ends_change_nothing(path: Path) -> None:
    raw = path.read_bytes()

    assert parse(raw.replace(b"\n", b"\r\n")).reply_text == parse(raw).reply_text
