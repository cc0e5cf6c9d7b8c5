"""An address is struck out of a mail wherever and however it stands there, and nothing else is touched."""

from __future__ import annotations

import base64
import quopri
import time
from email import message_from_bytes, policy

import pytest

from engine.people.directory.striking import struck
from tests.engine.people.directory.life import encoded

ADA = "ada.l@example.org"
X = "x" * len(ADA)


def part(body: bytes, encoding: str) -> bytes:
    return b"Subject: S\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"To: {ADA}\r\n\r\nHi", f"To: {X}\r\n\r\nHi"),
        ("To: ADA.L@Example.ORG\r\n\r\nHi", f"To: {X}\r\n\r\nHi"),
        (f"\r\n\r\nnada.l@example.org, {ADA}.uk, {ADA}x", f"\r\n\r\nnada.l@example.org, {ADA}.uk, {ADA}x"),
        ("\r\n\r\n<a href='?to=ada.l%40example.org'>", f"\r\n\r\n<a href='?to={X}xx'>"),
        ("\r\n\r\nada.l&#64;example.org", f"\r\n\r\n{X}xxxx"),
        ("\r\n\r\nada.l=40exam=\r\nple.org", "\r\n\r\nxxxxx=78xxxx=\r\nxxxxxxx"),
        ("\r\n\r\n?to=ada.l@example.org", f"\r\n\r\n?to={X}"),  # =ad is no escape here
        ("Subject: =?utf-8?Q?An_ada=2El=40example.org?=", f"Subject: =?utf-8?Q?An_xxx=78x=78{'x' * 11}?="),
    ],
)  # fmt: skip
def test_it_is_struck_out_as_it_stands(before: str, after: str) -> None:
    assert struck(before.encode(), ADA).decode() == after


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("times", [1, 7, 400])
def test_base64_keeps_its_lines_and_what_is_beside_the_address(end: bytes, times: int) -> None:
    words = f"Ask {ADA} or nada.l@example.org.\n".encode() * times
    body = base64.encodebytes(words).replace(b"\n", end)
    raw = part(body, "Base64") + b"--next" + end + body[:40]

    after = struck(raw, ADA)

    assert len(after) == len(raw)
    assert [len(line) for line in after.splitlines()] == [len(line) for line in raw.splitlines()]
    inside = base64.b64decode(after.partition(b"\r\n\r\n")[2].partition(b"--next")[0])
    assert inside == words.replace(f" {ADA}".encode(), f" {X}".encode())


def test_a_mail_in_every_encoding_loses_it_and_stays_the_mail_it_was() -> None:
    raw = encoded("Ada", ADA)

    after = struck(raw, ADA)

    parts = list(zip(message_from_bytes(raw, policy=policy.default).walk(),
                     message_from_bytes(after, policy=policy.default).walk(), strict=True))  # fmt: skip
    assert len(after) == len(raw)
    assert [one.get_content_type() for one, _ in parts] == [other.get_content_type() for _, other in parts]
    assert "über" in str(parts[0][1]["Subject"]).lower()
    assert ADA not in str(parts[0][1]["Subject"])
    for one, other in parts:
        if one.get_content_maintype() == "text":
            assert other.get_content().count("x" * len(ADA)) == one.get_content().count(ADA) + one.get_content().count(
                ADA.replace("@", "%40")
            )
    assert struck(after, ADA) == after


@pytest.mark.parametrize("raw", [b"", b"\0\xff=?=", part(b"=====\r\nQUI=QQ", "base64"), b"=", part(b"A", "base64")])
def test_what_is_no_mail_at_all_is_left_alone(raw: bytes) -> None:
    assert struck(raw, ADA) == raw


def test_quoted_printable_of_any_kind_decodes_to_the_same_words_without_it() -> None:
    words = f"<p>Größe, {ADA}; {'ü ' * 100}{ADA}</p>=\n".encode()

    after = quopri.decodestring(struck(quopri.encodestring(words), ADA))

    assert after == words.replace(f" {ADA}".encode(), f" {X}".encode())


def test_a_mail_of_nothing_but_headers_is_looked_through_in_no_time() -> None:
    raw = b"Subject: x\r\n" + b"Content-Transfer-Encoding: base64\r\n" * 20_000 + b"To: ann@example.org\r\n"
    began = time.monotonic()

    without = struck(raw, "ann@example.org")

    assert time.monotonic() - began < 2
    assert without == raw.replace(b"ann@example.org", b"x" * 15)
