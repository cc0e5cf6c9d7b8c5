"""Feedback reports of mailbox providers: RFC 5965, and the common ones that are not (Microsoft's, AOL's, plain
forwards of abuse desks)."""

from __future__ import annotations

import re

from engine.inbound.parse import addresses, notices
from engine.inbound.parse.headers import Headers, message_ids, split
from engine.inbound.parse.mail import Complaint
from engine.inbound.parse.mime import Part, Tree
from engine.inbound.parse.returned import original_of

_SUBJECT = re.compile(
    r"^\W*(?:complaint about message from|abuse report|e-?mail (?:abuse|feedback) report|feedback loop|spam report|"
    r"spam complaint|fbl report|report of (?:spam|abuse))",
    re.IGNORECASE,
)
_DESK = re.compile(
    r"^(?:staff@hotmail\.com|complaints@email-abuse\.amazonses\.com|scomp@aol\.net|"
    r"(?:fbl|feedback(?:loop)?|abuse-report|arf|spamreport)[\w.+-]{0,60}@)",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"^\s{0,8}this is (?:an? )?(?:[\w.()/+-]+ ){0,8}(?:email abuse|spam|abuse|feedback|authentication[- ]failure) "
    r"(?:report|complaint)",
    re.IGNORECASE,
)


def read(tree: Tree, text: str) -> Complaint | None:
    """The feedback report in a mail, or None."""
    notice = notices.read(text)
    if isinstance(notice, Complaint):
        return notice
    headers, original = tree.root.headers, original_of(tree)
    fields = next((_fields(part) for part in tree.outer() if part.content_type == "message/feedback-report"), None)
    if fields is None and not _informal(tree, headers, original, text):
        return None
    fields = fields if fields is not None else _in_text(text)
    kind = fields.get("feedback-type").lower().split(" ")[0] or "abuse"
    mid = message_ids(original.raw("message-id"))[:1] if original is not None else ()
    return Complaint(kind, _recipient(fields, original), mid[0] if mid else "", fields.get("user-agent")[:200])


def _recipient(fields: Headers, original: Headers | None) -> str:
    """Who complained. Providers may hide it: "Redacted-Address: bo@" leaves the original's To to name it."""
    told = fields.raw("original-rcpt-to") or fields.raw("removal-recipient")
    if told or original is None:
        return addresses.bare(told)
    return addresses.bare(original.raw("x-hmxmroriginalrecipient") or original.raw("to"))


def _fields(part: Part) -> Headers:
    return split(part.data().lstrip(b"\r\n") + b"\n\n")[0]


def _in_text(text: str) -> Headers:
    """The fields of a report that stand in the text, because a gateway or a desk put them there."""
    start = re.search(r"^feedback-type:", text, re.IGNORECASE | re.MULTILINE)
    return split(text[start.start() : start.start() + 8000].encode() + b"\n\n")[0] if start else Headers(())


def _informal(tree: Tree, headers: Headers, original: Headers | None, text: str) -> bool:
    if tree.root.params.get("report-type", "").lower() == "feedback-report" or headers.has("x-loop-scomp"):
        return True
    if original is None:
        return False
    if original.has("x-hmxmroriginalrecipient") or headers.get("x-loop").lower() == "scomp":
        return True
    if _SUBJECT.match(headers.get("subject")):
        return True
    desk = _DESK.match(addresses.bare(headers.raw("from"))) is not None
    return desk and (_REPORT.match(text[:400]) is not None or bool(re.search(r"(?im)^feedback-type:", text[:20_000])))
