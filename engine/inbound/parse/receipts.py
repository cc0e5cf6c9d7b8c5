"""Automatic mail that is no answer of a person's: receipts of reading and delivery, and the mail of calendars."""

from __future__ import annotations

import re

from engine.inbound.parse import addresses, dsn, report
from engine.inbound.parse.headers import Headers, split
from engine.inbound.parse.mail import FailedRecipient
from engine.inbound.parse.mime import Part, Tree

_METHOD = re.compile(rb"^METHOD[ \t]*:[ \t]*([A-Za-z]{3,20})[ \t]*\r?$", re.MULTILINE)
_REFUSED = re.compile(r"automatic-action/.{0,80}(?:deleted|denied|failed)|/(?:error|failure|denied)", re.IGNORECASE)
_HEAD = 4096
_ANSWERS = {"reply": "meeting-response", "counter": "meeting-response", "declinecounter": "meeting-response"}


def receipt(tree: Tree, text: str) -> str | None:
    """Why this is a receipt: "read-receipt" (RFC 8098), "delivery-receipt" (RFC 3464, nothing failed), or None."""
    if tree.root.params.get("report-type", "").lower() == "disposition-notification":
        return None if refused(tree, text) else "read-receipt"
    if _notification(tree) is not None and tree.root.content_type == "multipart/report":
        return None if refused(tree, text) else "read-receipt"
    return "delivery-receipt" if dsn.arrived(tree) else None


def refused(tree: Tree, text: str) -> list[FailedRecipient]:
    """Whose mailbox refused the mail by a receipt: a filter that deletes and says why (Sieve's reject, RFC 5429)."""
    fields = _notification(tree)
    if fields is None or not _REFUSED.search(fields.get("disposition")) or not report.TROUBLE.search(text[:4000]):
        return []
    address = addresses.bare(fields.get("final-recipient").partition(";")[2]) or addresses.bare(
        fields.get("final-recipient")
    )
    return [FailedRecipient(address, "failed", report.status_in(text), "", True)] if address else []


def _notification(tree: Tree) -> Headers | None:
    """The fields of the disposition notification."""
    for part in tree.outer():
        if part.content_type in ("message/disposition-notification", "message/global-disposition-notification"):
            return split(part.data().lstrip(b"\r\n") + b"\n\n")[0]
    return None


def meeting(tree: Tree, headers: Headers) -> str | None:
    """Why this is a calendar's mail: "meeting-response", or "meeting-request" for an invitation or its end.

    Only where the calendar part is the message itself or one of its alternatives (RFC 6047 section 2.4); an .ics
    file attached to somebody's words is an attachment.
    """
    if headers.get("content-class").lower() == "urn:content-classes:calendarmessage":
        return "meeting-request"
    part = next((item for item in _bodies(tree.root, 0) if item.content_type == "text/calendar"), None)
    if part is None or part.disposition == "attachment":
        return None
    match = _METHOD.search(part.data()[:_HEAD])
    method = part.params.get("method", "").lower() or (match.group(1).decode("ascii").lower() if match else "")
    return _ANSWERS.get(method, "meeting-request") if method else None


def _bodies(part: Part, depth: int) -> list[Part]:
    """The message itself, or its alternatives; the first body of a mixed or signed mail stands for it."""
    if depth > 4:
        return []
    if part.content_type == "multipart/alternative":
        return [
            item for child in part.children for item in ([child] if not child.children else _bodies(child, depth + 1))
        ]
    if part.main == "multipart":
        return _bodies(part.children[0], depth + 1) if part.children else []
    return [part]
