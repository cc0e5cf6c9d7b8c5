"""The fields of a delivery report: RFC 3464, in its own part or lost in the text, and the enhanced codes (RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.inbound.parse import addresses, limits, robot_words
from engine.inbound.parse.headers import Headers, split
from engine.inbound.parse.mail import FailedRecipient
from engine.inbound.parse.mime import Tree
from engine.inbound.parse.patterns import compiled

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY = re.compile(
    r"(?<![\d.+-])(?<!\d:)([45])([0-5])\d(?=[\s\-,#:)]|$)(?!\s?(?:am|pm|bytes|kb|mb|hours|days|min))", re.I
)
TEMPORARY = compiled(robot_words.TEMPORARY)
_ARRIVED = ("delivered", "relayed", "expanded", "deliverable")
_WRITTEN = re.compile(r"^[ \t]{0,8}original address:[ \t]{0,8}(\S{1,300}@\S{2,250})", re.IGNORECASE | re.MULTILINE)
_FIRST_FIELD = re.compile(r"^(?:Final|Original)-Recipient:", re.MULTILINE | re.IGNORECASE)


def read(tree: Tree, text: str) -> list[FailedRecipient]:
    """The recipients that the fields of the report name as failed or delayed; those that arrived are left out."""
    found: dict[str, FailedRecipient] = {}
    for item in (*_in_parts(tree, text), *([] if _has_part(tree) else _in_text(text))):
        if item.action not in _ARRIVED:
            found.setdefault(item.address, item)
        if len(found) >= limits.ADDRESSES:
            break
    return list(found.values())


def arrived(tree: Tree) -> bool:
    """True for a report that says of each recipient that the mail arrived (a receipt that somebody asked for)."""
    actions = [
        group.get("action").lower().split(" ")[0] for data in _parts(tree) for group in _groups(data) if _names(group)
    ]
    return bool(actions) and all(action in _ARRIVED for action in actions)


def status_of(value: str, diagnostic: str) -> str:
    """The enhanced code; the diagnostic's own where the field is missing or says nothing (x.0.0), else "5.0.0" from
    its three-digit reply code, else ""."""
    match = STATUS.search(value)
    status = match.group(1) if match else ""
    inner = STATUS.search(diagnostic)
    reply = REPLY.search(diagnostic)
    if (not status or status.endswith(".0.0")) and inner is not None and inner.group(1)[0] in "45":
        return inner.group(1)
    return status or (f"{reply.group(1)}.0.0" if reply else "")


def _parts(tree: Tree) -> Iterable[bytes]:
    return (part.data() for part in tree.walk() if part.content_type.endswith("delivery-status"))


def _has_part(tree: Tree) -> bool:
    return any(_names(group) for data in _parts(tree) for group in _groups(data))


def _groups(data: bytes) -> Iterable[Headers]:
    """The field groups of a delivery-status body (RFC 3464 section 2.1)."""
    for group in re.split(rb"(?:\r?\n[ \t]*){2,}", data[: limits.HEADERS_BYTES].strip())[: limits.PARTS]:
        yield split(group + b"\n\n")[0]


def _names(group: Headers) -> bool:
    return group.has("final-recipient") or group.has("original-recipient")


def _in_parts(tree: Tree, text: str) -> Iterable[FailedRecipient]:
    """Of the parts; some systems give the recipient in the group of the message, so every group is asked."""
    match = _WRITTEN.search(text[: limits.TEXT_CHARS])
    written = addresses.bare(match.group(1)) if match is not None else ""
    for data in _parts(tree):
        for group in _groups(data):
            item = _recipient(group, written)
            if item is not None:
                yield item


def _in_text(text: str) -> Iterable[FailedRecipient]:
    """The same fields where a gateway lost the MIME structure and they stand in the text."""
    start = _FIRST_FIELD.search(text)
    if start is None:
        return
    for group in _groups(text[start.start() : start.start() + limits.HEADERS_BYTES].encode()):
        item = _recipient(group, "") if _names(group) else None
        if item is not None:
            yield item


def _recipient(group: Headers, written: str) -> FailedRecipient | None:
    address = _address(group, written)
    if not address:
        return None
    action = group.get("action").lower().split(" ")[0].strip("()")
    diagnostic = group.get("diagnostic-code").partition(";")[2].strip() or group.get("diagnostic-code")
    status = status_of(group.get("status"), diagnostic)
    permanent = False if action == "delayed" or status[:1] == "4" else True if status[:1] == "5" else None
    if permanent is None and action == "failed":
        permanent = not TEMPORARY.search(diagnostic)
    return FailedRecipient(address, action, status, diagnostic[:1000], permanent)


def _address(group: Headers, written: str) -> str:
    """The final recipient; the original where there is no final address, or where the report itself says which of
    the two the sender had written (PMDF and its heirs put their own routing form into Final-Recipient)."""
    named = {
        name: _usable(addresses.bare(_unwrapped(group.raw(name))))
        for name in ("final-recipient", "original-recipient", "x-actual-recipient")
    }
    if written and named["original-recipient"] == written:
        return written
    return named["final-recipient"] or named["original-recipient"] or named["x-actual-recipient"]


def _unwrapped(value: str) -> str:
    """Without the address type, and without a source route ("@a,@b:bo@c")."""
    value = value.partition(";")[2] or value
    return value.rpartition(":")[2] if value.strip(" <").startswith("@") else value


def _usable(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return address if local and domain else ""
