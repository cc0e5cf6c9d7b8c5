"""The parser never raises and never says "unreadable", whatever bytes come in."""

from __future__ import annotations

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inbound.parse import entries, parse, to_dict

PIECES = [
    b"From: Ada <ada@example.org>\n",
    b"Subject: =?utf-8?q?a=C3?=\n",
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: text/html; charset=utf-7\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Type: text/plain; format=flowed\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Return-Path: <>\n",
    b"Content-Type: message/delivery-status\n",
    b"Final-Recipient: rfc822; bo@example.org\n",
    b"Action: failed\n",
    b"\n",
    b"\n\n",
    b"--b\n",
    b"--b--\n",
    b"> quoted\n",
    b"On Tue, 3 Mar 2026, Bo <bo@example.org> wrote:\n",
    b"From: Bo\nSent: x\nTo: y\n",
    b"-- \n",
    b"-----Original Message-----\n",
    b"Sent from my iPhone\n",
    b"<blockquote>",
    b"<div class=gmail_quote>",
    b"</div>",
    b"<li>",
    b"- item\n",
    b"1. item\n",
    b"[x] item\n",
    b"Best regards,\nAda\n",
    b"\x00",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b"=E2=",
    b"QUJD",
    b"&#xD800;",
    b"&#0;",
    b"---------- Forwarded message ----------\n",
    b"\xee\x83\x81\n",
    b"\xee\x83\x82\n",
    b"_____\n",
    b": \n",
    b"Name <",
]


def check(raw: bytes) -> None:
    mail = parse(raw, frozenset({"example.org"}))
    json.dumps(to_dict(mail)).encode("ascii")
    everything = mail.text + mail.reply_text + mail.cut_text + mail.subject
    everything.encode("utf-8")
    assert "\0" not in everything
    assert "\n" not in mail.subject
    assert not [fault for fault in mail.faults if fault.startswith("unreadable")]
    assert all(entry.text.strip() for entry in entries(mail.reply_text, 3))


def test_what_a_relay_says_of_a_sender_is_one_line_whatever_it_holds() -> None:
    value = b"mx.example.net; spf=pass smtp.helo=b\x0co\x85\xc2\x85\0x"

    (said,) = parse(b"From: bo@example.org\nAuthentication-Results: " + value + b"\n\nhi\n").authentication_results

    assert len(said.splitlines()) == 1
    assert "\0" not in said
    assert said.startswith("mx.example.net; spf=pass smtp.helo=b")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_arbitrary_bytes_are_read(raw: bytes) -> None:
    check(raw)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=60))
def test_pieces_of_mails_in_any_order_are_read(pieces: list[bytes]) -> None:
    check(b"".join(pieces))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=800))
def test_any_text_makes_entries_without_losing_the_first_word(text: str) -> None:
    found = entries(text)

    assert all(entry.text == " ".join(entry.text.split()) for entry in found)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_mutated_mails_are_read(seed: int, changes: int) -> None:
    draw = random.Random(seed)
    raw = bytearray(b"".join(draw.choices(PIECES, k=40)))

    for _ in range(changes):
        raw[draw.randrange(len(raw))] = draw.randrange(256)

    check(bytes(raw))
