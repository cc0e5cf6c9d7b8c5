"""Postmark's inbound webhook: JSON with the pieces of a mail, and with the whole one where the server is told so.

https://postmarkapp.com/developer/webhooks/inbound-webhook. It is not signed; HTTP Basic in the address proves it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.inbound.retrieve.hooks import compose, fields
from engine.inbound.retrieve.hooks.compose import Header, Piece
from engine.inbound.retrieve.hooks.letter import Letter, NoMail
from engine.outbound.events import proofs
from engine.outbound.events.event import Call, Fetch, Refused, Unreadable
from engine.outbound.events.reading import inner, mapping, text

_MAIL = {"FromFull", "From", "Headers", "TextBody", "HtmlBody", "Attachments", "RawEmail", "Subject"}
_PATH = re.compile(r"<([^<>\s]*)>")


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """A password, in the address or by HTTP Basic. There is no time to look at: what was here is not taken again."""
    if not proofs.password(call, key):
        raise Refused("Put SIXPM_INBOUND_POSTMARK into the webhook's address: https://sixpm:PASSWORD@host/…")


def by_body(key: str) -> bool:
    """Whether the proof is about the body."""
    return False


def read(call: Call) -> Letter | None:
    """The letter. Its id is Postmark's own; where there is none, what came."""
    given = mapping(call.body)
    if text(given, "RecordType") not in ("", "Inbound"):
        raise NoMail("This is an event. Its address is the relay's own, /hooks/events/postmark/….")
    if not _MAIL & given.keys():
        raise Unreadable("There is no mail in the JSON: neither RawEmail nor Headers, TextBody or HtmlBody.")
    headers = _headers(given)
    raw = given.get("RawEmail")
    whole = raw.encode("utf-8", "replace") if isinstance(raw, str) and raw.strip() else b""
    recipient = text(given, "OriginalRecipient", most=1000)
    told = text(given, "MessageID") or hashlib.sha256(call.body).hexdigest()
    return Letter(
        f"{told} {recipient}".strip(), whole or _composed(given, headers), _sender(headers),
        (recipient,) if recipient else (), _verdicts(headers),
    )  # fmt: skip


def confirm(call: Call) -> str | None:
    """Postmark asks nothing."""
    return None


def _headers(given: Mapping[str, Any]) -> list[Header]:
    found = given.get("Headers")
    pairs = found if isinstance(found, list) else []
    return [(text(pair, "Name"), str(value)) for pair in pairs if isinstance(value := inner(pair, "Value"), str | int)]


def _sender(headers: list[Header]) -> str | None:
    """Postmark's own Return-Path is the first one; below it may be any that the mail came with."""
    path = next((value for name, value in headers if name.casefold() == "return-path"), None)
    if path is None:
        return None
    found = _PATH.search(path)
    return found[1] if found else path.strip()


def _composed(given: Mapping[str, Any], headers: list[Header]) -> bytes:
    known = {name.casefold() for name, _ in headers}
    fitting = [pair for pair in _fields(given) if pair[1] and pair[0].casefold() not in known]
    texts = [
        Piece(words.encode("utf-8", "replace"), type_, "utf-8")
        for name, type_ in (("TextBody", "text/plain"), ("HtmlBody", "text/html"))
        if isinstance(words := given.get(name, ""), str)
    ]
    texts = [piece for piece in texts if piece.data] or texts  # it tells of both, also where a mail had neither
    found = given.get("Attachments")
    files = [(entry, _file(entry)) for entry in (found if isinstance(found, list) else ())]
    shown = [piece for _, piece in files if piece is not None and piece.is_file]
    others = [entry for entry, piece in files if piece is None or not piece.is_file]
    left = {key: value for key, value in given.items() if key not in ("TextBody", "HtmlBody", "Headers", "Attachments")}
    rest = json.dumps(left | ({"Attachments": others} if others else {}), ensure_ascii=False)
    return compose.compose(compose.lines([*headers, *fitting]), texts, shown, rest.encode("utf-8", "replace"))


def _fields(given: Mapping[str, Any]) -> list[Header]:
    """What Postmark takes out of the headers to tell it by fields of its own."""
    people = [("From", [given.get("FromFull")])] + [(name, given.get(f"{name}Full")) for name in ("To", "Cc", "Bcc")]
    told = [
        (name, ", ".join(_person(one) for one in found if text(one, "Email")) if isinstance(found, list) else "")
        for name, found in people
    ]
    plain = [("Reply-To", "ReplyTo"), ("Subject", "Subject"), ("Date", "Date")]
    named = [(name, whole or text(given, name, most=10_000)) for name, whole in told]
    return named + [(name, text(given, key, most=10_000)) for name, key in plain]


def _person(one: object) -> str:
    return compose.mailbox(text(one, "Name"), text(one, "Email"))


def _file(entry: object) -> Piece | None:
    """A file; None where its content cannot be read. The call that the Check button makes says Data for Content."""
    content = next((found for key in ("Content", "Data") if isinstance(found := inner(entry, key), str)), None)
    if content is None:
        return None
    try:
        data = base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
    type_, _, parameters = text(entry, "ContentType").partition(";")
    charset = re.search(r'charset="?([\w.:+-]{1,60})', parameters, re.IGNORECASE)
    content_id = text(entry, "ContentID").strip("<> ") or None
    return Piece(
        data, type_.strip().lower(), charset[1] if charset else "", text(entry, "Name") or None, content_id,
        inline=content_id is not None,
    )  # fmt: skip


def _verdicts(headers: list[Header]) -> tuple[tuple[str, str], ...]:
    """SPF by the first Received-SPF, which is Postmark's. Of DMARC it says nothing."""
    found = next((value for name, value in headers if name.casefold() == "received-spf"), "")
    spf = fields.result(found.partition(" ")[0])
    return (("spf", spf),) if spf else ()
