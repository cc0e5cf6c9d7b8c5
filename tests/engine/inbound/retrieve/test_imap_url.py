"""SIXPM_IMAP_URL: what it may be, and what is said when it is not."""

from __future__ import annotations

import pytest

from engine.config import load
from engine.errors import ConfigError
from engine.inbound.retrieve.imap_url import Box, boxes


def of(text: str) -> tuple[Box, ...]:
    return boxes(load(imap_url=text))


def test_several_mailboxes_are_parted_by_blanks_and_every_part_may_be_encoded() -> None:
    first, second = of("imaps://ada%40acme.test:p%40ss%20word@imap.acme.test  imap://bob:x@[::1]:1143/Gel%C3%B6scht/A")

    assert first == Box("ada@acme.test", "p@ss word", "imap.acme.test", 993, True, "INBOX")
    assert second == Box("bob", "x", "::1", 1143, False, "Gelöscht/A")
    assert first.name == "ada@acme.test@imap.acme.test/INBOX"
    assert second.name == "bob@::1:1143/Gelöscht/A"
    assert "p@ss" not in repr(first)


def test_without_the_setting_there_is_none() -> None:
    assert of("  ") == boxes(load()) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pop3://ada:hunter2@mail.test", "Address 1 of SIXPM_IMAP_URL begins with neither"),
        ("imaps://a:b@mail.test imaps://ada:hunter2@mail.test:many", "Address 2 of SIXPM_IMAP_URL is no URL"),
        ("imaps://ada@mail.test/hunter2", "has no password"),
        ("imaps://:hunter2@mail.test", "has no username"),
        ("imaps://ada:hunter2@", "has no hostname"),
        ("imaps://a:hunter2@mail.test imaps://a:hunter3@mail.test/INBOX", "names a@mail.test/INBOX twice"),
    ],
)
def test_what_is_wrong_is_said_and_no_password_with_it(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        of(text)

    assert words in str(caught.value)
    assert "hunter" not in str(caught.value)
