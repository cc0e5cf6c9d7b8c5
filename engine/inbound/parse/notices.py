"""Reports as JSON: Amazon SES tells of bounces and complaints through SNS, and SNS can deliver by mail.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
from typing import Any

from engine.inbound.parse import addresses, limits
from engine.inbound.parse.charsets import one_line
from engine.inbound.parse.dsn import status_of
from engine.inbound.parse.mail import Bounce, Complaint, FailedRecipient

_CHARS = 200_000


def read(text: str) -> Bounce | Complaint | None:
    """The bounce or complaint in a mail whose text begins with such a notice, or None."""
    notice = _loaded(text)
    if "notificationType" not in notice and "eventType" not in notice and isinstance(notice.get("Message"), str):
        notice = _loaded(notice["Message"])
    kind = _word(notice, "notificationType") or _word(notice, "eventType")
    about = _dict(notice.get("mail"))
    if kind == "Bounce":
        return _bounce(_dict(notice.get("bounce")), _word(about, "messageId"))
    if kind == "Complaint":
        said = _dict(notice.get("complaint"))
        who = next(iter(_recipients(said.get("complainedRecipients"))), {})
        feedback = _word(said, "complaintFeedbackType").lower() or "abuse"
        return Complaint(feedback, _address(who), _word(about, "messageId"), _word(said, "userAgent")[:200])
    return None


def _bounce(said: dict[str, Any], message_id: str) -> Bounce | None:
    lasts = {"Permanent": True, "Transient": False}.get(_word(said, "bounceType"))
    found = []
    for who in _recipients(said.get("bouncedRecipients")):
        diagnostic = _word(who, "diagnosticCode")[:1000]
        status = status_of(_word(who, "status"), diagnostic)
        found.append(FailedRecipient(_address(who), _word(who, "action").lower(), status, diagnostic, lasts))
    found = [item for item in found if item.address]
    return Bounce(tuple(found), lasts, "ses", message_id) if found else None


def _loaded(text: str) -> dict[str, Any]:
    """The object at the start of a text (SNS puts a note on unsubscribing below it), or an empty one."""
    text = text.strip()
    if not text.startswith("{") or len(text) > _CHARS:
        return {}
    try:
        return _dict(json.JSONDecoder(strict=False).raw_decode(text)[0])
    except (ValueError, RecursionError):
        return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(where: dict[str, Any], key: str) -> str:
    value = where.get(key)
    return one_line(value[: limits.HEADER_BYTES]) if isinstance(value, str) else ""


def _recipients(value: object) -> list[dict[str, Any]]:
    return [_dict(item) for item in value[: limits.ADDRESSES]] if isinstance(value, list) else []


def _address(who: dict[str, Any]) -> str:
    return addresses.bare(_word(who, "emailAddress"))
