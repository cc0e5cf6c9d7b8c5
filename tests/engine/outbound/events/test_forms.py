"""Forms are read from their bytes, whatever charset or name a field has, and a broken one is Unreadable."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest

from engine.outbound.events.event import Unreadable
from engine.outbound.events.forms import FIELDS, PIECE, Field, form

PLAIN = "application/x-www-form-urlencoded"


def parts(*bodies: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies) + end


def read(body: bytes, content_type: str = "multipart/form-data; boundary=b") -> tuple[Field, ...]:
    return form(body, content_type).fields


@pytest.mark.parametrize(
    "data", [b"", b"caf\xe9 \xa2", b"\r\n\r\n", b"a\r\n--bb\r\n", b"x--b", b"x--b--", b"\0\xff", b"a\r\n"]
)
def test_a_field_has_the_bytes_that_came(data: bytes) -> None:
    (field,) = read(parts(b'Content-Disposition: form-data; name="text"\r\n\r\n' + data))

    assert (field.name, field.data, field.filename) == ("text", data, None)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b'filename="a.txt"', "a.txt"),
        (b'filename="\\share\\mail\\a.msg"', "\\share\\mail\\a.msg"),
        (b'filename="path\\"', "path\\"),
        (b'filename=""', ""),
        (b'filename="say \\"hi\\".txt"', 'say "hi".txt'),
        (b'filename="say %22hi%22.txt"', 'say "hi".txt'),
        (b"filename=plain.txt", "plain.txt"),
        ("filename=\"Übersicht.pdf\"".encode(), "Übersicht.pdf"),
        ("filename=\"Übersicht.pdf\"".encode("latin-1"), "Übersicht.pdf"),
        (b"filename=\"x\"; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"),
        (b'filename="a; b.txt"', "a; b.txt"),
    ],
)  # fmt: skip
def test_a_files_name_is_as_it_was_written(written: bytes, name: str) -> None:
    head = b'Content-Disposition: form-data; name="attachment-1"; ' + written + b"\r\nContent-Type: a/b"
    (field,) = read(parts(head + b"\r\n\r\nx"))

    assert (field.name, field.filename, field.data) == ("attachment-1", name, b"x")


def test_line_ends_may_be_plain() -> None:
    body = b'--b\nContent-Disposition: form-data; name="x"\n\none\ntwo\n--b--\n'

    assert [(field.name, field.data) for field in read(body)] == [("x", b"one\ntwo")]


def test_pairs_of_an_address_are_fields_in_bytes() -> None:
    body = urlencode([("subject", "a&b=c +"), ("raw", b"caf\xe9"), ("raw", "two")]).encode()

    got = form(body, PLAIN)

    assert [(field.name, field.data) for field in got.fields] == [("subject", b"a&b=c +"), ("raw", b"caf\xe9"),
                                                                  ("raw", b"two")]  # fmt: skip
    assert (got.text("raw"), got.last("raw")) == ("caf\ufffd", "two")


def test_long_pairs_are_whole_wherever_they_are_cut() -> None:
    for shift in range(4):
        value = b"x" * (PIECE - 2 + shift) + b"\xe9%+ " * 40_000

        assert form(urlencode({"body-mime": value}).encode(), PLAIN).fields[0].data == value


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=b"),
        (b"--other\r\n", "multipart/form-data; boundary=b"),
        (parts(b'Content-Disposition: form-data; name="x"\r\n\r\nx', end=b""), "multipart/form-data; boundary=b"),
        (b"x", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
def test_what_is_no_form_is_unreadable(body: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable):
        form(body, content_type)


def test_more_fields_than_any_mail_has_are_unreadable() -> None:
    assert len(form(b"a=1&" * FIELDS, PLAIN).fields) == FIELDS
    with pytest.raises(Unreadable):
        form(b"a=1&" * (FIELDS + 1), PLAIN)


def test_thirty_megabytes_are_split_in_no_time() -> None:
    inside = b"\r\n--not the boundary\r\n\r" * 1_000_000 + b"-" * 8_000_000
    body = parts(b'Content-Disposition: form-data; name="email"\r\n\r\n' + inside)

    began = time.process_time()
    (field,) = read(body)

    assert field.data == inside
    assert time.process_time() - began < 2.0
