"""Our DKIM signatures are good by dkimpy's verdict, over whatever a mail may hold, and break when it is changed."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.outbound.dkim import COLUMNS, SIGNED, Signer, sign
from engine.transports.smtp.envelope import normal
from tests.engine.outbound.dkim_oracle import verifies

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
RSA = Signer("example.org", "mail", rsa.generate_private_key(65537, 2048))
ED25519 = Signer("example.org", "mail-ed", ed25519.Ed25519PrivateKey.generate())
BOTH = (RSA, ED25519)
RECORDS = {signer.name: signer.record for signer in BOTH}
each = pytest.mark.parametrize("signer", BOTH, ids=lambda signer: signer.algorithm)

MAIL = (
    b"From: Rockets <checkin@example.org>\r\n"
    b"To: Ada <ada@example.net>\r\n"
    b"Subject: What did you\r\n get done?\r\n"
    b"Date: Wed, 04 Mar 2026 18:00:00 +0000\r\n"
    b"Message-ID: <1.1.aa@example.org>\r\n"
    b"X-Auto-Response-Suppress: OOF, AutoReply\r\n"
    b"List-Unsubscribe: <https://sixpm.example.org/u/k7>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Hello Ada,\r\n\r\nWhat did you get done today?\r\n"
)


def tags(signed: bytes, number: int = 0) -> dict[str, str]:
    """The tags of the signature of that number, from the top, blanks and folds taken out."""
    found = re.findall(rb"^DKIM-Signature: ((?:[^\r]|\r\n[ \t])*)", signed.partition(b"\r\n\r\n")[0], re.MULTILINE)
    pairs = ("".join(tag.split()).partition("=") for tag in found[number].decode().split(";"))
    return {name: value for name, _, value in pairs}


def with_body(body: bytes) -> bytes:
    return MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body


def body_hash(canonical: bytes) -> str:
    return base64.b64encode(hashlib.sha256(canonical).digest()).decode()


@each
def test_a_signed_mail_verifies_and_keeps_its_bytes(signer: Signer) -> None:
    signed = signer.sign(MAIL, NOW)

    assert verifies(signed, RECORDS)
    assert signed.endswith(MAIL)
    assert signed.count(b"DKIM-Signature:") == 1


def test_two_keys_give_two_good_signatures_in_one_go() -> None:
    signed = sign(MAIL, BOTH, NOW)

    assert [tags(signed, number)["a"] for number in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]
    assert verifies(signed, RECORDS, 0)
    assert verifies(signed, RECORDS, 1)


@each
def test_the_tags_say_all_of_the_body_relaxed_and_the_time_given(signer: Signer) -> None:
    found = tags(signer.sign(MAIL, NOW))

    assert (found["v"], found["c"], found["d"], found["s"]) == ("1", "relaxed/relaxed", "example.org", signer.selector)
    assert found["t"] == str(int(NOW.timestamp()))
    assert not {"l", "x"} & set(found)


def test_what_is_there_of_the_named_fields_is_signed_and_from_once_more() -> None:
    listed = tags(RSA.sign(MAIL, NOW))["h"].split(":")

    assert listed == [
        "content-type", "mime-version", "list-unsubscribe-post", "list-unsubscribe", "message-id", "date", "subject",
        "to", "from", "from",
    ]  # fmt: skip


@each
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello Ada", b"Hello Bob"),
        (b"done today?\r\n", b"done today?\r\n\r\nPS: pay here\r\n"),
        (b"get done?", b"get paid?"),
        (b"example.org/u/k7", b"example.org/u/k8"),
        (b"One-Click", b"Two-Click"),
        (b"List-Unsubscribe: <https://sixpm.example.org/u/k7>\r\n", b""),
        (b"To: Ada <ada@example.net>\r\n", b""),
        (b"To: Ada <", b"From: Boss <boss@example.org>\r\nTo: Ada <"),
    ],
    ids=["body", "body longer", "subject", "unsubscribe", "unsubscribe-post", "no unsubscribe", "no to", "second from"],
)
def test_a_change_on_the_way_breaks_the_signature(signer: Signer, old: bytes, new: bytes) -> None:
    signed = signer.sign(MAIL, NOW)

    assert old in signed
    assert not verifies(signed.replace(old, new), RECORDS)


@each
def test_a_second_from_above_the_signature_breaks_it(signer: Signer) -> None:
    signed = signer.sign(MAIL, NOW)

    assert not verifies(b"From: Boss <boss@example.org>\r\n" + signed, RECORDS)


@each
def test_what_relays_do_to_blanks_and_folds_breaks_nothing(signer: Signer) -> None:
    signed = signer.sign(MAIL, NOW)

    passed = signed.replace(b"you\r\n get", b"you  get").replace(b"Hello Ada,", b"Hello \t Ada, ") + b"\r\n\r\n"

    assert verifies(b"Received: by mx.example.net\r\n" + passed, RECORDS)


def test_the_old_blank_before_a_colon_is_not_signed() -> None:
    old = MAIL.replace(b"Subject:", b"SUBJECT \t:")

    signed, usual = ED25519.sign(old, NOW), ED25519.sign(MAIL, NOW)

    assert signed.removesuffix(old) == usual.removesuffix(MAIL)  # Ed25519 gives equal signatures of equal input


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n \r\n", b""),
        (b"a", b"a\r\n"),
        (b"a \t b\t \r\n\r\nc\r\n \r\n\r\n", b"a b\r\n\r\nc\r\n"),
        (b"\t  indented\r\n", b" indented\r\n"),
        ("ü \xa0".encode(), "ü \xa0\r\n".encode()),
    ],
)
def test_the_body_is_hashed_as_rfc_6376_section_3_4_4_says(body: bytes, canonical: bytes) -> None:
    assert tags(RSA.sign(with_body(body), NOW))["bh"] == body_hash(canonical)


def test_an_empty_body_has_the_hash_of_nothing() -> None:
    found = tags(RSA.sign(with_body(b""), NOW))

    assert found["bh"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # given in RFC 6376 section 3.4.4


@each
@pytest.mark.parametrize("domain", ["example.org", f"{'long-label-' * 5}x.{'more-label-' * 5}y.example.org"])
def test_no_line_of_the_field_is_longer_than_76_columns(signer: Signer, domain: str) -> None:
    fields = b"".join(b"%b: %b\r\n" % (name, b"x" * 40) for name in sorted(SIGNED) if name != b"from")
    own = Signer(domain, signer.selector, signer._key)
    mail = b"From: a@%b\r\n%b\r\nHello\r\n" % (domain.encode(), fields)

    signed = own.sign(mail, NOW)

    lines = signed.partition(b"From: a@")[0].splitlines()
    limit = max(COLUMNS, len(f" d={domain};"))
    assert max(map(len, lines)) <= limit
    assert all(line.startswith(b" ") for line in lines[1:])
    assert verifies(signed, {own.name: own.record})


@pytest.mark.parametrize(
    "sender",
    [
        b"checkin@example.org",
        b"<checkin@Example.ORG>",
        b"checkin@team.example.org",
        b'"x@evil.test, Inc." <checkin@example.org>',
        b"=?utf-8?q?T=C3=A8am?=\r\n <checkin@example.org>",
        "Tèam 🚀 <tèam@example.org>".encode(),
        b"\xff\xfe <checkin@example.org>",
    ],
)
def test_a_from_of_the_domain_or_below_it_is_signed(sender: bytes) -> None:
    signed = RSA.sign(MAIL.replace(b"Rockets <checkin@example.org>", sender), NOW)

    assert verifies(signed, RECORDS)


@pytest.mark.parametrize(
    "sender",
    [
        b"checkin@example.net",
        b"checkin@notexample.org",
        b"checkin@org",
        b'"checkin@example.org" <checkin@example.net>',
        b"boss@example.org, checkin@example.org",
        b"checkin@example.org <checkin@evil.test>",
        b"",
        b"\xff@\xff",
        b"a@b\r\nFrom: checkin@example.org",
        b"checkin@example.org\r\nFROM: checkin@example.org",
    ],
)
def test_another_from_none_or_two_gets_no_signature(sender: bytes) -> None:
    mail = MAIL.replace(b"Rockets <checkin@example.org>", sender)

    assert RSA.sign(mail, NOW) is mail


def test_a_domain_of_another_script_is_signed_under_its_ascii_name() -> None:
    own = Signer("Bücher.example", "mail", RSA._key)

    signed = [
        own.sign(b"From: a@%b\r\n\r\nx\r\n" % name, NOW)
        for name in ("bücher.example".encode(), b"xn--bcher-kva.example")
    ]

    assert all(verifies(mail, {"mail._domainkey.xn--bcher-kva.example": RSA.record}) for mail in signed)


@pytest.mark.parametrize("name", ["", "a b", "a..b", "-a", "a_b", "x" * 64, "a;b", "a.b@c", "\N{SNOWMAN}\ud800"])
def test_a_name_that_dns_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is no DKIM"):
        Signer("example.org", name, RSA._key)
    with pytest.raises(ConfigError, match="is no DKIM"):
        Signer(name, "mail", RSA._key)


# Without VT and FF, which dkimpy takes for blanks at the ends of a field and the RFC does not.
TEXT = st.one_of(st.binary(max_size=40), st.text(max_size=20).map(lambda text: text.encode("utf-8", "ignore")))
FOLD = st.sampled_from([b"\r\n ", b"\r\n\t", b"  ", b"\t", b" \t "])
VALUE = st.lists(st.one_of(TEXT.map(lambda raw: raw.translate(None, b"\r\n\0\v\f")), FOLD), max_size=8).map(b"".join)
NAME = st.one_of(
    st.sampled_from([name for name in sorted(SIGNED) if name != b"from"]).map(bytes.title),
    st.from_regex(rb"X-[!-9;-~]{1,20}", fullmatch=True),
)
FROM = st.sampled_from([b"a@example.org", b'"x, y"\r\n\t<a@b.example.org>', "Ünï <ü@example.org>".encode()])
BODY = st.lists(
    st.one_of(
        st.binary(max_size=60), st.sampled_from([b"\r\n", b"\n", b"\r", b" ", b"\t", b".", b"\r\n.\r\n", b" \r\n"])
    ),
    max_size=30,
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAME, VALUE), max_size=12), FROM, st.integers(0, 12), BODY)
def test_hostile_fields_and_bodies_verify_under_both_keys(
    fields: list[tuple[bytes, bytes]], sender: bytes, place: int, body: bytes
) -> None:
    fields.insert(place, (b"fRom", sender))
    mail = b"".join(b"%b:%b\r\n" % field for field in fields) + b"\r\n" + body

    signed = sign(mail, BOTH, NOW)

    assert verifies(signed, RECORDS, 0)
    assert verifies(signed, RECORDS, 1)
    assert normal(signed) == signed  # the wire has nothing left to change
