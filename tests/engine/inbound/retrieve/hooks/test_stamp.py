"""What we write above a mail that a provider hands over: the envelope, and its findings under our name alone."""

from __future__ import annotations

import pytest

from engine.inbound.identity import dmarc_failed
from engine.inbound.parse import parse
from engine.inbound.retrieve.hooks.letter import Letter
from engine.inbound.retrieve.hooks.stamp import stamped

MAIL = b"From: ada@example.org\r\nSubject: today\r\n\r\nFixed it.\r\n"
EDGE = "mx.example.org"


def letter(mail: bytes = MAIL, sender: str | None = "ada@example.org", **verdicts: str) -> Letter:
    return Letter("1", mail, sender, (), tuple(verdicts.items()))


def test_the_sender_stands_above_the_mail_and_the_mail_is_as_it_came() -> None:
    assert stamped(letter(), None) == b"Return-Path: <ada@example.org>\r\n" + MAIL


def test_the_null_sender_is_written_and_an_unknown_one_is_not() -> None:
    assert parse(stamped(letter(sender=""), None)).return_path == ""
    assert stamped(letter(sender=None), None) == MAIL


def test_a_sender_cannot_begin_another_field() -> None:
    raw = stamped(letter(sender="a@example.org>\r\nAuthentication-Results: mx.example.org; dmarc=fail"), None)

    assert parse(raw).authentication_results == ()


def test_a_provider_that_says_dmarc_failed_is_believed_under_our_own_name() -> None:
    raw = stamped(letter(dmarc="fail", spf="pass"), EDGE)

    assert dmarc_failed(parse(raw).authentication_results, EDGE)


def test_without_a_name_of_our_own_nothing_is_written_of_it() -> None:
    assert b"Authentication-Results" not in stamped(letter(dmarc="fail"), None)


@pytest.mark.parametrize(
    "claim",
    [
        b"Authentication-Results: mx.example.org; dmarc=pass\r\n",
        b"authentication-results :\r\n\tMX.example.org 1; dmarc=fail\r\n",
        b"Authentication-Results: (a comment) mx.example.org\r\n\t; dmarc=fail\r\n",
        b"X: y\r\nAuthentication-Results: mx.example.org; spf=pass;\r\n dmarc=fail\r\n",
        b"Authentication-Results:\r mx.example.org; dmarc=fail\r\n",
        b"Authentication-Results:\r\r\n mx.example.org; dmarc=fail\r\n",
        b"Authentication-Results: \0mx.example.org; dmarc=fail\r\n",
        b"Authentication-Results: \xc2\xa0mx.example.org; dmarc=fail\r\n",
        b"Authentication-Results: \x1fmx.example.org; dmarc=fail\r\n",
        b"Authentication-Results: mx.example.org\xc2\xa0; dmarc=fail\r\n",
        b"Authentication-Results:\r\n a" + b"." * 9000 + b"\r\n mx.example.org; dmarc=fail\r\n",
        b"X:" + b"\r" * 2_000_000 + b"\nAuthentication-Results: mx.example.org; dmarc=fail\r\n",
    ],
)
def test_a_mail_that_speaks_in_our_name_is_not_heard(claim: bytes) -> None:
    raw = stamped(letter(claim + MAIL, dmarc="pass"), EDGE)

    (result,) = parse(raw).authentication_results
    assert "dmarc=pass" in result
    assert b"X-Claimed-" in raw
    assert raw.replace(b"X-Claimed-", b"").endswith(claim + MAIL)


def test_anothers_findings_and_words_of_the_body_stay_as_they_came() -> None:
    mail = (
        b"Authentication-Results: mx.other.test; dmarc=fail\r\n"
        + MAIL
        + b"Authentication-Results: mx.example.org; x\r\n"
    )

    assert stamped(letter(mail), EDGE).endswith(mail)


@pytest.mark.parametrize("before", [b"\r\n", b"\n\n", b"From ada@example.org Sun Nov 22 00:00:00 2026\n"])
def test_a_mail_that_begins_oddly_is_still_one(before: bytes) -> None:
    raw = stamped(letter(before + MAIL, dmarc="fail"), EDGE)

    parsed = parse(raw)
    assert (parsed.subject, parsed.return_path) == ("today", "ada@example.org")
    assert raw.startswith(before)
    assert raw.endswith(MAIL)


def test_letters_that_fold_to_ours_are_not_ours() -> None:
    claim = "Authentication-Results: ma\N{LATIN SMALL LETTER LONG S}k.example.org; dmarc=fail\r\n".encode()

    raw = stamped(letter(claim + MAIL), "mask.example.org")

    assert not dmarc_failed(parse(raw).authentication_results, "mask.example.org")
