"""Every call of the shared corpus, posted byte for byte; what it expects is looked for in what was kept.

Calls are judged at their own time, since their proofs are of that day. Two vendors' calls are there without a proof:
those of SNS are signed here, with a certificate of the tests, and those of SendGrid get a signature or a password.
SIXPM_TEST_CORPUS names another folder than ../shared/corpus.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import config, db
from engine.inbound.parse import parse
from engine.inbound.parse.mime import read
from tests.engine.outbound.events import rigs
from tests.fakes.parts import require
from tests.web.conftest import Enqueued
from tests.web.hooks import providers
from tests.web.hooks.providers import Kept
from web.app import create_app

CORPUS = Path(os.environ.get("SIXPM_TEST_CORPUS") or Path(__file__).parents[3].parent / "shared" / "corpus")
PRESETS = {"amazon_ses": "ses"}
TOPIC = "arn:aws:sns:us-east-1:111111111111:SES_Inbound"
# What the source calls an event, and what we do. Both names of a mail that is given up are one thing to us.
KINDS = {
    "queued": "accepted", "sent": "accepted", "delivered": "delivered", "deferred": "deferred", "bounced": "bounced",
    "rejected": "bounced", "failed": "bounced", "complained": "complained", "opened": "opened", "clicked": "clicked",
    "unsubscribed": "unsubscribed",
}  # fmt: skip


def rows() -> list[dict[str, Any]]:
    path = CORPUS / "inbound" / "webhooks.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


ROWS = rows()
Make = Callable[[dict[str, Any]], Flask]


def body_of(row: dict[str, Any]) -> bytes:
    return (CORPUS / "inbound" / str(row["eml_path"])).read_bytes()


def preset_of(row: dict[str, Any]) -> str:
    return PRESETS.get(row["provider"], str(row["provider"]))


def own_time(row: dict[str, Any]) -> datetime:
    """When the call was signed."""
    said = row["headers"].get("X-Twilio-Email-Event-Webhook-Timestamp")
    found = [said] if said else re.findall(rb"\b\d{10}\b", body_of(row)) if preset_of(row) == "mailgun" else []
    if preset_of(row) == "mailgun" and b"timestamp" in body_of(row):
        whole = body_of(row)
        found = re.findall(rb'"timestamp": ?"(\d+)"', whole) or re.findall(rb'name="timestamp"\s+(\d+)\s', whole)
    return datetime.fromtimestamp(int(found[-1]), UTC) if found else datetime.now(UTC)


@pytest.fixture
def made(web_env: pytest.MonkeyPatch) -> Make:
    """An application in which the row's vendor is set up."""

    def make(row: dict[str, Any]) -> Flask:
        preset, key = preset_of(row), row.get("mailgun_signing_key") or providers.KEY
        secret = {"sendgrid": row.get("public_key") or rigs.sendgrid_pair()[1], "mailgun": key, "ses": TOPIC,
                  "postmark": providers.PASSWORD}[preset]  # fmt: skip
        for name in ("CATCHER", "RELAY_HOST", "RELAY_PRESET", "RELAY_HOOK_SECRET"):
            web_env.delenv(f"SIXPM_{name}", raising=False)
        web_env.setenv("SIXPM_CATCHER", "false")
        web_env.setenv("SIXPM_RELAY_HOST", "smtp.example.org")
        web_env.setenv("SIXPM_RELAY_PRESET", preset)
        web_env.setenv("SIXPM_RELAY_HOOK_SECRET", secret)
        web_env.setenv(f"SIXPM_INBOUND_{preset.upper()}", secret)
        config.settings.cache_clear()
        app = create_app()
        app.extensions["sixpm_enqueue"] = Enqueued()  # a broker that is away takes seconds to be given up
        providers.amazon(app)
        app.extensions["sixpm_real_time"] = lambda: own_time(row)
        return app

    return make


def post(client: FlaskClient, row: dict[str, Any], path: str, body: bytes | None = None) -> TestResponse:
    whole, headers, preset = body_of(row) if body is None else body, dict(row["headers"]), preset_of(row)
    if preset == "ses":
        message = {**json.loads(whole), "Timestamp": datetime.now(UTC).isoformat(), "SignatureVersion": "2"}
        page = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"
        whole = json.dumps(rigs.signed({**message, "SigningCertURL": page})).encode()
    elif preset == "sendgrid" and not row.get("public_key"):
        headers |= providers.signed(whole)
    elif preset == "postmark":
        headers |= providers.basic()
    return client.post(path, data=whole, content_type=row["content_type"], headers=headers)


def ids(kind: str, error: bool, empty: Sequence[Any] = (pytest.param({}, id="no corpus"),)) -> list[Any]:
    found = [row for row in ROWS if row["kind"] == kind and bool(row["expect_error"]) is error]
    return [pytest.param(row, id=row["id"]) for row in found] or [*empty]


