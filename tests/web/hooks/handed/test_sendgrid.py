"""SendGrid's Inbound Parse: its pieces with their charsets, its password or signature, its envelope."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import config
from engine.inbound.parse import parse
from engine.outbound.events.event import OLDEST
from tests.engine.outbound.events import rigs
from tests.web.hooks import providers
from tests.web.hooks.providers import ADA, MAIL, TO, File, kept
from web.app import create_app

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
