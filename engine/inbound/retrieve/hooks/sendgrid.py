"""SendGrid's Inbound Parse: a form with the whole mail (raw mode), or with the pieces of one.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook; signed calls:
…/securing-your-parse-webhooks. In pieces, each field has a charset of its own, which `charsets` tells.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from engine.inbound.retrieve.hooks import compose, fields
from engine.inbound.retrieve.hooks.compose import Piece
from engine.inbound.retrieve.hooks.letter import Letter, NoMail
from engine.outbound.events import forms, proofs
from engine.outbound.events.event import Call, Fetch, Refused, Unreadable
from engine.outbound.events.forms import Form
from engine.outbound.events.reading import inner, text
from engine.transports.smtp.presets import sendgrid_key

_DKIM = re.compile(r"@?([\w.-]{1,255})\s*:\s*(\w{1,20})")
_KEPT = {"text", "html", "headers", "email"}


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """Where the key is a public one: SendGrid's signature. Else it is a password, in the address or by HTTP Basic."""
    if sendgrid_key(key) is not None:
        proofs.ecdsa(call, key, now)
    elif not proofs.password(call, key):
        raise Refused("Put SIXPM_INBOUND_SENDGRID into the webhook's address: https://sixpm:PASSWORD@host/…")


def by_body(key: str) -> bool:
    """Whether the proof is about the body."""
    return sendgrid_key(key) is not None


def read(call: Call) -> Letter | None:
    """The letter. Its id is made of what came, since SendGrid gives none."""
    if call.headers.get("content-type", "").startswith("application/json"):
        raise NoMail("These are events. Their address is the relay's own, /hooks/events/sendgrid/….")
    form = forms.form(call.body, call.headers.get("content-type", ""))
    envelope = fields.json_object(form.text("envelope"))
    given = inner(envelope, "to")
    recipients = tuple(address for address in given if isinstance(address, str)) if isinstance(given, list) else ()
    sender = inner(envelope, "from")
    whole = form.first("email")
    if whole is not None and whole.data.strip():
        mail = whole.data
    elif "headers" in form or "text" in form or "html" in form:
        mail = _composed(form)
    elif whole is not None:
        raise NoMail("The mail is empty.")
    else:
        raise Unreadable("There is no mail in the form: neither `email` nor `headers`, `text` or `html`.")
    told = hashlib.sha256(mail + repr((sender, recipients)).encode("utf-8", "replace")).hexdigest()
    return Letter(told, mail, sender if isinstance(sender, str) else None, recipients, _verdicts(form))


def confirm(call: Call) -> str | None:
    """SendGrid asks nothing."""
    return None


def _composed(form: Form) -> bytes:
    charsets = fields.json_object(form.text("charsets"))
    head = form.first("headers")
    given = head.data if head is not None else b""
    missing = [
        (name, found.data.decode(fields.codec(text(charsets, name.casefold())), "replace"))
        for name in ("From", "To", "Cc", "Subject")
        if (found := form.first(name.casefold())) is not None and found.data and not fields.has(given, name)
    ]
    whole = given.strip(b"\r\n") + b"\r\n" + compose.lines(missing) if given.strip() else compose.lines(missing)
    texts = [
        Piece(found.data, type_, text(charsets, name) or fields.guessed(found.data))
        for name, type_ in (("text", "text/plain"), ("html", "text/html"))
        if (found := form.first(name)) is not None and found.data
    ]
    info = fields.json_object(form.text("attachment-info"))
    files = {id(field): _file(field, inner(info, field.name)) for field in form.fields if field.filename is not None}
    shown = {key: piece for key, piece in files.items() if piece.is_file}
    rest = fields.rest(field for field in form.fields if id(field) not in shown and field.name not in _KEPT)
    return compose.compose(whole, texts, list(shown.values()), rest)


def _file(field: forms.Field, info: Any) -> Piece:
    type_, charset = fields.type_of(field)
    name = text(info, "filename") or text(info, "name") or field.filename
    content_id = text(info, "content-id") or None
    return Piece(
        field.data, text(info, "type") or type_, text(info, "charset") or charset, name, content_id,
        inline=content_id is not None,
    )  # fmt: skip


def _verdicts(form: Form) -> tuple[tuple[str, str], ...]:
    """SPF as a word; DKIM as `{@example.org : pass, @example.com : fail}`, which is no JSON. Nothing about DMARC."""
    spf = fields.result(form.text("SPF"))
    dkim = [(domain, fields.result(found)) for domain, found in _DKIM.findall(form.text("dkim")[:2000])]
    return (
        *((("spf", spf),) if spf else ()),
        *(("dkim", f"{found} header.d={domain}") for domain, found in dkim if found),
    )