@pytest.mark.parametrize("row", ids("inbound", error=False))
def test_mail_is_kept_with_all_that_the_call_holds(made: Make, row: dict[str, Any]) -> None:
    require(ROWS, f"the shared corpus is not at {CORPUS}")
    client, path = made(row).test_client(), f"/hooks/inbound/{preset_of(row)}"

    answers = [post(client, row, path).status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    found = providers.kept()
    assert len({kept.raw for kept in found}) == 1
    assert len(found) == max(1, len(found[0].envelope_to))  # three times the same call is one
    if row["expect"]:
        assert differences(row["expect"], found[0], whole=b'"RawEmail"' in body_of(row)) == {}


def differences(expect: dict[str, Any], kept: Kept, *, whole: bool) -> dict[str, tuple[object, object]]:
    """What differs: (expected, found) by name."""
    parsed = parse(kept.raw)
    files, inline = ([a for a in parsed.attachments if a.inline is wanted] for wanted in (False, True))
    asked: dict[str, tuple[object, object]] = {
        "subject": (expect["subject"] or "", parsed.subject),
        "text": (lines(expect["text"]), lines(of_type(kept.raw, "text/plain"))),
        "html": (lines(expect["html"]), lines(of_type(kept.raw, "text/html"))),
        "frm": (person(expect["frm"]), (parsed.from_.name, parsed.from_.address) if parsed.from_ else ("", "")),
        "to": ([person(one) for one in expect["to"]], [(one.name, one.address) for one in parsed.to]),
        "attachments": (
            [(one["name"].replace("\\", "/").rpartition("/")[2], one["type"]) for one in expect["attachments"]],
            [(one.name, one.content_type) for one in files],
        ),
        "inlines": (set(expect["inlines"]), {one.content_id for one in inline}),
    }
    if not whole:  # what a vendor makes of the text is kept where it does not give the mail itself
        asked["stripped_text"] = (True, (expect["stripped_text"] or "").encode() in kept.raw)
    for name, got in (("envelope_sender", kept.envelope_from), ("envelope_recipient", "".join(kept.envelope_to[:1])),
                      ("event_id", kept.external_id.split()[0])):  # fmt: skip
        if expect[name] is not None:
            asked[name] = (expect[name], got)
    return {name: pair for name, pair in asked.items() if pair[0] != pair[1]}


def of_type(raw: bytes, type_: str) -> str:
    """The first text of this type, as mail programs find it: that of an attached mail where there is no other."""
    found = (p for p in read(raw).walk() if p.content_type == type_ and not p.filename and not p.disposition)
    return next((part.text()[0] for part in found), "")


def lines(words: str | None) -> list[str]:
    return (words or "").splitlines()


def person(words: str | None) -> tuple[str, str]:
    name, address = parseaddr(words or "")
    return name, address.casefold()


@pytest.mark.parametrize("row", ids("inbound", error=True) + ids("event", error=True, empty=[]))
def test_what_belongs_elsewhere_is_refused_in_words(made: Make, row: dict[str, Any]) -> None:
    require(ROWS, f"the shared corpus is not at {CORPUS}")
    end = f"inbound/{preset_of(row)}" if row["kind"] == "inbound" else f"events/{preset_of(row)}/instance"
    answer = post(made(row).test_client(), row, f"/hooks/{end}")

    assert answer.status_code in (400, 401, 503)
    assert len(answer.text.split()) > 5
    assert providers.kept() == []


@pytest.mark.parametrize("row", ids("event", error=False))
def test_events_are_read_as_they_are(made: Make, row: dict[str, Any]) -> None:
    require(ROWS, f"the shared corpus is not at {CORPUS}")
    client, path = made(row).test_client(), f"/hooks/events/{preset_of(row)}/instance"

    answers = [post(client, row, path).status_code for _ in range(2)]

    assert answers == [200, 200]
    with db.begin() as conn:
        found = list(conn.execute(text("SELECT * FROM provider_event ORDER BY event_id")))
    expected = row["expect_events"]
    assert len(found) == len(expected) if expected is not None else len(found) == 1
    for wanted, got in zip(sorted(expected or (), key=lambda one: str(one["event_id"])), found, strict=False):
        assert event_differences(wanted, got) == {}


def event_differences(wanted: dict[str, Any], got: Any) -> dict[str, tuple[object, object]]:
    asked: dict[str, tuple[object, object]] = {
        "event_type": (KINDS.get(wanted["event_type"], "other"), got.kind),
        "recipient": (wanted["recipient"] or "", got.address),
    }
    if wanted["event_id"] is not None:
        asked["event_id"] = (wanted["event_id"], got.event_id)
    if wanted["timestamp"] is not None:
        asked["timestamp"] = (datetime.fromisoformat(wanted["timestamp"]), got.at)
    if wanted["click_url"] is not None:
        asked["click_url"] = (True, json.dumps(wanted["click_url"]) in json.dumps(got.raw))
    if wanted["message_id"] is not None:  # anymail_id is the source's own id, under the name that it gave
        known = {got.remote_id, f"<{got.remote_id}>", got.raw.get("smtp-id"), got.raw.get("anymail_id")}
        asked["message_id"] = (True, wanted["message_id"] in known)
    return {name: pair for name, pair in asked.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS if row.get("expect_signature_valid")]
                         or [pytest.param({}, id="no corpus")])  # fmt: skip
def test_one_changed_byte_breaks_a_real_signature(made: Make, row: dict[str, Any]) -> None:
    require(ROWS, f"the shared corpus is not at {CORPUS}")
    client, body = made(row).test_client(), body_of(row)

    changed = body.replace(b'"', b"'", 1)
    answer = post(client, row, f"/hooks/events/{preset_of(row)}/instance", changed)

    assert answer.status_code == 401
