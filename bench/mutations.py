"""Changes to a raw mail that keep it a mail more often than not: lines, header fields, encodings, nesting, bytes."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable

TOKENS = [
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: multipart/alternative; boundary=\"b\"\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n", b"Content-Type: message/rfc822\n",
    b"Content-Type: message/delivery-status\n", b"Content-Type: message/partial; number=1\n",
    b"Content-Type: message/feedback-report\n", b"Content-Type: message/disposition-notification\n",
    b"Content-Type: text/html; charset=utf-7\n", b"Content-Type: text/plain; format=flowed; delsp=yes\n",
    b"Content-Type: text/calendar; method=REPLY\n", b"Content-Type: application/ms-tnef; name=winmail.dat\n",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n",
    b"Content-Type: text/plain; charset=utf-16\n", b"Content-Type: text/plain; charset=iso-2022-kr\n",
    b"Content-Type: text/plain; name*0*=a'b'%; name*1=x\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Transfer-Encoding: x-uuencode\n",
    b"Content-Disposition: attachment; filename=\"../a\\b:c\"\n",
    b"Subject: =?utf-8?B?ww==?= =?utf-8?Q?=A4=00=0D=0A?=\n", b"From: \"a\" <b@example.org>, (c) <d\n",
    b"Return-Path: <>\n", b"From: MAILER-DAEMON@example.org\n", b"Auto-Submitted: auto-replied\n",
    b"Subject: Undelivered Mail\n", b"Subject: Fwd: x\n", b"Subject: Re: x\n", b"In-Reply-To: <a@b>\n",
    b"Final-Recipient: rfc822; bo@example.org\n", b"Action: failed\n", b"Status: 5.1.1\n", b"\n", b"\n\n", b"\r\n",
    b"--b\n", b"--b--\n", b"> ", b">> ", b"> > > ", b"On Tue, 3 Mar 2026, Bo <bo@example.org> wrote:\n",
    b"Am 03.03.26 um 10:15 schrieb Bo:\n", b"From: Bo\nSent: x\nTo: y\nSubject: z\n", b"-- \n",
    b"-----Original Message-----\n", b"---------- Forwarded message ---------\n", b"Begin forwarded message:\n",
    b"Sent from my iPhone\n", b"________________________________\n", b"<blockquote>", b"</blockquote>", b"<div>",
    b"<div class=gmail_quote>", b"<table><tr><td>", b"<pre>", b"<!--", b"<style>", b"<li>", b"<br>" * 9, b"<p>",
    b"&#0;", b"&#xD800;", b"&nbsp;", b"&" * 50, b"<a href='x'>", b"- item\n", b"1. item\n", b"[x] item\n",
    b"* done: #tag @ada\n", b"Best regards,\nAda\n", b"\0", b"\xff", b"\xfe\xff", b"\xe2\x80\xa8", b"\xc2\xa0",
    b"\xed\xa0\x80", b"+AAA-", b"\x1b$B", b"\x1b(B", b"begin 644 a\n#86)C\n \nend\n",
    b"{\"notificationType\":\"Bounce\",\"bounce\":{}}", b"METHOD:REPLY\n",
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n", b"-----BEGIN PGP SIGNATURE-----\n", b"=\n", b"=3D",
    b"=E2=80", b"QUJD", b"\x78\x9f\x3e\x22", b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80",
]  # fmt: skip

FRAGMENTS = [
    b"On", b"Am", b"18:00", b"3.3.2026", b"2026", b"1", b"12", b"a", b"a@b.de", b"<a@b.de>", b"wrote", b"schrieb",
    "a écrit".encode(), "写道:".encode(), "님이 작성:".encode(), b"Ada", b"*", b"-", b"_", b"--", b":", b"(", b")",
    b"<", b">", b"|", b".", b"?", b"From:", b"Sent:", b"To:", b"Subject:", b"Best,", b"Thanks", b"Sent from my",
    b"iPhone", b"http://a.b", b"- ", b"1.", b"[x]", b"#a", b"confidential", "•".encode(),
]  # fmt: skip
"""Of these lines are made that hold half of what a reader looks for."""


def mutate(raw: bytes, other: bytes, draw: random.Random) -> bytes:
    """`raw` after one to six changes; `other` lends pieces."""
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        raw = draw.choice(_CHANGES)(raw, other, draw)
    return raw


def _lines(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True) or [b""]


def _token(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    lines = _lines(raw)
    lines.insert(draw.randrange(len(lines) + 1), draw.choice(TOKENS))
    return b"".join(lines)


def _token_inside(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.choice(TOKENS) + raw[at:]


def _header(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    return draw.choice(TOKENS) + raw


def _cut(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    lines = _lines(raw)
    at = draw.randrange(len(lines))
    del lines[at : at + draw.choice((1, 1, 2, 8))]
    return b"".join(lines)


def _swap(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    lines = _lines(raw)
    a, b = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


def _splice(raw: bytes, other: bytes, draw: random.Random) -> bytes:
    mine, theirs = _lines(raw), _lines(other)
    at, begin = draw.randrange(len(mine) + 1), draw.randrange(len(theirs))
    return b"".join([*mine[:at], *theirs[begin : begin + draw.choice((1, 5, 30))], *mine[at:]])


def _bytes(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    changed = bytearray(raw)
    for _number in range(draw.choice((1, 3, 20)) if raw else 0):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _end(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    return raw[: draw.randrange(len(raw) + 1)]


def _repeat(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    """A piece many times over: what makes a reader quadratic."""
    if draw.random() < 0.5:
        piece, at = draw.choice(TOKENS), draw.randrange(len(raw) + 1)
    else:
        at = draw.randrange(len(raw) + 1)
        piece = raw[at : at + draw.choice((1, 2, 5, 40))]
    return raw[:at] + piece * draw.choice((3, 50, 2000)) + raw[at:]


def _half(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    """A line of half an intro, label or signature, now and then so often that a reader that looks ahead is slow."""
    piece = b" ".join(draw.choices(FRAGMENTS, k=draw.randint(2, 6))) + b"\n"
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + piece * (100_000 // len(piece) if draw.random() < 0.05 else draw.choice((1, 3, 50))) + raw[at:]


def _wrap(raw: bytes, other: bytes, draw: random.Random) -> bytes:
    """The mail as a part of another, with or without an encoding."""
    head = draw.choice(
        (b"Content-Type: message/rfc822\n", b"Content-Type: text/plain\n", b"Content-Type: text/html\n", b"")
    )
    encoded = draw.choice((None, base64.encodebytes, binascii.b2a_qp))
    body = encoded(raw) if encoded is not None else raw
    name = {None: b"", base64.encodebytes: b"base64", binascii.b2a_qp: b"quoted-printable"}[encoded]
    head += b"Content-Transfer-Encoding: " + name + b"\n" if name else b""
    return (
        b"Content-Type: multipart/mixed; boundary=w\n\n--w\n\n"
        + other[:500]
        + b"\n--w\n"
        + head
        + b"\n"
        + body
        + b"\n--w--\n"
    )


def _encode_body(raw: bytes, _: bytes, draw: random.Random) -> bytes:
    head, blank, body = raw.partition(b"\n\n")
    if draw.random() < 0.5:
        return head + b"\nContent-Transfer-Encoding: base64" + blank + base64.encodebytes(body)
    text = body.decode("utf-8", "replace")
    codec = draw.choice(("utf-16", "utf-7", "gb18030", "iso2022_jp", "koi8-r", "cp037"))
    return head + b"\nContent-Type: text/plain; charset=" + codec.encode() + blank + text.encode(codec, "replace")


_CHANGES: list[Callable[[bytes, bytes, random.Random], bytes]] = [
    _token, _token, _token_inside, _header, _header, _cut, _swap, _splice, _splice, _bytes, _end, _repeat, _half,
    _wrap, _encode_body,
]  # fmt: skip
