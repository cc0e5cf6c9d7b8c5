"""Postmark's inbound webhook: its pieces, or the whole mail where it gives that."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.inbound.parse import parse
from tests.web.hooks import providers
from tests.web.hooks.providers import ADA, TO, kept

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
