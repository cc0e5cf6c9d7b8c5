"""An application with a setting for each provider, and their calls as they post them, made and signed here."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine import db
from engine import models as m
from engine.errors import TransportError
from engine.outbound.events.pages import Pages
from tests.engine.outbound.events import rigs

PASSWORD = "a password in the address"
KEY = "TEST_WEBHOOK_SIGNING_KEY"
BOUNDARY = "a boundary of the tests"
MAIL = b"From: Ada <ada@example.org>\r\nTo: r+x@reply.test\r\nSubject: Re: caf\xe9\r\n\r\nFixed it.\r\n\xff\xfe\r\n"
TO, ADA = "r+x@reply.test", "ada@example.org"
ENV = {"SENDGRID": PASSWORD, "MAILGUN": KEY, "POSTMARK": PASSWORD, "SES": rigs.TOPIC}


class Kept(NamedTuple):
    """One row of inbound."""

    source: str
    external_id: str
    envelope_from: str
    envelope_to: list[str]
    raw: bytes


class File(NamedTuple):
    """One file of a form."""

    name: str
    content: bytes
    type_: str = "application/octet-stream"


@dataclass
class Amazon:
    """What is asked of Amazon's hosts, and what they answer."""

    asked: list[str] = field(default_factory=list)
    away: bool = False

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.away:
            raise TransportError("no answer")
        return rigs.amazon()[1] if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


def amazon(app: Flask) -> Amazon:
    """Amazon as this machine, which does not reach it, can have it."""
    made = Amazon()
    app.extensions.update(sixpm_fetch=made, sixpm_pages=Pages(made))
    return made


def kept() -> list[Kept]:
    """All rows."""
    i = m.Inbound
    asked = select(i.source, i.external_id, i.envelope_from, i.envelope_to, i.raw).order_by(i.id)
    with db.begin() as conn:
        return [Kept(*row) for row in conn.execute(asked)]


def basic(password: str = PASSWORD) -> dict[str, str]:
    """HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"sixpm:{password}".encode()).decode()}


def form(fields: Sequence[tuple[str, str | bytes | File]]) -> bytes:
    """multipart/form-data, as the vendors write it."""
    made = []
    for name, value in fields:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, File):
            head += f'; filename="{value.name}"\r\nContent-Type: {value.type_}'
        content = value.content if isinstance(value, File) else value
        data = content.encode() if isinstance(content, str) else content
        made.append(head.encode() + b"\r\n\r\n" + data + b"\r\n")
    return b"".join(made) + f"--{BOUNDARY}--\r\n".encode()


FORM = f'multipart/form-data; boundary="{BOUNDARY}"'


def sendgrid(client: FlaskClient, *fields: tuple[str, str | bytes | File], password: str = PASSWORD) -> TestResponse:
    """Inbound Parse."""
    return client.post("/hooks/inbound/sendgrid", data=form(fields), content_type=FORM, headers=basic(password))


def signed(body: bytes, at: datetime | None = None, number: int = 0) -> dict[str, str]:
    """SendGrid's signature of a body."""
    time = str(int((at or datetime.now(UTC)).timestamp()))
    pair = rigs.sendgrid_pair(number) if number else rigs.sendgrid_pair()
    raw = pair[0].sign(time.encode() + body, ec.ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(raw).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": time,
    }


def mailgun_proof(token: str = "token-1", at: datetime | None = None, key: str = KEY) -> dict[str, str]:
    """The fields that prove a call."""
    time = str(int((at or datetime.now(UTC)).timestamp()))
    signature = hmac.digest(key.encode(), f"{time}{token}".encode(), "sha256").hex()
    return {"timestamp": time, "token": token, "signature": signature}


def mailgun(client: FlaskClient, *fields: tuple[str, str | bytes | File], proof: dict[str, str] | None = None,
            path: str = "/hooks/inbound/mailgun") -> TestResponse:  # fmt: skip
    """A route's forward()."""
    whole = [*fields, *(mailgun_proof() if proof is None else proof).items()]
    return client.post(path, data=form(whole), content_type=FORM)


def postmark(client: FlaskClient, payload: object, password: str = PASSWORD) -> TestResponse:
    """The inbound webhook."""
    return client.post(
        "/hooks/inbound/postmark", data=json.dumps(payload), content_type="application/json", headers=basic(password)
    )


def received(mail: bytes, encoding: str = "BASE64", **verdicts: str) -> dict[str, Any]:
    """What SES says of a mail that came in."""
    content = base64.b64encode(mail).decode() if encoding == "BASE64" else mail.decode()
    receipt = {f"{name}Verdict": {"status": status} for name, status in verdicts.items()}
    return {
        "notificationType": "Received", "content": content,
        "mail": {"messageId": "ses-1", "source": ADA, "destination": [TO, "else@example.org"]},
        "receipt": {"recipients": [TO], "action": {"type": "SNS", "encoding": encoding}, **receipt},
    }  # fmt: skip


def ses(
    client: FlaskClient, told: object, at: datetime | None = None, version: str = "2", **changed: Any
) -> TestResponse:
    """An SNS action."""
    message = rigs.notification(json.dumps(told), at or datetime.now(UTC), version, **changed)
    return sns(client, message)


def sns(client: FlaskClient, message: dict[str, Any], **headers: str) -> TestResponse:
    """A message of SNS as it is posted."""
    given = {"x-amz-sns-message-type": message["Type"], "x-amz-sns-message-id": message["MessageId"]}
    return client.post(
        "/hooks/inbound/ses", data=json.dumps(message), content_type="text/plain; charset=UTF-8",
        headers=given | {name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip
