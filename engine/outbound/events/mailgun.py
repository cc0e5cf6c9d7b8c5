"""Mailgun's webhooks.

Payloads: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads; signature: …/webhooks/
securing-webhooks. It covers a time and a random token, not the event: a token is good once, and what an event names is
believed because our own id in it is signed by us.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from typing import Any

from engine.outbound.events import forms, proofs
from engine.outbound.events.event import Call, Event, Fetch, Kind, Refused, Unreadable
from engine.outbound.events.forms import Form
from engine.outbound.events.reading import code, inner, instant, mapping, one_line, text, words
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
# The old kind of webhook: a form a call. `dropped` is given up, by Mailgun itself or after hours of trying.
FORM_KINDS = {**KINDS, "bounced": Kind.BOUNCED, "dropped": Kind.BOUNCED}
DEAD_CODES = {"605"}  # "not delivering to previously bounced address"


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """HMAC-SHA256 of time and token, in the body itself."""
    try:
        signed = _signed(call)
    except Unreadable as error:
        raise Refused("The body is not that of a Mailgun webhook.") from error
    proofs.token(*signed, key, now)


def read(call: Call) -> tuple[Event, ...]:
    """One event a call. Its id is the signature's token, which must count once; `id` is unique within a day alone."""
    if _is_form(call):
        return (_from_form(forms.form(call.body, call.headers["content-type"])),)
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
            address=text(event, "recipient") or parseaddr(text(event, "message", "headers", "to"))[1],
            code=code(text(status, "enhanced-code"), said, described, text(status, "code")),
            words=words(said, described, text(event, "reject", "reason"), text(event, "reason")),
            dead=kind is Kind.BOUNCED and text(event, "reason") in DEAD,
            raw=event,
        ),
    )


def _from_form(form: Form) -> Event:
    """What domains send that still have the old kind of webhook. A mail's variables are fields of their own beside
    Mailgun's and may bear the same names; Mailgun's come first, but its signature comes last."""
    name, ident = form.text("event"), form.text("Message-Id") or form.text("message-id")
    if not name:
        raise Unreadable("There is no event in the body. Mail that came in goes to /hooks/inbound/mailgun.")
    error, described, reason = (one_line(form.text(field)) for field in ("error", "description", "reason"))
    kind = FORM_KINDS.get(name, Kind.OTHER)
    return Event(
        one_line(form.last("token")),
        kind,
        proofs.seconds(form.last("timestamp")),
        token=one_line(form.text(ID)),
        message_id=_angled(one_line(ident)),
        remote_id=one_line(ident).strip("<>"),
        address=one_line(form.text("recipient")),
        code=code(one_line(form.text("code")) if "." in form.text("code") else "", error, form.text("code")[:3]),
        words=words(error, described, reason),
        dead=kind is Kind.BOUNCED and form.text("code") in DEAD_CODES,
        raw=_raw(form),
    )


def _raw(form: Form) -> dict[str, Any]:
    """The fields by name; one that came more than once is a list."""
    values: dict[str, list[str]] = {}
    for field in form.fields:
        values.setdefault(field.name, []).append(field.text[:10_000])
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _signed(call: Call) -> tuple[str, str, str]:
    """(time, token, signature) of a call."""
    names = ("timestamp", "token", "signature")
    if _is_form(call):
        form = forms.form(call.body, call.headers["content-type"])
        said, once, signature = (form.last(name) for name in names)
    else:
        given = inner(mapping(call.body), "signature")
        said, once, signature = (text(given, name) for name in names)
    return said, once, signature


def _is_form(call: Call) -> bool:
    return call.headers.get("content-type", "").casefold().startswith(("multipart/form-data", "application/x-www-form"))


def confirm(call: Call) -> str | None:
    """Mailgun asks nothing."""
    return None


def _angled(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>" if message_id else ""
