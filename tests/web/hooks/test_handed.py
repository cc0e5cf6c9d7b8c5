"""POST /hooks/inbound/<provider>: what proves a call, what is kept of it, and what the provider is told."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy.event
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import config, db
from engine.inbound.parse import parse
from engine.outbound.events.event import OLDEST
from tests.engine.outbound.events import rigs
from tests.web.conftest import Enqueued
from tests.web.hooks import providers
from tests.web.hooks.providers import Amazon, File, kept
from web.app import create_app

MAIL = b"From: Ada <ada@example.org>\r\nTo: r+x@reply.test\r\nSubject: Re: caf\xe9\r\n\r\nFixed it.\r\n\xff\xfe\r\n"
TO, ADA = "r+x@reply.test", "ada@example.org"
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


def received(mail: bytes, encoding: str = "BASE64", **verdicts: str) -> dict[str, Any]:
    """What SES says of a mail that came in."""
    content = base64.b64encode(mail).decode() if encoding == "BASE64" else mail.decode()
    receipt = {f"{name}Verdict": {"status": status} for name, status in verdicts.items()}
    return {
        "notificationType": "Received", "content": content,
        "mail": {"messageId": "ses-1", "source": ADA, "destination": [TO, "else@example.org"]},
        "receipt": {"recipients": [TO], "action": {"type": "SNS", "encoding": encoding}, **receipt},
    }  # fmt: skip


@pytest.fixture
def app(web_env: pytest.MonkeyPatch) -> Flask:
    """An instance that takes mail from all four."""
    for name, value in providers.ENV.items():
        web_env.setenv(f"SIXPM_INBOUND_{name}", value)
    web_env.setenv("SIXPM_AUTHSERV_ID", "mx.reply.test")
    web_env.setenv("SIXPM_INBOUND_SIZE", "3000000")
    config.settings.cache_clear()
    app = create_app()
    app.extensions["sixpm_enqueue"] = Enqueued()  # a broker that is away takes seconds to be given up
    return app


@pytest.fixture
def amazon(app: Flask) -> Amazon:
    """Amazon's hosts, which this machine does not reach."""
    return providers.amazon(app)


@pytest.fixture
def client(app: Flask, amazon: Amazon) -> FlaskClient:
    """The outside."""
    return app.test_client()


# What all have in common


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
    assert f"SIXPM_INBOUND_{name} proves nothing" in answer.text
    assert refused()[0][2].startswith("proves nothing. ")


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


# SendGrid

HEADERS = (
    "From: =?utf-8?q?Ad=C3=A9?= <ada@example.org>\nMessage-ID: <1@example.org>\nIn-Reply-To: <0@reply.test>\n"
    "Content-Type: multipart/mixed; boundary=gone\n"
)


def test_sendgrid_pieces_are_one_mail_in_their_own_charsets(client: FlaskClient) -> None:
    fields: list[tuple[str, str | bytes | File]] = [
        ("headers", HEADERS),
        ("subject", "pidi\xf3".encode("cp850")), ("to", f"Réponse <{TO}>"),
        ("text", "Fixed it\u2026\r\n".encode("cp1252")), ("html", "<p>\xbfFixed it?</p>".encode("latin-1")),
        ("charsets", '{"to":"UTF-8","subject":"cp850","text":"windows-1252","html":"iso-8859-1"}'),
        ("envelope", json.dumps({"to": [TO], "from": ""})), ("SPF", "softfail"), ("spam_report", "a report"),
        ("dkim", "{@example.org : pass, @other.test : fail}"), ("attachments", "1"),
        ("attachment-info", '{"attachment1":{"filename":"naïve.png","type":"image/png","content-id":"i1"}}'),
        ("attachment1", File("naive.png", b"\x89PNG\0", "image/png")),
    ]  # fmt: skip

    answer = providers.sendgrid(client, *fields)

    (row,) = kept()
    parsed = parse(row.raw)
    assert answer.status_code == 200
    assert (row.envelope_from, row.envelope_to, parsed.return_path) == ("", [TO], "")
    assert (parsed.subject, parsed.text.strip()) == ("pidió", "Fixed it…")
    assert parsed.from_ is not None
    assert (parsed.from_.name, parsed.to[0].name, parsed.message_id) == ("Adé", "Réponse", "1@example.org")
    assert [(one.name, one.size, one.content_id, one.inline) for one in parsed.attachments] == [
        ("naïve.png", 5, "i1", True)
    ]
    assert parsed.authentication_results == (
        "mx.reply.test; spf=softfail; dkim=pass header.d=example.org; dkim=fail header.d=other.test",
    )
    assert all(part in row.raw for part in (b"a report", "Fixed it\u2026\r\n".encode("cp1252"), b"\xbfFixed it?"))


