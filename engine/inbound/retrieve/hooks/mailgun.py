"""Mailgun's routes with forward(): a form with the pieces of a mail, or, where the address ends in `mime`, a whole one.

https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http. The signature covers a
time and a token that is good once, and not the mail: whoever has seen a call could put another mail to it, so that a
token we have taken brings nothing more.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from engine.inbound.retrieve.hooks import compose, fields
from engine.inbound.retrieve.hooks.compose import Header, Piece
from engine.inbound.retrieve.hooks.letter import Letter, NoMail
from engine.outbound.events import forms, mailgun
from engine.outbound.events.event import Call, Fetch, Unreadable
from engine.outbound.events.forms import Field, Form
from engine.outbound.events.reading import one_line

_KEPT = {"body-plain", "body-html", "body-mime", "message-headers"}


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """As its events: HMAC-SHA256 of time and token."""
    mailgun.check(call, key, now, fetch)


def by_body(key: str) -> bool:
    """Whether the proof is about the body."""
    return True


def read(call: Call) -> Letter | None:
    """The letter. Its id is the signature's token."""
    if call.headers.get("content-type", "").startswith("application/json"):
        raise NoMail("This is an event. Its address is the relay's own, /hooks/events/mailgun/….")
    form = forms.form(call.body, call.headers.get("content-type", ""))
    if "event" in form and "body-mime" not in form and "body-plain" not in form:
        raise NoMail("This is an event. Its address is the relay's own, /hooks/events/mailgun/….")
    whole = form.first("body-mime")
    if whole is not None and whole.data.strip():
        mail, head = whole.data, fields.head_of(whole.data)
    elif "message-url" in form or ("attachments" in form and "attachment-count" not in form):
        raise Unreadable("The route stores mail and brings a part of it. Let it forward() to this address.")
    elif "message-headers" in form or "body-plain" in form or "body-html" in form:
        head = compose.lines(_headers(form))
        mail = _composed(form, head)
    elif whole is not None:
        raise NoMail("The mail is empty.")
    else:
        raise Unreadable("There is no mail in the form: neither `body-mime` nor `message-headers`.")
    recipients = tuple(found for one in form.text("recipient").split(",") if (found := one.strip()))
    sender = form.text("sender") if "sender" in form else None
    return Letter(one_line(form.last("token")), mail, sender, recipients, _verdicts(head))


def confirm(call: Call) -> str | None:
    """Mailgun asks nothing."""
    return None


def _headers(form: Form) -> list[Header]:
    """The mail's own, in order. A value may have come apart: ["text/html", {"charset": "utf-8"}]."""
    given = fields.json_object(form.text("message-headers"))
    found: list[Header] = []
    for pair in given if isinstance(given, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            found.append((pair[0], _value(pair[1])))
    names = {name.casefold() for name, _ in found}
    for name in ("From", "Subject"):
        if name.casefold() not in names and form.text(name.casefold()):
            found.append((name, form.text(name.casefold())))
    return found


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        return "; ".join([str(value[0]), *(f'{name}="{inside}"' for name, inside in value[1].items())])
    return value if isinstance(value, str) else json.dumps(value)


def _composed(form: Form, head: bytes) -> bytes:
    texts = [
        Piece(found.data, type_, fields.guessed(found.data))
        for name, type_ in (("body-plain", "text/plain"), ("body-html", "text/html"))
        if (found := form.first(name)) is not None and found.data
    ]
    ids = {
        value: name.strip("<> ") for name, value in fields.pairs(form.text("content-id-map")) if isinstance(value, str)
    }
    files = {id(field): _file(field, ids.get(field.name)) for field in form.fields if field.filename is not None}
    shown = {key: piece for key, piece in files.items() if piece.is_file}
    rest = fields.rest(field for field in form.fields if id(field) not in shown and field.name not in _KEPT)
    return compose.compose(head, texts, list(shown.values()), rest)


def _file(field: Field, content_id: str | None) -> Piece:
    type_, charset = fields.type_of(field)
    return Piece(field.data, type_, charset, field.filename, content_id, inline=content_id is not None)


def _verdicts(head: bytes) -> tuple[tuple[str, str], ...]:
    """What Mailgun writes above a mail it takes. Of DMARC it says nothing."""
    asked = (("spf", "X-Mailgun-Spf"), ("dkim", "X-Mailgun-Dkim-Check-Result"))
    return tuple((method, found) for method, name in asked if (found := fields.result(fields.value(head, name))))
