"""What every relay preset must pass, whoever's it is. A new one is a line in PRESETS, and a rig where it has events."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import CheckConstraint

from engine.config import Settings
from engine.models import Base
from engine.outbound import dkim
from engine.outbound.events.event import Kind
from engine.outbound.events.formats import FORMATS
from engine.outbound.render import Press, Sign
from engine.tokens import Purpose, read
from engine.transports.smtp import presets
from engine.transports.smtp.presets import PRESETS, Preset
from tests.engine.outbound.dkim_oracle import verifies
from tests.engine.outbound.events.rigs import RIGS, Said
from tests.engine.outbound.mails import MAILS, ROW, SIGN, assert_lines, draft, parsed, pressed

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
each = pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
with_events = pytest.mark.parametrize(
    "preset", [p for p in PRESETS.values() if p.key], ids=[p.name for p in PRESETS.values() if p.key]
)
RIG = {rig.preset: rig for rig in RIGS}


def sign(preset: Preset, stream: str = "", header: str = "") -> Sign:
    return Sign(
        SIGN.name, SIGN.mail_from, SIGN.reply_domain, SIGN.base_url, SIGN.keys,
        presets.stamp(preset.name, stream, header),
    )  # fmt: skip


def mail(preset: Preset, stream: str = "", header: str = "", seq: int = 678) -> bytes:
    return pressed(draft("prompt"), Press(), ROW._replace(seq=seq), sign(preset, stream, header))


def given_back(preset: Preset, content: bytes) -> str:
    """The id as the vendor reads it out of the header, by the rules of its page."""
    found = parsed(content)
    if preset.name == "ses":
        tags = dict(pair.split("=", 1) for pair in str(found["X-SES-MESSAGE-TAGS"]).split(","))
        return tags["sixpm"].strip()
    if preset.name == "sendgrid":
        return str(json.loads(found["X-SMTPAPI"])["unique_args"]["sixpm"])
    if preset.name == "mailgun":
        return str(json.loads(found["X-Mailgun-Variables"])["sixpm"])
    return str(found["X-PM-Metadata-sixpm"])


def test_presets_are_the_same_everywhere() -> None:
    setting = get_args(Settings.model_fields["relay_preset"].annotation)
    found = [c for c in Base.metadata.tables["relay"].constraints if str(c.name).endswith("preset")]
    (check,) = [c for c in found if isinstance(c, CheckConstraint)]

    assert list(PRESETS) == list(setting) == re.findall(r"'(\w+)'", str(check.sqltext))
    assert {name for name, preset in PRESETS.items() if preset.key} == set(FORMATS) == set(RIG)
    assert all(name == preset.name for name, preset in PRESETS.items())


@each
def test_it_says_where_to_connect_and_with_caps_that_hold(preset: Preset) -> None:
    assert preset.title
    assert preset.tls in ("starttls", "tls") or preset.name == "smarthost"
    assert 1 <= preset.port <= 65535
    assert 1 <= preset.connections <= 100
    assert preset.per_connection >= 1
    assert preset.page.startswith("https://") or preset.name == "smarthost"
    assert preset.pipelining is not False or preset.connections >= 10  # a round trip for each command wants more


@each
def test_its_mails_are_whole_and_its_headers_short_ascii_lines(preset: Preset) -> None:
    for name in MAILS:
        content = pressed(draft(name), Press(), sign=sign(preset, "stream-1", "X-Key"))
        head = content.partition(b"\r\n\r\n")[0]

        assert_lines(content)
        assert not parsed(content).defects
        assert head.isascii()
        assert max(map(len, head.split(b"\r\n"))) <= 200


@with_events
def test_the_id_it_gives_back_names_the_delivery_and_only_we_can_make_it(preset: Preset) -> None:
    token = given_back(preset, mail(preset))

    assert read(SIGN.keys, token, Purpose.BOUNCE, date(2026, 3, 5)) == (ROW.run_id, ROW.seq)
    assert re.fullmatch(r"[a-z2-7]{20,80}", token)  # the letters that SES takes, and Postmark's 80
    assert token != given_back(preset, mail(preset, seq=679))


@with_events
def test_the_id_comes_back_from_its_events(preset: Preset) -> None:
    token = given_back(preset, mail(preset))

    (event,) = FORMATS[preset.name].read(RIG[preset.name].call(Said(Kind.DELIVERED, token)))

    assert event.token == token


@each
def test_what_it_rewrites_is_left_out_of_our_signature(preset: Preset) -> None:
    key = dkim.Signer("acme.example", "s", rsa.generate_private_key(65537, 2048))
    content = mail(preset)
    stamp = presets.stamp(preset.name)
    records = {f"{key.name}": key.record}

    signed = dkim.sign(content, [key], NOW, stamp.rewrites)
    rewritten = re.sub(rb"(?m)^X-(SES|SMTPAPI|Mailgun|PM)[^\r]*\r\n", b"", signed)
    for name in stamp.rewrites:
        pattern = rb"(?mi)^" + re.escape(name) + rb":[^\r]*\r\n"
        assert re.search(pattern, rewritten)
        rewritten = re.sub(pattern, name.title() + b": <another@relay.example>\r\n", rewritten)

    assert verifies(rewritten, records)
    assert not verifies(rewritten.replace(b"Subject: ", b"Subject: x", 1), records)


@each
def test_every_attempt_carries_the_same_idempotency_key_where_the_relay_wants_one(preset: Preset) -> None:
    first = mail(preset, header="Resend-Idempotency-Key")
    again = pressed(draft("prompt"), Press(), ROW._replace(attempt=1), sign(preset, header="Resend-Idempotency-Key"))

    assert parsed(first)["Resend-Idempotency-Key"] == f"d{ROW.run_id}-{ROW.seq}"
    assert parsed(again)["Resend-Idempotency-Key"] == parsed(first)["Resend-Idempotency-Key"]
    assert parsed(mail(preset))["Resend-Idempotency-Key"] is None


@each
def test_a_stream_is_named_where_there_are_any(preset: Preset) -> None:
    content = mail(preset, stream="team-mail")

    assert (b"team-mail" in content) is bool(preset.stream_header)
    assert bool(preset.stream_header) is bool(preset.stream)


@each
def test_a_key_that_can_prove_nothing_is_refused_with_a_sentence(preset: Preset) -> None:
    if preset.key:
        assert presets.wrong_key(preset.name, RIG[preset.name].key) == ""
    if preset.name != "mailgun":  # whose keys have no form
        assert presets.wrong_key(preset.name, "short").endswith(".")


@pytest.mark.parametrize("name", ["Subject", "content-type", "X Y", "X:Y", "X-Y\r\nBcc: a@b.example", "", "Message-ID"])
def test_an_idempotency_header_is_no_other_header(name: str) -> None:
    assert presets.wrong_header(name)
    assert not presets.wrong_header("Resend-Idempotency-Key")


@pytest.mark.parametrize("name", ["a b", "a\r\nBcc: x", "a:b", ""])
def test_a_stream_is_one_word(name: str) -> None:
    assert presets.wrong_stream(name)
