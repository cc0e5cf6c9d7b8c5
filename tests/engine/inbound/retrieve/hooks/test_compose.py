"""A mail made of pieces holds all of them, byte for byte."""

from __future__ import annotations

import re

import pytest

from engine.inbound.parse import parse
from engine.inbound.parse.mime import read
from engine.inbound.retrieve.hooks.compose import Piece, compose, lines, mailbox

HEAD = b"From: ada@example.org\r\nSubject: Re: today\r\nContent-Type: multipart/mixed; boundary=gone\r\n"


@pytest.mark.parametrize(
    "data", [b"Fixed it.\n", b"caf\xe9\r\n", b"a\0b", b"x" * 5000, b"\r\n\r\n", b"--x--\r\n", b"a\rb"]
)
def test_a_text_keeps_its_bytes_and_charset(data: bytes) -> None:
    mail = compose(HEAD, [Piece(data, "text/plain", "windows-1252")], [], b"")

    part = next(part for part in read(mail).walk() if part.content_type == "text/plain")

    assert part.data() == data
    assert part.params["charset"] == "windows-1252"


@pytest.mark.parametrize("data", [b"", b"\0\xff\r\n\n\r" * 100, bytes(range(256)) * 50])
def test_a_file_keeps_its_bytes_and_name(data: bytes) -> None:
    file = Piece(data, "image/png", filename='dir\\Übersicht "x".png', content_id="<ab c>", inline=True)

    mail = compose(HEAD, [Piece(b"Hi.", "text/plain", "utf-8")], [file], b"")

    (found,) = parse(mail).attachments
    assert (found.name, found.content_type, found.size, found.content_id, found.inline) == (
        "Übersicht x.png", "image/png", len(data), "abc", True)  # fmt: skip
    assert next(part for part in read(mail).walk() if part.content_type == "image/png").data() == data


def test_text_and_html_are_one_mail_in_two_forms() -> None:
    html = Piece(b"<p>Fixed <b>it</b>.</p>", "text/html", "utf-8")

    mail = compose(HEAD, [Piece(b"Fixed it.", "text/plain", "utf-8"), html], [], b"")

    assert [part.content_type for part in read(mail).walk()] == ["multipart/mixed", "multipart/alternative",
                                                                 "text/plain", "text/html"]  # fmt: skip
    assert parse(mail).reply_text == "Fixed it."


def test_fields_of_the_body_that_is_gone_are_renamed() -> None:
    mail = compose(HEAD, [Piece(b"Hi.", "text/plain", "utf-8")], [], b"")

    assert b"X-Original-Content-Type: multipart/mixed; boundary=gone\r\n" in mail
    assert len(re.findall(rb"^Content-Type: multipart", mail, re.MULTILINE)) == 1


def test_an_empty_line_among_the_fields_does_not_end_them() -> None:
    mail = compose(
        b"From: ada@example.org\r\n\r\n \r\nSubject: today\r\n", [Piece(b"Hi.", "text/plain", "utf-8")], [], b""
    )

    assert parse(mail).subject == "today"


def test_a_report_of_a_server_stays_one() -> None:
    head = (
        b'From: mailer-daemon@example.org\r\nContent-Type: multipart/report; boundary="x";\r\n'
        b" report-type=delivery-status\r\n"
    )
    status = (
        b"Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n"
    )

    mail = compose(head, [Piece(b"It failed.", "text/plain", "utf-8")], [Piece(status, "message/delivery-status")], b"")

    parsed = parse(mail)
    assert parsed.kind == "bounce"
    assert parsed.bounce is not None
    assert [(one.address, one.permanent) for one in parsed.bounce.recipients] == [("ada@example.org", True)]


def test_what_has_no_place_stands_behind_the_mail_and_is_read_by_nobody() -> None:
    rest = b"\r\n--=_rest\r\nspam_report\r\n\r\nWrote on Monday: > quoted\r\n"
    plain = compose(HEAD, [Piece(b"Hi.", "text/plain", "utf-8")], [], b"")
    mail = compose(HEAD, [Piece(b"Hi.", "text/plain", "utf-8")], [], rest)

    assert mail.endswith(rest)
    assert (parse(mail).text, parse(mail).attachments) == (parse(plain).text, ())


def test_the_same_pieces_are_the_same_mail_and_others_have_another_boundary() -> None:
    one, other = ([Piece(words, "text/plain", "utf-8")] for words in (b"one", b"other"))
    boundary = re.compile(rb'boundary="(=_[^"]+)"')

    assert compose(HEAD, one, [], b"") == compose(HEAD, one, [], b"")
    assert boundary.findall(compose(HEAD, one, [], b"")) != boundary.findall(compose(HEAD, other, [], b""))


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a\n\nbody", "a\rb", "a\0b", " a "])
def test_a_value_cannot_begin_another_field(value: str) -> None:
    mail = compose(lines([("Subject", value), ("From", "ada@example.org"), ("Not a name", "x")]), [], [], b"")

    assert parse(mail).from_ is not None
    assert b"\nBcc" not in mail
    assert b"Not a name" not in mail


def test_a_persons_name_may_hold_anything() -> None:
    head = lines([("From", mailbox("* Snag: \\ <https://x.example/?1>, 💲", "ada@example.org"))])

    sender = parse(compose(head, [], [], b"")).from_

    assert sender is not None
    assert (sender.name, sender.address) == ("* Snag: \\ <https://x.example/?1>, 💲", "ada@example.org")


@pytest.mark.parametrize(
    ("piece", "is_file"),
    [
        (Piece(b"x", "text/pdf", filename=".."), False),
        (Piece(b"x", "text/pdf", filename="path\\"), False),
        (Piece(b"x", "text/pdf", filename=""), False),
        (Piece(b"x", "text/pdf", filename="dir/a"), True),
        (Piece(b"x", "image/png", filename="", content_id=""), True),
        (Piece(b"x", "message/delivery-status", filename=""), True),
    ],
)
def test_a_file_that_nobody_could_name_is_none(piece: Piece, is_file: bool) -> None:
    assert piece.is_file is is_file
