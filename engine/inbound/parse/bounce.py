"""Delivery reports: RFC 3464 fields first, flufl.bounce for the many that carry none, then the text itself."""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Callable

from flufl.bounce import all_failures

from engine.inbound.parse import addresses, dsn, limits, notices, receipts, report
from engine.inbound.parse.headers import Headers, message_ids
from engine.inbound.parse.mail import Bounce, FailedRecipient
from engine.inbound.parse.mime import Tree
from engine.inbound.parse.patterns import ADDRESS, BOUNCE_SUBJECT, FORWARD_SUBJECT, REPLY_SUBJECT
from engine.inbound.parse.returned import RETURNED, original_of

_DAEMON = re.compile(
    r"mailer-?daemon|mail[ _.-]?delivery|post_?master@|mdaemon|mail delivery (?:sub)?system|mail administrator|"
    r"microsoft exchange|no-reply@(?:amazonses|sns\.amazonaws)|bounce[sd]?@|mail router|smtp gateway|"
    r"system administrator|mail system|interscan|mail-?daemon@|delivery subsystem",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"^(?:no-?reply|do-?not-?reply|root|admin(?:istrator)?|sysadmin|system|mail|smtp|postfix)(?:[+._-].*)?@"
)
_TO_BOUNCES = re.compile(r"(?:^|[-_.])bounces?(?:[+=_-].*)?@")
_SURE = re.compile(r"mailer-?daemon@", re.IGNORECASE)
_FLUFL_BYTES, _FLUFL_LINE, _FLUFL_LINES = 96 * 1024, 2_000, 4_000
# flufl.bounce logs each detector by design; nobody reads that here.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def looks_like(tree: Tree, return_path: str | None, text: str) -> bool:
    """True where a delivery report is likely; costlier readers run only then.

    A subject alone is not enough: people write "delivery failed" too. It takes the sender of a robot, a code of
    SMTP in the text, or the returned mail itself beside it.
    """
    headers = tree.root.headers
    subject = headers.get("subject")
    if _marked(tree, text):
        return True
    if _from_daemon(headers, return_path):
        return not headers.has("x-auto-response-suppress") or bool(BOUNCE_SUBJECT.search(subject))
    if not BOUNCE_SUBJECT.search(subject) or headers.has("in-reply-to"):
        return False
    if _TO_BOUNCES.search(addresses.bare(headers.raw("to"))):  # nobody but a report writes to an envelope sender
        return True
    answered = REPLY_SUBJECT.match(subject) or FORWARD_SUBJECT.match(subject)
    return not answered and _robotic(tree, headers, text)


def _marked(tree: Tree, text: str) -> bool:
    """True where the mail is a report by its form, whatever its subject and sender say."""
    if any(part.content_type.endswith("delivery-status") for part in tree.outer()):
        return True  # one inside an attached mail is what a person shows
    report_type = tree.root.params.get("report-type", "").lower()
    if report_type == "delivery-status" or tree.root.headers.has("x-failed-recipients"):
        return True
    return notices.read(text) is not None or bool(receipts.refused(tree, text))


def _from_daemon(headers: Headers, return_path: str | None) -> bool:
    return return_path == "" or bool(_DAEMON.search(headers.get("from") + headers.get("sender") + (return_path or "")))


def _robotic(tree: Tree, headers: Headers, text: str) -> bool:
    submitted = headers.get("auto-submitted").lower()
    if (submitted and not submitted.startswith("no")) or _ROBOT.match(addresses.bare(headers.raw("from"))):
        return True
    if any(part is not tree.root and part.content_type in RETURNED for part in tree.walk()):
        return True
    return (_is_title(headers.get("subject")) and bool(report.status_in(text))) or any(
        report.announces_copy(line) for line in text.split("\n", 400)[:400]
    )


def _is_title(subject: str) -> bool:
    """The subject is little but the words of a report: "Delivery failure on staging" is a person's."""
    found = BOUNCE_SUBJECT.search(subject)
    if found is None:
        return False
    after = subject[found.end() :].strip()
    return not after or after[0] in ":;,.(-[" or len(after.split()) == 1 or "@" in after


def read(tree: Tree, raw: bytes, text: str) -> Bounce | None:
    """The delivery report in a mail for which `looks_like` holds, or None."""
    notice = notices.read(text)
    if isinstance(notice, Bounce):
        return notice
    original = original_of(tree) or report.copied(text)
    mid = message_ids(original.raw("message-id"))[:1] if original is not None else ()
    message_id = mid[0] if mid else ""
    readers: tuple[tuple[str, Callable[[], list[FailedRecipient]]], ...] = (
        ("rfc3464", lambda: dsn.read(tree, text) or receipts.refused(tree, text)),
        ("flufl", lambda: _flufl(tree, raw, text, original)),
        ("text", lambda: report.read(tree.root.headers, text, original)),
    )
    for source, reader in readers:
        found = reader()
        if found:
            return _bounce(found, source, message_id)
    return _nameless(tree.root.headers, text, message_id)


def _nameless(headers: Headers, text: str, message_id: str) -> Bounce | None:
    """A mailer daemon's report that names nobody; VERP or the returned Message-ID may still say whose it is."""
    if not _SURE.search(headers.get("from")) or not report.TROUBLE.search("\n".join(report.lines_of(text))):
        return None
    still, lasts = report.lasting(text, report.status_in(text))
    return Bounce((), None if still else lasts, "text", message_id)


def _bounce(found: list[FailedRecipient], source: str, message_id: str) -> Bounce:
    known = [item.permanent for item in found if item.permanent is not None]
    return Bounce(tuple(found), any(known) if known else None, source, message_id)


def _flufl(tree: Tree, raw: bytes, text: str, original: Headers | None) -> list[FailedRecipient]:
    """What flufl.bounce finds, without what it takes for an address: the report's own people and Message-IDs."""
    if any(f in tree.faults for f in ("too-deep", "too-many-parts", "header-too-long", "headers-too-long")):
        return []
    lines = raw[:_FLUFL_BYTES].lstrip(b"\r\n").split(b"\n", _FLUFL_LINES)[:_FLUFL_LINES]
    if any(len(line) > _FLUFL_LINE for line in lines) or _encodes_long_lines(tree):
        return []  # its patterns are quadratic in the length of a line
    try:
        temporary, permanent = all_failures(email.message_from_bytes(b"\n".join(lines)))
    except Exception:  # its detectors raise whatever a malformed part makes them raise; the text reader is next
        return []
    soft = {_plain(item) for item in temporary if item}
    found = {address for item in temporary | permanent if item and ADDRESS.fullmatch(address := _plain(item))}
    kept = found - report.own_addresses(tree.root.headers, original) or found
    status = report.status_in(text)
    still = status[:1] != "5" and report.lasting(text, status)[0]
    out = []
    for address in sorted(kept)[: limits.ADDRESSES]:
        lasting = address not in soft and status[:1] != "4" and not still
        out.append(FailedRecipient(address, "failed" if lasting else "delayed", status, "", lasting))
    return out


def _encodes_long_lines(tree: Tree) -> bool:
    """True where a decoded text has a line that is too long for flufl.bounce."""
    texts = (part for part in tree.walk() if part.encoding and part.main in ("text", "message") and not part.children)
    return any(len(line) > _FLUFL_LINE for part in texts for line in part.data()[:_FLUFL_BYTES].split(b"\n"))


def _plain(item: bytes) -> str:
    return item.decode("utf-8", "replace").lower().strip("<>")
