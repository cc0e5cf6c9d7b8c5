"""Amazon SES with an SNS action: a signed message of a topic, with the whole mail in it, up to 150 KB.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html. A mail that a rule puts into S3
alone is not in the call, and we do not go and get it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.inbound.retrieve.hooks.letter import Letter, NoMail
from engine.outbound.events import ses, sns
from engine.outbound.events.event import Call, Fetch, Unreadable
from engine.outbound.events.reading import inner, mapping, text

ELSEWHERE = (
    "The mail is not in the call: the rule's action is {action}. Let the receipt rule publish to the topic by an SNS"
    " action, encoding Base64."
)
# https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html: GRAY means that there is no
# policy, or that several checks differ.
RESULTS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror"}


def check(call: Call, key: str, now: datetime, fetch: Fetch) -> None:
    """The signature of SNS, for the topic `key`."""
    ses.check(call, key, now, fetch)


def by_body(key: str) -> bool:
    """Whether the proof is about the body."""
    return True


def read(call: Call) -> Letter | None:
    """The letter; None for what SNS says about the subscription itself. Its id is SES's own."""
    message = mapping(call.body)
    if text(message, "Type") != sns.NOTIFICATION:
        return None
    try:
        told = mapping(str(message.get("Message", "")))
    except Unreadable:  # SES says so in plain words when a topic is chosen
        return None
    name = text(told, "notificationType") or text(told, "eventType")
    if name != "Received":
        raise NoMail(f"This is an event ({name}). Its address is the relay's own, /hooks/events/ses/….")
    content, receipt = told.get("content"), inner(told, "receipt")
    if content == "":
        raise NoMail("The mail is empty.")
    if not isinstance(content, str):
        raise Unreadable(ELSEWHERE.format(action=text(receipt, "action", "type") or "another"))
    found = inner(receipt, "recipients") or inner(told, "mail", "destination")
    recipients = tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
    sender = inner(told, "mail", "source")
    return Letter(
        _id(message, told, recipients), _mail(content, text(receipt, "action", "encoding")),
        sender if isinstance(sender, str) else None, recipients, _verdicts(receipt),
    )  # fmt: skip


def confirm(call: Call) -> str | None:
    """The address that confirms the subscription of a topic that has been checked."""
    return ses.confirm(call)


def _id(message: Mapping[str, Any], told: Mapping[str, Any], recipients: tuple[str, ...]) -> str:
    """One mail comes once for each rule that its recipients fall under."""
    whom = hashlib.sha256("\n".join(recipients).encode("utf-8", "replace")).hexdigest()[:12]
    return f"{text(told, 'mail', 'messageId') or text(message, 'MessageId')} {whom}"


def _mail(content: str, encoding: str) -> bytes:
    if encoding.casefold() != "base64":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("The mail in the call is no Base64.") from error


def _verdicts(receipt: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        (method, result)
        for method in ("spf", "dkim", "dmarc")
        if (result := RESULTS.get(text(receipt, f"{method}Verdict", "status"), ""))
    )
