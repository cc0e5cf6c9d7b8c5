"""Mailgun's routes: pieces or the whole mail, and a proof that holds once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from engine.inbound.parse import parse
from engine.outbound.events.event import OLDEST
from tests.web.hooks import providers
from tests.web.hooks.providers import ADA, MAIL, TO, File, kept


def test_mailgun_pieces_are_one_mail(client: FlaskClient) -> None:
    headers = [
        ["X-Mailgun-Spf", "Pass"], ["X-Mailgun-Dkim-Check-Result", "Fail"], ["Received", "one"], ["Received", "two"],
        ["From", "Adé <ada@example.org>"], ["Subject", "Re: a\r\n day"], ["Message-Id", "<1@example.org>"],
        ["X-Mailgun-Spf", "Fail"], ["Content-Type", ["multipart/mixed", {"boundary": "gone"}]],
    ]  # fmt: skip

    answer = providers.mailgun(
        client, ("recipient", f"{TO}, r+y@reply.test"), ("sender", "bounce@example.org"), ("body-plain", "Fixed it…"),
        ("message-headers", json.dumps(headers)), ("stripped-text", "what Mailgun takes for the answer"),
        ("content-id-map", '{"<i1>": "attachment-2"}'), ("attachment-1", File("a.pdf", b"%PDF\xff", "application/pdf")),
        ("attachment-2", File("", b"\x89PNG", "image/png")), ("attachment-3", File("..", b"nameless", "text/pdf")),
    )  # fmt: skip

    one, two = kept()
    parsed = parse(one.raw)
    assert answer.status_code == 200
    assert (one.envelope_to, two.envelope_to, one.envelope_from) == ([TO], ["r+y@reply.test"], "bounce@example.org")
    assert (parsed.subject, parsed.text.strip(), parsed.message_id) == ("Re: a day", "Fixed it…", "1@example.org")
    assert [(a.name, a.content_type, a.inline) for a in parsed.attachments] == [("a.pdf", "application/pdf", False),
                                                                                ("", "image/png", True)]  # fmt: skip
    assert parsed.authentication_results == ("mx.reply.test; spf=pass; dkim=fail",)
    assert b"nameless" in one.raw
    assert b"what Mailgun takes for the answer" in one.raw


def test_mailguns_pairs_without_attachments_are_read_too(client: FlaskClient) -> None:
    fields = {"recipient": TO, "sender": ADA, "body-plain": "Fixed it & more…", "from": "Adé <ada@example.org>",
              "subject": "Re: today", **providers.mailgun_proof()}  # fmt: skip

    answer = client.post(
        "/hooks/inbound/mailgun", data=urlencode(fields), content_type="application/x-www-form-urlencoded"
    )

    parsed = parse(kept()[0].raw)
    assert answer.status_code == 200
    assert (parsed.subject, parsed.text.strip()) == ("Re: today", "Fixed it & more…")


def test_a_token_that_was_used_brings_nothing_more_whatever_stands_beside_it(client: FlaskClient) -> None:
    proof = providers.mailgun_proof("once")
    providers.mailgun(client, ("recipient", TO), ("body-mime", MAIL), proof=proof)

    others = f"{TO}, evil@reply.test, more@reply.test"
    answer = providers.mailgun(client, ("recipient", others), ("body-mime", b"From: eve\r\n\r\nx"), proof=proof)

    assert answer.status_code == 200
    assert [(row.envelope_to, row.raw) for row in kept()] == [([TO], MAIL)]


@pytest.mark.parametrize("proof", [
    lambda: providers.mailgun_proof(key="another key"),
    lambda: providers.mailgun_proof(at=datetime.now(UTC) - OLDEST - timedelta(minutes=5)),
    lambda: providers.mailgun_proof(at=datetime.now(UTC) + OLDEST + timedelta(minutes=5)),
    lambda: {**providers.mailgun_proof(), "token": "another"},
    lambda: {**providers.mailgun_proof(), "timestamp": "1e9"},
    dict,
], ids=["key", "old", "ahead", "token", "time", "none"])  # fmt: skip
def test_a_mailgun_call_of_another_key_or_day_is_refused(
    client: FlaskClient, proof: Callable[[], dict[str, str]]
) -> None:
    assert providers.mailgun(client, ("body-mime", MAIL), proof=proof()).status_code == 401
    assert kept() == []


@pytest.mark.parametrize("fields", [
    [("body-plain", "Hi."), ("attachments", '[{"url": "https://storage.example"}]')],
    [("body-plain", "Hi."), ("message-url", "https://storage.example/1")],
])  # fmt: skip
def test_a_route_that_stores_is_told_to_forward(client: FlaskClient, fields: list[tuple[str, str]]) -> None:
    answer = providers.mailgun(client, *fields)

    assert answer.status_code == 503
    assert "forward()" in answer.text
