"""Postmark's webhooks.

https://postmarkapp.com/developer/webhooks/webhooks-overview: they are not signed; HTTP Basic in the webhook's address
proves them. Types of bounces: https://postmarkapp.com/developer/api/bounce-api#bounce-types
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.outbound.events import proofs
from engine.outbound.events.event import Call, Event, Fetch, Kind, Refused
from engine.outbound.events.reading import code, digest, inner, instant, mapping, text, words
from engine.transports.smtp.presets import ID

KINDS = {
    "Delivery": Kind.DELIVERED,
    "Bounce": Kind.BOUNCED,
    "SpamComplaint": Kind.COMPLAINED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "SubscriptionChange": Kind.UNSUBSCRIBED,
}
# What comes as a Bounce and is none: passing faults, and answers of robots.
PASSING = {"Transient": Kind.DEFERRED, "DnsError": Kind.DEFERRED, "SpamNotification": Kind.COMPLAINED}
NO_BOUNCE = {"Unsubscribe", "Subscribe", "AutoResponder", "AddressChange", "OpenRelayTest", "ChallengeVerification"}
DEAD = {"HardBounce", "BadEmailAddress"}


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """HTTP Basic, whatever the user. There is no time to look at: the same content counts once."""
    if not proofs.password(call, key):
        raise Refused("Put the password of this relay into the webhook's address: https://sixpm:PASSWORD@host/…")


def read(call: Call) -> tuple[Event, ...]:
    """One event a call, without an id of its own."""
    event = mapping(call.body)
    kind, type_ = _kind(event), text(event, "Type")
    details, described = text(event, "Details", most=500), text(event, "Description", most=500)
    at = next((found for name in _TIMES if (found := instant(inner(event, name)))), None)
    return (
        Event(
            digest(event),
            kind,
            at,
            token=text(event, "Metadata", ID),
            remote_id=text(event, "MessageID"),
            address=text(event, "Email") or text(event, "Recipient"),
            code=code(details) if kind in (Kind.BOUNCED, Kind.DEFERRED) else "",
            words=words(type_ if kind is Kind.BOUNCED else "", details, described),
            dead=kind is Kind.BOUNCED and type_ in DEAD,
            raw=event,
        ),
    )


_TIMES = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


def confirm(call: Call) -> str | None:
    """Postmark asks nothing."""
    return None


def _kind(event: dict[str, Any]) -> Kind:
    kind, type_ = KINDS.get(text(event, "RecordType"), Kind.OTHER), text(event, "Type")
    if kind is Kind.BOUNCED:
        return Kind.OTHER if type_ in NO_BOUNCE else PASSING.get(type_, kind)
    if kind is Kind.UNSUBSCRIBED and inner(event, "SuppressSending") is not True:
        return Kind.OTHER  # somebody subscribed again
    return kind