def test_sendgrid_is_proven_by_its_signature_where_the_setting_is_a_key(
    web_env: pytest.MonkeyPatch, app: Flask
) -> None:
    web_env.setenv("SIXPM_INBOUND_SENDGRID", rigs.sendgrid_pair()[1])
    config.settings.cache_clear()
    client, whole = create_app().test_client(), providers.form([("email", MAIL)])

    def post(headers: dict[str, str], data: bytes = whole) -> int:
        return client.post(
            "/hooks/inbound/sendgrid", data=data, content_type=providers.FORM, headers=headers
        ).status_code

    old = datetime.now(UTC) - OLDEST - timedelta(minutes=1)
    refused = [post({}), post(providers.basic()), post(providers.signed(whole, number=1)),
               post(providers.signed(whole), whole + b"\r\n"), post(providers.signed(whole, old))]  # fmt: skip

    assert refused == [401] * 5
    assert post(providers.signed(whole)) == 200


def test_a_password_may_be_the_end_of_the_address(client: FlaskClient) -> None:
    def post(path: str) -> int:
        return client.post(path, data=providers.form([("email", MAIL)]), content_type=providers.FORM).status_code

    wrong = [post("/hooks/inbound/sendgrid/wrong"), post("/hooks/inbound/sendgrid")]

    assert wrong == [401, 401]
    assert post(f"/hooks/inbound/sendgrid/{providers.PASSWORD}") == 200


def test_a_mail_to_several_of_us_is_a_row_each(client: FlaskClient) -> None:
    envelope = json.dumps({"to": [TO, "r+y@reply.test", TO], "from": ADA})

    for _ in range(2):
        assert providers.sendgrid(client, ("email", MAIL), ("envelope", envelope)).status_code == 200

    assert [row.envelope_to for row in kept()] == [[TO], ["r+y@reply.test"]]


def test_without_an_envelope_the_mail_is_kept_all_the_same(client: FlaskClient) -> None:
    answers = [providers.sendgrid(client, ("email", MAIL), ("envelope", words)) for words in ("", "no json", "[]")]

    assert {answer.status_code for answer in answers} == {200}
    assert [(row.envelope_from, row.envelope_to, row.raw) for row in kept()] == [("", [], MAIL)]


def test_a_proven_call_in_which_no_mail_is_found_comes_again_and_an_empty_one_does_not(client: FlaskClient) -> None:
    assert providers.sendgrid(client, ("charsets", "{}")).status_code == 503
    assert providers.mailgun(client, ("recipient", TO)).status_code == 503
    assert providers.postmark(client, {"MessageID": "1"}).status_code == 503
    assert providers.ses(client, {"notificationType": "Received"}).status_code == 503
    assert providers.sendgrid(client, ("email", b"")).status_code == 400
    assert kept() == []


# Mailgun


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


# Postmark

PAYLOAD: dict[str, Any] = {
    "FromFull": {"Email": ADA, "Name": "Adé"}, "ToFull": [{"Email": TO, "Name": "six, pm"}],
    "CcFull": [{"Email": "cc@example.org", "Name": ""}], "OriginalRecipient": TO, "Subject": "Re: today",
    "MessageID": "pm-1", "Date": "Wed, 11 Oct 2017 18:31:04 -0700", "TextBody": "Fixed it…", "HtmlBody": "",
    "StrippedTextReply": "what Postmark takes for the answer",
    "Headers": [
        {"Name": "Return-Path", "Value": "<envelope@example.org>"}, {"Name": "Received-SPF", "Value": "Pass (sender)"},
        {"Name": "Return-Path", "Value": "<fake@example.org>"}, {"Name": "Message-ID", "Value": "<1@example.org>"},
    ],
    "Attachments": [{"Name": "a.txt", "Content": "SGk=", "ContentType": 'text/plain; charset="latin1"'},
                    {"Name": "broken", "Content": "*", "ContentType": "text/plain"}],
}  # fmt: skip


def test_postmark_pieces_are_one_mail(client: FlaskClient) -> None:
    answers = [providers.postmark(client, PAYLOAD).status_code for _ in range(2)]

    (row,) = kept()
    parsed = parse(row.raw)
    assert answers == [200, 200]
    assert (row.source, row.external_id) == ("postmark", f"pm-1 {TO}")
    assert (row.envelope_from, row.envelope_to) == ("envelope@example.org", [TO])
    assert (parsed.return_path, parsed.message_id, parsed.subject) == (
        "envelope@example.org",
        "1@example.org",
        "Re: today",
    )
    assert (parsed.text.strip(), [one.name for one in parsed.to], parsed.date[:10]) == (
        "Fixed it…",
        ["six, pm"],
        "2017-10-11",
    )
    assert "a.txt" in [one.name for one in parsed.attachments]
    assert parsed.authentication_results == ("mx.reply.test; spf=pass",)
    assert b"what Postmark takes for the answer" in row.raw


