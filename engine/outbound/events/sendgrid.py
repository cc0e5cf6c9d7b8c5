"""SendGrid's Event Webhook.

Events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; signature (ECDSA over time and body):
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from engine.outbound.events.event import Call, Event, Fetch, Kind, Refused, Unreadable
from engine.outbound.events.reading import code, digest, fresh, inner, instant, parsed, text, words
from engine.transports.smtp.presets import ID, sendgrid_key

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIME = "x-twilio-email-event-webhook-timestamp"
KINDS = {
    "processed": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "deferred": Kind.DEFERRED,
    "bounce": Kind.BOUNCED,  # `type` says bounce or blocked; neither is tried again
    "dropped": Kind.BOUNCED,
    "spamreport": Kind.COMPLAINED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "group_unsubscribe": Kind.UNSUBSCRIBED,
}
DEAD = {"bounced address", "invalid"}  # reasons of `dropped`: SendGrid knows the address from an earlier bounce


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """ECDSA over the time's text and the body as it came."""
    public, said = sendgrid_key(key), call.headers.get(TIME, "")
    if public is None:
        raise Refused("The verification key of this relay cannot be read. Copy it again.")
    try:
        signature = base64.b64decode(call.headers.get(SIGNATURE, ""), validate=True)
        public.verify(signature, said.encode() + call.body, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Refused("The signature is missing, or of another key. Switch on the signed Event Webhook.") from error
    fresh(instant(int(said)) if said.isascii() and said.isdigit() and len(said) < 16 else None, now)


def read(call: Call) -> tuple[Event, ...]:
    """A JSON array, of up to some hundred events."""
    found = parsed(call.body)
    if not isinstance(found, list) or not all(isinstance(event, dict) for event in found):
        raise Unreadable("The body is no JSON array of events.")
    return tuple(_event(event) for event in found)


def confirm(call: Call) -> str | None:
    """SendGrid asks nothing."""
    return None


def _event(event: dict[str, Any]) -> Event:
    kind = KINDS.get(text(event, "event"), Kind.OTHER)
    reason = text(event, "reason", most=500)
    status, response = text(event, "status"), text(event, "response", most=500)
    return Event(
        text(event, "sg_event_id") or digest(event),
        kind,
        instant(inner(event, "timestamp")),
        token=text(event, ID),
        message_id=text(event, "smtp-id"),
        remote_id=text(event, "sg_message_id").partition(".")[0],  # what stands before the dot is in the 250
        address=text(event, "email"),
        code=code(status, reason, response),
        words=words(reason or response, text(event, "type") if kind is Kind.BOUNCED else ""),
        dead=kind is Kind.BOUNCED and reason.casefold() in DEAD,
        raw=event,
    )
