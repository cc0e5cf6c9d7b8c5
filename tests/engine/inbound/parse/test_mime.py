"""Trees, charsets and headers as senders really write them."""

from __future__ import annotations

import base64
import struct

import pytest

from engine.inbound.parse import from_dict, limits, parse, to_dict

ALTERNATIVE = (
    b"Subject: x\nContent-Type: multipart/alternative; boundary=b\n\n"
    b"--b\nContent-Type: text/plain\n\n%s\n--b\nContent-Type: text/html\n\n<p>markup</p>\n--b--\n"
)


def text_of(head: bytes, body: bytes) -> str:
    return parse(head + b"\n\n" + body).reply_text.strip()


@pytest.mark.parametrize(
    ("label", "data", "expected", "fault"),
    [
        ("utf-8", "grün".encode(), "grün", None),
        ("us-ascii", "grün".encode(), "grün", "charset-lie"),
        ("big5", "寫道".encode(), "寫道", "charset-lie"),
        ("utf-8", "grün".encode("cp1252"), "grün", "charset-lie"),
        ("", "grün".encode("cp1252"), "grün", "charset-missing"),
        ("x-klingon", b"green", "green", "charset-unknown"),
        ("iso-8859-1", b"\x93green\x94", "“green”", None),
        ("unicode-1-1-utf-7", b"gr+APw-n", "grün", None),
        ("iso-2022-jp", "日本".encode("iso2022_jp"), "日本", None),
        ("ks_c_5601-1987", "한글".encode("cp949"), "한글", None),
        ("punycode", b"a-b", "a-b", "charset-unknown"),
        ("utf-8", b"a\x00b\x1bc", "abc", None),
    ],
)
def test_text_is_what_the_bytes_say(label: str, data: bytes, expected: str, fault: str | None) -> None:
    mail = parse(f"Content-Type: text/plain; charset={label}\n\n".encode() + data)

    assert mail.reply_text == expected
    assert fault is None or fault in mail.faults


def test_flowed_text_is_joined_and_stays_one_line() -> None:
    head = b'Content-Type: text/plain; format=flowed; delsp=yes; charset="utf-8"'

    assert text_of(head, b"It is one \n long li \nne.\n> quoted \n> too\n") == "It is onelong line."


def test_the_plain_alternative_wins_unless_it_is_empty() -> None:
    assert parse(ALTERNATIVE % b"plain").reply_text.strip() == "plain"
    assert parse(ALTERNATIVE % b" ").reply_text.strip() == "markup"


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\nSubject: x\nContent-Type: text/plain\n\nhello\n",
        b"\xef\xbb\xbfSubject: x\n\nhello\n",
        b"From ada@example.org Tue Mar  3 18:00:00 2026\nSubject: x\n\nhello\n",
        b"Subject: x\nContent-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\nhello\n--b--\n",
        b"Subject: x\nContent-Type: multipart/mixed; boundary=zz\n\nhello\n",
        b"Subject: x\nbroken line\nContent-Type: text/plain\n\nhello\n",
    ],
)
def test_odd_envelopes_are_read_all_the_same(raw: bytes) -> None:
    mail = parse(raw)

    assert (mail.subject, mail.reply_text.strip()) == ("x", "hello")


def test_encoded_words_are_joined_across_split_characters() -> None:
    mail = parse(b"Subject: =?utf-8?q?gr=C3?= =?utf-8?q?=BCn?= =?iso-8859-1?Q?_=FC?=\n\nx")

    assert mail.subject == "grün ü"


def test_a_subject_carries_no_line_break_into_other_headers() -> None:
    mail = parse(b"Subject: =?utf-8?q?a=0D=0ABcc:_eve=40example.org=00?=\n\nx")

    assert mail.subject == "a Bcc: eve@example.org"


def test_addresses_of_every_shape_are_read() -> None:
    mail = parse(
        b'From: "Lovelace, Ada \\"A\\"" <Ada@Example.ORG>\n'
        b"To: friends: bo@example.org, =?utf-8?q?J=C3=B6?= <jo@example.org>;\n"
        b"Cc: ann@example.org (Ann)\nX-Envelope-To: r+token@in.example.net\nDelivered-To: <r2@in.example.net>\n\nx"
    )

    assert mail.from_ is not None
    assert (mail.from_.name, mail.from_.address) == ("Lovelace, Ada A", "ada@example.org")
    assert [(item.name, item.address) for item in mail.to] == [("", "bo@example.org"), ("Jö", "jo@example.org")]
    assert [(item.name, item.address) for item in mail.cc] == [("Ann", "ann@example.org")]
    assert mail.delivered_to == ("r+token@in.example.net", "r2@in.example.net")


def test_references_with_commas_and_rubbish_are_read() -> None:
    mail = parse(b"References: <a@x>, rubbish <b@x>\nIn-Reply-To: <c@x> <d@x>\nMessage-ID: <m@x>\n\nx")

    assert (mail.references, mail.in_reply_to, mail.message_id) == (("a@x", "b@x"), ("c@x", "d@x"), "m@x")


def test_attachments_are_named_safely_and_inline_images_keep_their_id() -> None:
    mail = parse(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n"
        b"--b\nContent-Type: image/png\nContent-ID: <i1@x>\nContent-Transfer-Encoding: base64\n\nQUJD\n"
        b"--b\nContent-Type: text/plain; name*=utf-8''..%2F..%2Fgr%C3%BCn.txt\nContent-Disposition: attachment\n\nabc\n"
        b"--b--\n"
    )

    assert mail.reply_text.strip() == "hello"
    assert [(a.name, a.content_type, a.size, a.content_id, a.inline, a.path) for a in mail.attachments] == [
        ("", "image/png", 3, "i1@x", True, "2"),
        ("grün.txt", "text/plain", 3, "", False, "3"),
    ]


def test_the_text_inside_tnef_and_signed_envelopes_is_read() -> None:
    body = b"hello from outlook\0"
    tnef = struct.pack("<IH", 0x223E9F78, 1) + b"\x01" + struct.pack("<II", 0x0002800C, len(body)) + body + b"\0\0"
    outlook = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    signed = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n"
    signed += b"- -- \n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n"

    assert parse(outlook + base64.b64encode(tnef)).reply_text == "hello from outlook"
    assert parse(b"Subject: x\n\n" + signed).reply_text == "hello"


def test_bombs_are_cut_at_the_limits() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(500))
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000
    long_header = b"Subject: " + b"=?utf-8?q?x?= " * 40_000 + b"\n\nhello"

    assert "too-deep" in parse(nested).faults
    assert "too-many-parts" in parse(many).faults
    mail = parse(long_header)
    assert "header-too-long" in mail.faults
    assert len(mail.subject) <= limits.HEADER_BYTES
    assert mail.reply_text == "hello"


def test_a_parsed_mail_survives_json() -> None:
    import json

    raw = (
        b"From: mailer-daemon@example.org\nSubject: Undelivered\nContent-Type: multipart/report; boundary=b; "
        b"report-type=delivery-status\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; bo@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )

    for mail in (
        parse(raw),
        parse(b"Subject: FW: x\n\nFYI\n\n---------- Forwarded message ----------\nFrom: a@b.c\n\nhi"),
    ):
        assert from_dict(json.loads(json.dumps(to_dict(mail)))) == mail
