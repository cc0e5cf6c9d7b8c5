"""A raw mail read step by step into a ParsedMail; the one place where the readers of this package meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from engine.inbound.parse import (
    addresses,
    automatic,
    bounce,
    complaint,
    confidence,
    forward,
    limits,
    quote,
    receipts,
    signature,
)
from engine.inbound.parse.body import Body, gather
from engine.inbound.parse.charsets import one_line
from engine.inbound.parse.command import command
from engine.inbound.parse.headers import Headers, message_ids
from engine.inbound.parse.html import CUT, SIGNATURE
from engine.inbound.parse.mail import Bounce, Complaint, Forward, Kind, ParsedMail
from engine.inbound.parse.mime import Tree, read
from engine.inbound.parse.patterns import REPLY_SUBJECT
from engine.inbound.parse.segments import CODE

_DELIVERED = (
    "x-envelope-to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "apparently-to",
)


@dataclass(frozen=True)
class _Reply:
    text: str
    cut: str
    confidence: float
    reasons: tuple[str, ...]


def read_mail(raw: bytes, own_domains: frozenset[str]) -> ParsedMail:
    """The mail; may raise on what no reader foresaw, `parse` catches that."""
    tree = read(raw)
    headers = tree.root.headers
    mail = _envelope(headers, own_domains)
    body = gather(tree)
    kind, reasons, failed, complained, carried = _kind(tree, raw, body, mail)
    reply = _reply(body, mail, carried)
    visible = body.text.replace(CUT, "").replace(SIGNATURE, "")
    return replace(
        mail,
        kind=kind,
        reasons=reasons,
        text=visible,
        reply_text=reply.text,
        cut_text=reply.cut,
        confidence=reply.confidence,
        confidence_reasons=reply.reasons,
        command=command(reply.text, mail.subject) if kind in ("human", "reply") else None,
        attachments=body.attachments,
        forward=carried if kind == "forward" else None,
        bounce=failed,
        complaint=complained,
        html_only=body.html,
        faults=tuple(tree.faults),
    )


def _envelope(headers: Headers, own_domains: frozenset[str]) -> ParsedMail:
    path = headers.raw("return-path") if headers.has("return-path") else None
    delivered = [a.address for name in _DELIVERED for value in headers.raws(name) for a in addresses.parse(value)]
    return_path = None if path is None else addresses.bare(path)
    return ParsedMail(
        message_id=next(iter(message_ids(headers.raw("message-id"))), ""),
        in_reply_to=message_ids(headers.raw("in-reply-to")),
        references=message_ids(headers.raw("references")),
        from_=addresses.first(headers.raw("from")),
        sender=addresses.first(headers.raw("sender")),
        reply_to=addresses.parse(headers.raw("reply-to")),
        return_path=return_path,
        to=addresses.parse(", ".join(headers.raws("to"))),
        cc=addresses.parse(", ".join(headers.raws("cc"))),
        delivered_to=tuple(dict.fromkeys(item for item in delivered if item)),
        subject=headers.get("subject"),
        date=_date(headers.get("date")),
        authentication_results=tuple(
            one_line(value[: limits.HEADER_BYTES]) for value in headers.raws("authentication-results")[:20]
        ),
        loop_headers=automatic.loops(headers, own_domains),
        no_answer=automatic.no_answer(headers, return_path),
    )


def _date(value: str) -> str:
    try:
        return parsedate_to_datetime(value[:100]).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return ""


_Judged = tuple[Kind, tuple[str, ...], Bounce | None, Complaint | None, Forward | None]


def _kind(tree: Tree, raw: bytes, body: Body, mail: ParsedMail) -> _Judged:
    """The kind of mail, the surest evidence first: reports, then robots, then people."""
    headers = tree.root.headers
    complained = complaint.read(tree, body.text)
    if complained is not None:
        return "complaint", (f"feedback: {complained.feedback_type}",), None, complained, None
    received = receipts.receipt(tree, body.text)
    if received is not None:
        return "autoreply", (received,), None, None, None
    failed = _failed(tree, raw, body, mail)
    if failed is not None:
        delayed = all(item.action == "delayed" for item in failed.recipients) and failed.permanent is not True
        return "delay" if delayed else "bounce", (failed.source,), failed, None, None
    robot = _robot(tree, mail)
    if robot is not None:
        return robot[0], (robot[1],), None, None, None
    carried = forward.read(body.text, mail.subject)
    why = automatic.mailing_list(headers)
    if why:
        return "list", (why,), None, None, carried
    answers = bool(mail.in_reply_to or mail.references or REPLY_SUBJECT.match(mail.subject))
    return "forward" if carried is not None else "reply" if answers else "human", (), None, None, carried


def _failed(tree: Tree, raw: bytes, body: Body, mail: ParsedMail) -> Bounce | None:
    return bounce.read(tree, raw, body.text) if bounce.looks_like(tree, mail.return_path, body.text) else None


def _robot(tree: Tree, mail: ParsedMail) -> tuple[Kind, str] | None:
    """(kind, reason) of an automatic mail, else None."""
    headers = tree.root.headers
    why = automatic.challenge(headers)
    if why:
        return "challenge", why
    why = (
        receipts.meeting(tree, headers)
        or automatic.autoreply(headers, mail.return_path)
        or automatic.robot_headers(headers)
    )
    return ("autoreply", why) if why else None


def _reply(body: Body, mail: ParsedMail, carried: Forward | None) -> _Reply:
    """What the writer said. A forward with nothing above it says what it carries."""
    if carried is not None and not carried.comment:
        return _Reply(carried.body, "", 0.6, ("forward-without-comment",))
    if carried is not None:
        kept = quote.Kept(carried.comment.split("\n"), [carried.body], ("forward",))
    else:
        kept = quote.keep(body.text, body.html)
    name = mail.from_.name if mail.from_ is not None else ""
    split = signature.split(kept.lines, name)
    text = "\n".join(split.kept).replace(CODE, "").strip("\n")
    cut = "\n".join(split.cut + kept.cut).replace(CUT, "").replace(CODE, "")[: limits.CUT_CHARS]
    sure, reasons = confidence.judge(split.kept, cut, kept.reasons + split.reasons, body.html)
    return _Reply(text, cut, sure, reasons)