def test_where_postmark_gives_the_whole_mail_that_is_kept(client: FlaskClient) -> None:
    raw = "From: Ada <ada@example.org>\nSubject: whole…\n\nFixed it.\n"

    providers.postmark(client, {**PAYLOAD, "RawEmail": raw})

    (row,) = kept()
    assert row.raw.endswith(raw.encode())
    assert parse(row.raw).attachments == ()


def test_one_postmark_mail_to_two_of_us_is_a_row_each(client: FlaskClient) -> None:
    for to in (TO, "r+y@reply.test"):
        providers.postmark(client, {**PAYLOAD, "OriginalRecipient": to})

    assert [row.envelope_to for row in kept()] == [[TO], ["r+y@reply.test"]]


@pytest.mark.parametrize("password", ["", "wrong", providers.PASSWORD + "x"])
def test_postmark_needs_its_password(client: FlaskClient, password: str) -> None:
    assert providers.postmark(client, PAYLOAD, password=password).status_code == 401
    assert kept() == []


# SES


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("encoding", ["BASE64", "UTF8"])
def test_ses_brings_the_mail_in_a_signed_message(client: FlaskClient, version: str, encoding: str) -> None:
    mail = MAIL if encoding == "BASE64" else "From: ada@example.org\r\n\r\nFixed it…\r\n".encode()

    answer = providers.ses(client, received(mail, encoding), version=version)

    assert answer.status_code == 200
    assert kept()[0].raw.endswith(mail)


def test_what_ses_found_of_the_sender_stands_above_the_mail(client: FlaskClient) -> None:
    providers.ses(client, received(MAIL, spf="PASS", dkim="GRAY", dmarc="FAIL", spam="FAIL"))

    assert parse(kept()[0].raw).authentication_results == ("mx.reply.test; spf=pass; dkim=none; dmarc=fail",)


@pytest.mark.parametrize("changed", [
    {"TopicArn": rigs.TOPIC + "2"}, {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.test/x.pem"},
    {"SigningCertURL": rigs.PAGE.replace("https", "http")}, {"SigningCertURL": rigs.PAGE.replace("sns.eu", "s3.eu")},
])  # fmt: skip
def test_a_message_of_another_topic_or_certificate_is_refused_unasked(
    client: FlaskClient, amazon: Amazon, changed: dict[str, Any]
) -> None:
    assert providers.ses(client, received(MAIL), **changed).status_code == 401
    assert (kept(), amazon.asked) == ([], [])


def test_a_changed_message_or_header_or_an_old_one_is_refused(client: FlaskClient) -> None:
    message = rigs.notification(json.dumps(received(MAIL)), datetime.now(UTC))
    old = rigs.notification(json.dumps(received(MAIL)), datetime.now(UTC) - OLDEST - timedelta(minutes=5))

    answers = [
        providers.sns(client, {**message, "Message": message["Message"].replace("ses-1", "ses-2")}),
        providers.sns(client, message, x_amz_sns_message_id="another"),
        providers.sns(client, message, x_amz_sns_message_type="SubscriptionConfirmation"),
        providers.sns(client, message, x_amz_sns_rawdelivery="true"),
        providers.sns(client, old),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert kept() == []


def test_a_mail_that_is_put_elsewhere_comes_again_until_the_rule_is_mended(client: FlaskClient) -> None:
    told = received(MAIL)
    told["receipt"]["action"] = {"type": "S3", "bucketName": "b", "objectKey": "k"}
    del told["content"]

    answer = providers.ses(client, told)

    assert answer.status_code == 503
    assert "S3" in answer.text
    assert "SNS" in answer.text


def test_the_expected_topic_is_confirmed_and_no_other(client: FlaskClient, amazon: Amazon) -> None:
    ours = rigs.confirmation(datetime.now(UTC))
    other = rigs.confirmation(datetime.now(UTC), TopicArn=rigs.TOPIC + "2")

    answers = [providers.sns(client, one).status_code for one in (other, ours)]

    assert answers == [401, 200]
    assert amazon.asked == [rigs.PAGE, ours["SubscribeURL"]]
    assert kept() == []


def test_without_the_certificate_amazon_comes_again(client: FlaskClient, amazon: Amazon) -> None:
    amazon.away = True

    assert providers.ses(client, received(MAIL)).status_code == 503
    assert kept() == []


def test_what_amazon_says_in_plain_words_is_taken_and_is_no_mail(client: FlaskClient) -> None:
    message = rigs.notification("Successfully validated SNS topic for Amazon SES event publishing.", datetime.now(UTC))

    assert providers.sns(client, message).status_code == 200
    assert kept() == []
