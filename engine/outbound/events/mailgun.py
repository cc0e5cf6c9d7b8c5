"""Mailgun's webhooks.

Payloads: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads; signature: …/webhooks/
securing-webhooks. It covers a time and a random token, not the event: a token is good once, and what an event names is
believed because our own id in it is signed by us.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from engine.outbound.events.event import Call, Event, Fetch, Kind, Refused, Unreadable
from engine.outbound.events.reading import code, fresh, inner, instant, mapping, text, words
from engine.transports.smtp.presets import ID

KINDS = {
    "accepted": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "rejected": Kind.BOUNCED,
    "complained": Kind.COMPLAINED,
    "opened": Kind.OPENED,
    "clicked": Kind.CLICKED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
FAILED = {"permanent": Kind.BOUNCED, "temporary": Kind.DEFERRED}
DEAD = {"suppress-bounce"}  # Mailgun knows the address from an earlier bounce


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """HMAC-SHA256 of time and token, in the body itself."""
    try:
        given = inner(mapping(call.body), "signature")
    except Unreadable as error:
        raise Refused("The body is not that of a Mailgun webhook.") from error
    said, token, signature = (text(given, name) for name in ("timestamp", "token", "signature"))
    ours = hmac.digest(key.encode(), f"{said}{token}".encode(), "sha256").hex()
    if not token or not hmac.compare_digest(ours.encode(), signature.encode()):
        raise Refused("The signature is missing, or of another key. Copy the HTTP webhook signing key.")
    fresh(instant(int(said)) if said.isascii() and said.isdigit() and len(said) < 16 else None, now)


def read(call: Call) -> tuple[Event, ...]:
    """One event a call. Its id is the signature's token, which must count once; `id` is unique within a day alone."""
    body = mapping(call.body)
    event, token = inner(body, "event-data"), text(body, "signature", "token")
    if not isinstance(event, dict):
        raise Unreadable("There is no event-data in the body.")
    name = text(event, "event")
    kind = FAILED.get(text(event, "severity"), Kind.OTHER) if name == "failed" else KINDS.get(name, Kind.OTHER)
    status, said = inner(event, "delivery-status"), text(event, "delivery-status", "message", most=500)
    described = text(status, "description", most=500)
    return (
        Event(
            token,
            kind,
            instant(inner(event, "timestamp")),
            token=text(event, "user-variables", ID),
            message_id=_angled(text(event, "message", "headers", "message-id")),
            remote_id=text(event, "message", "headers", "message-id").strip("<>"),
            address=text(event, "recipient"),
            code=code(text(status, "enhanced-code"), said, described, text(status, "code")),
            words=words(said, described, text(event, "reject", "reason"), text(event, "reason")),
            dead=kind is Kind.BOUNCED and text(event, "reason") in DEAD,
            raw=event,
        ),
    )


def confirm(call: Call) -> str | None:
    """Mailgun asks nothing."""
    return None


def _angled(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>" if message_id else ""
