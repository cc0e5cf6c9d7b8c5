"""What all providers have in common: what proves a call, what is kept of it, and what the provider is told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy.event
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import config, db
from tests.web.hooks import providers
from tests.web.hooks.providers import ADA, MAIL, TO, kept, received
from web.app import create_app

WHOLE: dict[str, Callable[[FlaskClient], TestResponse]] = {
    "sendgrid": lambda client: providers.sendgrid(
        client, ("email", MAIL), ("envelope", json.dumps({"to": [TO], "from": ADA})), ("SPF", "pass")
    ),
    "mailgun": lambda client: providers.mailgun(
        client, ("recipient", TO), ("sender", ADA), ("body-mime", MAIL), path="/hooks/inbound/mailgun/mime"
    ),
    "ses": lambda client: providers.ses(client, received(MAIL)),
}
each = pytest.mark.parametrize("name", WHOLE)


@each
def test_a_whole_mail_is_kept_byte_for_byte_below_its_envelope(client: FlaskClient, name: str) -> None:
    answer = WHOLE[name](client)

    (row,) = kept()
    assert answer.status_code == 200
    assert (row.source, row.envelope_from, row.envelope_to) == (name, ADA, [TO])
    assert row.raw.startswith(b"Return-Path: <ada@example.org>\r\n")
    assert row.raw.endswith(MAIL)


@each
def test_three_times_the_same_call_is_one_mail(client: FlaskClient, name: str) -> None:
    answers = [WHOLE[name](client) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(kept()) == 1


@pytest.mark.parametrize("name", providers.ENV)
def test_without_its_setting_a_provider_is_refused_and_told_which(
    web_env: pytest.MonkeyPatch, app: Flask, name: str
) -> None:
    web_env.delenv(f"SIXPM_INBOUND_{name}")
    config.settings.cache_clear()

    client = create_app().test_client()
    answers = [client.post(f"/hooks/inbound/{name.lower()}/anything", data=b"x") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 503], "a 403 would end Postmark's tries for good"
    assert f"SIXPM_INBOUND_{name}" in answers[0].text
    assert kept() == []
    assert refused() == [(name.lower(), f"inbound_{name.lower()}", "", 2)]
    assert f'sixpm_refused_hooks{{hook="{name.lower()}"}} 2.0' in client.get("/metrics").text


def refused() -> list[Any]:
    """The webhooks whose calls were refused for want of a key."""
    with db.begin() as conn:
        return [tuple(row) for row in conn.execute(text("SELECT hook, setting, why, calls FROM refused_hook"))]


@pytest.mark.parametrize(("name", "value"), [("SENDGRID", "short"), ("POSTMARK", "pässword of some length"),
                                             ("SES", "mail-topic")])  # fmt: skip
def test_a_setting_that_proves_nothing_is_none(web_env: pytest.MonkeyPatch, app: Flask, name: str, value: str) -> None:
    web_env.setenv(f"SIXPM_INBOUND_{name}", value)
    config.settings.cache_clear()

    answer = create_app().test_client().post(f"/hooks/inbound/{name.lower()}/{value}", data=b"")

    assert answer.status_code == 503
    assert refused()[0][2].startswith("proves nothing. ")
    assert f"SIXPM_INBOUND_{name} proves nothing" in answer.text


@pytest.mark.parametrize("name", providers.ENV)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 50_000])
def test_a_call_without_a_proof_is_refused(client: FlaskClient, name: str, body: bytes) -> None:
    for type_ in ("application/json", "multipart/form-data; boundary=b", "text/plain", ""):
        assert client.post(f"/hooks/inbound/{name.lower()}", data=body, content_type=type_).status_code == 401
    assert kept() == []


def test_a_provider_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.post("/hooks/inbound/pigeon", data=b"").status_code == 404


@each
@pytest.mark.parametrize("when", ["before_cursor_execute", "commit"])
def test_on_any_doubt_the_provider_must_come_again(client: FlaskClient, name: str, when: str) -> None:
    def broken(*_: object) -> None:
        raise ConnectionError("the database went away")

    sqlalchemy.event.listen(db.engine(), when, broken)
    try:
        answer = WHOLE[name](client)
    finally:
        sqlalchemy.event.remove(db.engine(), when, broken)

    assert (answer.status_code, kept()) == (503, [])
    assert WHOLE[name](client).status_code == 200
    assert len(kept()) == 1


def test_over_the_size_a_call_is_refused_and_below_it_a_field_may_be_large(client: FlaskClient) -> None:
    assert providers.sendgrid(client, ("email", MAIL + b"x" * 2_900_000)).status_code == 200
    assert providers.sendgrid(client, ("email", MAIL + b"x" * 3_000_000)).status_code == 413
    assert len(kept()) == 1


def test_gzip_is_unpacked_within_the_same_bounds(client: FlaskClient) -> None:
    def post(fields: bytes, coding: str = "gzip") -> int:
        headers = {**providers.basic(), "Content-Encoding": coding}
        return client.post(
            "/hooks/inbound/sendgrid", data=fields, content_type=providers.FORM, headers=headers
        ).status_code

    whole = gzip.compress(providers.form([("email", MAIL)]))
    bomb = gzip.compress(providers.form([("email", b"x" * 4_000_000)]))

    assert [post(whole), post(bomb), post(whole[:-20]), post(b"no gzip"), post(whole, "br")] == [
        200,
        413,
        503,
        503,
        503,
    ]
    assert [row.raw for row in kept()] == [MAIL]


def test_a_proven_call_in_which_no_mail_is_found_comes_again_and_an_empty_one_does_not(client: FlaskClient) -> None:
    assert providers.sendgrid(client, ("charsets", "{}")).status_code == 503
    assert providers.mailgun(client, ("recipient", TO)).status_code == 503
    assert providers.postmark(client, {"MessageID": "1"}).status_code == 503
    assert providers.ses(client, {"notificationType": "Received"}).status_code == 503
    assert providers.sendgrid(client, ("email", b"")).status_code == 400
    assert kept() == []


@pytest.mark.parametrize("name", ["mailgun", "mailgun form", "postmark", "sendgrid", "ses"])
def test_an_event_at_the_address_of_mail_is_told_its_own(client: FlaskClient, name: str) -> None:
    json_, login = "application/json", providers.basic()
    event = json.dumps({"signature": providers.mailgun_proof(), "event-data": {"event": "clicked"}})
    answer = {
        "mailgun": lambda: client.post("/hooks/inbound/mailgun", data=event, content_type=json_),
        "mailgun form": lambda: providers.mailgun(client, ("event", "delivered"), ("message-headers", "[]")),
        "postmark": lambda: providers.postmark(client, {"RecordType": "Delivery"}),
        "sendgrid": lambda: client.post("/hooks/inbound/sendgrid", data=b"[]", content_type=json_, headers=login),
        "ses": lambda: providers.ses(client, {"eventType": "Delivery"}),
    }[name]()  # fmt: skip

    assert answer.status_code == 400
    assert f"/hooks/events/{name.partition(' ')[0]}" in answer.text
    assert kept() == []
