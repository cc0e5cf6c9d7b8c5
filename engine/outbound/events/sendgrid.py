"""SendGrid's Event Webhook.

Events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; signature (ECDSA over time and body):
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.outbound.events import proofs
from engine.outbound.events.event import Call, Event, Fetch, Kind, Unreadable
from engine.outbound.events.reading import code, digest, inner, instant, parsed, text, words
from engine.transports.smtp.presets import ID

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
    proofs.ecdsa(call, key, now)


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
