"""Delivery reports: RFC 3464 fields first, flufl.bounce for the many that carry none, then the text itself."""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterable

from flufl.bounce import all_failures

from engine.inbound.parse import addresses, limits
from engine.inbound.parse.headers import Headers, message_ids, split
from engine.inbound.parse.mail import Bounce, Complaint, FailedRecipient
from engine.inbound.parse.mime import Part, Tree
from engine.inbound.parse.patterns import ADDRESS, BOUNCE_SUBJECT

_DAEMON = re.compile(
    r"mailer-?daemon|mail[ _.-]?delivery|postmaster@|mdaemon|mail delivery (?:sub)?system|mail administrator|"
    r"microsoft exchange|no-reply@amazonses|bounce[sd]?@|mail router|smtp gateway|system administrator|mail system",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])[0-7]\d(?=[\s\-,#:)]|$)")
_TROUBLE = re.compile(
    r"unknown|not found|no such|does ?n.t exist|not exist|full|quota|undeliver|fail|reject|denied|refused|invalid|"
    r"unrecognized|unable|could ?n.t|could not|cannot|disabled|inactive|expired|bounce|unreachable|"
    r"not listed|suspended|error|blocked|postponed|失敗|できません|エラー|不明|\b[45][05]\d\b|spam|timed out|"
    r"not known|doesn't have|over ?quota|too large|not delivered|mailbox|delayed",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"will (?:continue to )?(?:keep )?(?:be )?(?:retry|retri|try|trying|attempt)|still (?:being )?(?:try|queue|retri)|"
    r"do not need to resend|warning message only|warning only|delayed|has not yet been delivered|"
    r"not been able to deliver yet",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"giving up|gave up|given up|permanent|fatal|has been removed|too long|expired|no further", re.IGNORECASE
)
_TEMPORARY = re.compile(
    r"timed? ?out|connection refused|try again|deferred|temporar|greylist|retry|expired|unreachable", re.I
)
_FIELD = re.compile(
    r"^\s*(?:message-id|from|sender|reply-to|return-path|references|in-reply-to|date|subject|cc|reporting-mta|received)\s*:|"
    r".*\b(?:contact|forward this|send (?:e-?)?mail to|postmaster for|for (?:further|more)|assistance|questions?|お問)",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^\W*(?:(?:below|following) (?:this line )?is (?:a|the) copy|this is a copy of (?:the|your) message|"
    r"original message|"
    r"[-_ ]*(?:original|returned|unsent|undelivered|bounced|beginning of|start of|message header|header)[\w :-]{0,40}"
    r"(?:message|mail|e-mail|headers?|follows|text|letter|content)|message header|return-path:|received: (?:from|by))",
    re.IGNORECASE,
)
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
_FLUFL_BYTES = 96 * 1024
# flufl.bounce logs each detector by design; nobody reads that here.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def looks_like(tree: Tree, return_path: str | None) -> bool:
    """True where the headers alone make a delivery report likely; costlier readers run only then."""
    headers = tree.root.headers
    if any(part.content_type.endswith("delivery-status") for part in tree.walk()):
        return True
    if tree.root.params.get("report-type", "").lower() == "delivery-status" or headers.has("x-failed-recipients"):
        return True
    daemon = return_path == "" or bool(
        _DAEMON.search(headers.get("from") + headers.get("sender") + (return_path or ""))
    )
    subject = bool(BOUNCE_SUBJECT.search(headers.get("subject")))
    return (daemon and not headers.has("x-auto-response-suppress")) or (subject and not headers.has("in-reply-to"))


def read(tree: Tree, raw: bytes, text: str) -> Bounce | None:
    """The delivery report in a mail for which `looks_like` holds, or None."""
    original = _original(tree)
    mid = message_ids(original.raw("message-id"))[:1] if original is not None else ()
    message_id = mid[0] if mid else ""
    found = _rfc3464(tree) or _rfc3464_in_text(text)
    if found:
        return _bounce(found, "rfc3464", message_id)
    found = _flufl(tree, raw, text)
    if found:
        return _bounce(found, "flufl", message_id)
    found = _by_text(tree, text, original)
    return _bounce(found, "text", message_id) if found else None


def _bounce(found: list[FailedRecipient], source: str, message_id: str) -> Bounce:
    known = [item.permanent for item in found if item.permanent is not None]
    return Bounce(tuple(found), any(known) if known else None, source, message_id)


def _groups(data: bytes) -> Iterable[Headers]:
    """The field groups of a delivery-status body (RFC 3464 section 2.1)."""
    for group in re.split(rb"(?:\r?\n[ \t]*){2,}", data[: limits.HEADERS_BYTES].strip())[: limits.PARTS]:
        yield split(group + b"\n\n")[0]


def _rfc3464(tree: Tree) -> list[FailedRecipient]:
    found: dict[str, FailedRecipient] = {}
    for part in tree.walk():
        if not part.content_type.endswith("delivery-status"):
            continue
        for group in _groups(part.data()):
            item = _recipient(group)
            if item is not None and item.action not in ("delivered", "relayed", "expanded"):
                found.setdefault(item.address, item)
    return list(found.values())


def _rfc3464_in_text(text: str) -> list[FailedRecipient]:
    """The same fields where a gateway lost the MIME structure and they stand in the text."""
    start = re.search(r"^(?:Final|Original)-Recipient:", text, re.MULTILINE | re.IGNORECASE)
    if start is None:
        return []
    items = [
        _recipient(group) for group in _groups(text[start.start() : start.start() + limits.HEADERS_BYTES].encode())
    ]
    return [item for item in items if item is not None][: limits.ADDRESSES]


def _recipient(group: Headers) -> FailedRecipient | None:
    address = ""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = group.get(name)
        address = addresses.bare(value.partition(";")[2] or value)
        if address:
            break
    if not address:
        return None
    action = group.get("action").lower().split(" ")[0].strip("()")
    diagnostic = group.get("diagnostic-code").partition(";")[2].strip() or group.get("diagnostic-code")
    status = _status(group.get("status"), diagnostic)
    permanent = False if action == "delayed" or status[:1] == "4" else True if status[:1] == "5" else None
    if permanent is None and action == "failed":
        permanent = not _TEMPORARY.search(diagnostic)
    return FailedRecipient(address, action, status, diagnostic[:1000], permanent)


def _status(value: str, diagnostic: str) -> str:
    """The enhanced code (RFC 3463); the diagnostic's own code where the field is missing or says nothing (x.0.0)."""
    match = _STATUS.search(value)
    status = match.group(1) if match else ""
    inner = _STATUS.search(diagnostic)
    reply = _REPLY.search(diagnostic)
    if (not status or status.endswith(".0.0")) and inner is not None and inner.group(1)[0] in "45":
        return inner.group(1)
    return status or (f"{reply.group(1)}.0.0" if reply else "")


def _flufl(tree: Tree, raw: bytes, text: str) -> list[FailedRecipient]:
    if any(f in tree.faults for f in ("too-deep", "too-many-parts", "header-too-long", "headers-too-long")):
        return []
    try:
        temporary, permanent = all_failures(email.message_from_bytes(raw[:_FLUFL_BYTES].lstrip(b"\r\n")))
    except Exception:  # its detectors raise whatever a malformed part makes them raise; the text reader is next
        return []
    found = {item.decode("utf-8", "replace").lower().strip("<>") for item in temporary | permanent if item}
    soft = {item.decode("utf-8", "replace").lower().strip("<>") for item in temporary if item}
    status = _text_status(text)
    out = []
    for address in sorted(item for item in found if ADDRESS.fullmatch(item) or "@" in item):
        lasting = address not in soft and status[:1] != "4"
        out.append(FailedRecipient(address, "failed" if lasting else "delayed", status, "", lasting))
    return out


def _text_status(text: str) -> str:
    head = "\n".join(_report_lines(text))
    match = next((m for m in _STATUS.finditer(head) if m.group(1)[0] in "45"), None)
    if match is not None:
        return match.group(1)
    reply = _REPLY.search(head)
    return f"{reply.group(1)}.0.0" if reply else ""


def _report_lines(text: str) -> list[str]:
    """The lines of the report without the returned mail below it, bounded."""
    out: list[str] = []
    for line in text.split("\n", 400)[:400]:
        if len(out) > 3 and _COPY.match(line):
            break
        out.append(line[: limits.LINE_CHARS])
    return out


def _by_text(tree: Tree, text: str, original: Headers | None) -> list[FailedRecipient]:
    headers = tree.root.headers
    lines = _report_lines(text)
    body = "\n".join(lines)
    if not _TROUBLE.search(body + headers.get("subject")):
        return []
    named = [a.address for a in addresses.parse(headers.raw("x-failed-recipients")) if a.address]
    ours = {a.address for name in ("from", "to", "reply-to", "return-path") for a in addresses.parse(headers.raw(name))}
    ours |= {a.address for a in addresses.parse(original.raw("from"))} if original is not None else set()
    found = named or _near_trouble(lines, ours)
    if not found and original is not None:
        found = [a.address for a in addresses.parse(original.raw("to")) if a.address][:1]
    status = _text_status(text)
    still = bool(_STILL.search(body)) and not _GAVE_UP.search(body) and status[:1] != "5"
    lasting = not still and (status[:1] == "5" or (not status and not _TEMPORARY.search(body)))
    action = "delayed" if still else "failed"
    return [FailedRecipient(address, action, status, "", lasting) for address in dict.fromkeys(found)]


def _near_trouble(lines: list[str], ours: set[str]) -> list[str]:
    """Addresses on lines where, or right before where, something is said to have gone wrong."""
    near: list[str] = []
    for index, line in enumerate(lines):
        for match in () if _FIELD.match(line) else ADDRESS.finditer(line):
            address = match.group().strip(".'=").lower()
            if address in ours or address.startswith("mailer-daemon@") or "." not in address.partition("@")[2]:
                continue
            if _TROUBLE.search("\n".join(lines[max(0, index - 3) : index + 4])):
                near.append(address)
        if len(near) > limits.ADDRESSES:
            break
    return near


def _original(tree: Tree) -> Headers | None:
    """The headers of the returned mail."""
    for part in tree.walk():
        if part is tree.root or part.content_type not in _RETURNED:
            continue
        if part.children:
            return part.children[0].headers
        return split(part.data().lstrip(b"\r\n"))[0]
    return None


_ABUSE_SUBJECT = re.compile(
    r"^\W*(?:complaint about message from|abuse report|email feedback report|feedback loop)", re.I
)


def complaint(tree: Tree) -> Complaint | None:
    """A feedback report: RFC 5965, and the common ones that are not (Microsoft JMRP, plain forwards of abuse desks)."""
    headers, original = tree.root.headers, _original(tree)
    fields = next((_fields(part) for part in tree.walk() if part.content_type == "message/feedback-report"), None)
    if fields is None and not _informal(tree, headers, original):
        return None
    kind = fields.get("feedback-type").lower() if fields is not None else "abuse"
    recipient = addresses.bare(fields.raw("original-rcpt-to") or fields.raw("removal-recipient")) if fields else ""
    if not recipient and original is not None:
        recipient = addresses.bare(original.raw("x-hmxmroriginalrecipient") or original.raw("to"))
    mid = message_ids(original.raw("message-id"))[:1] if original is not None else ()
    agent = fields.get("user-agent") if fields is not None else ""
    return Complaint(kind or "abuse", recipient, mid[0] if mid else "", agent[:200])


def _fields(part: Part) -> Headers:
    return split(part.data().lstrip(b"\r\n") + b"\n\n")[0]


def _informal(tree: Tree, headers: Headers, original: Headers | None) -> bool:
    if tree.root.params.get("report-type", "").lower() == "feedback-report" or headers.has("x-loop-scomp"):
        return True
    if original is None:
        return False
    marked = original.has("x-hmxmroriginalrecipient") or headers.get("x-loop").lower() == "scomp"
    return marked or bool(_ABUSE_SUBJECT.match(headers.get("subject")))
