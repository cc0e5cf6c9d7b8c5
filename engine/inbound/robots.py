"""Mail that no person wrote for us: bounces, complaints, automatic answers, our own mail. Noted, never answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import move, sealing
from engine.db import Conn
from engine.inbound import route
from engine.inbound.addresses import handed_out
from engine.inbound.own import Own
from engine.inbound.parse.mail import FailedRecipient, ParsedMail
from engine.inbound.queries import whose
from engine.inbound.queries.keeping import Taken
from engine.inbound.queries.whose import Delivered
from engine.outbound.settle import doubts
from engine.tokens import read_message_id
from engine.transports.smtp.replies import suppresses

_OTHERS = {
    "autoreply": "An automatic answer",
    "challenge": "A challenge that wants a person's answer",
    "delay": "A notice of delay; the delivery goes on",
}
_NOT_SPAM = {"not-spam", "auth-failure", "virus"}


@dataclass(frozen=True, slots=True)
class Note:
    """Why a mail is only noted, and the workspace it concerns where that is known."""

    reason: str
    workspace_id: int | None = None


def note(conn: Conn, mail: Taken, parsed: ParsedMail, own: Own, now: datetime) -> Note | None:
    """What there is to note about this mail, its effect on the ledger done; None when a person wrote it."""
    if _is_ours(parsed, own):
        return Note("Our own mail came back.")
    if parsed.kind == "bounce":
        return _bounced(conn, mail, parsed, own, now)
    if parsed.kind == "complaint":
        return _complained(conn, mail, parsed, own, now)
    if parsed.automatic:
        why = ", ".join(parsed.reasons)
        said = f"{_OTHERS[parsed.kind]}{f' ({why})' if why else ''}."
        return Note(said, _concerned(conn, mail, parsed, own, now))
    return None


def _is_ours(parsed: ParsedMail, own: Own) -> bool:
    sender = parsed.from_.address.casefold() if parsed.from_ else ""
    if sender and (sender == own.mail_from or (sender.endswith("@" + own.reply_domain) and handed_out(sender))):
        return True  # people may have addresses in the reply domain too, where mailboxes are fetched from
    if parsed.message_id and read_message_id(own.keys, parsed.message_id):
        return True
    return any(own.reply_domain in value.casefold() for value in parsed.loop_headers)


def _claim(mail: Taken, parsed: ParsedMail, own: Own) -> route.Claim | None:
    return route.returned(own.keys, parsed, mail.envelope_to, mail.received_at.date())


def _concerned(conn: Conn, mail: Taken, parsed: ParsedMail, own: Own, now: datetime) -> int | None:
    """The workspace of the mail that a robot answers. The answer, or a notice of delay, proves that it was taken."""
    claim = route.answered(own.keys, parsed, mail.envelope_to, mail.received_at.date())
    about = whose.delivered(conn, claim.run_id, claim.seq) if claim else None
    if claim is None or about is None:
        return None
    doubts.proved_by(conn, claim.run_id, claim.seq, "auto-reply", now)
    return about.workspace_id


def _bounced(conn: Conn, mail: Taken, parsed: ParsedMail, own: Own, now: datetime) -> Note:
    claim = _claim(mail, parsed, own)
    about = whose.delivered(conn, claim.run_id, claim.seq) if claim else None
    if claim is None or about is None:
        return Note("A bounce that names no delivery of ours.")
    failed = _worst(parsed)
    if parsed.bounce is None or parsed.bounce.permanent is False or failed.permanent is False:
        return Note("A report of a passing fault; the delivery goes on.", about.workspace_id)
    words = " ".join(f"{failed.status} {failed.diagnostic}".split())[:500] or "The report gives no reason."
    facts = {"code": failed.status, "reply": words}
    move.deliveries(conn, "return_", whose.this(claim.run_id, claim.seq), now, reason=words, values=facts)
    if suppresses(failed.status):
        whose.suppress(conn, about.workspace_id, _hash(own, about), about.address, "bounce", words, now)
    return Note(f"A bounce: {words}", about.workspace_id)


def _worst(parsed: ParsedMail) -> FailedRecipient:
    """The recipient of the report that failed for good, else the first; VERP has said whose delivery it is."""
    found = parsed.bounce.recipients if parsed.bounce else ()
    lasting = [r for r in found if r.permanent or r.status.startswith("5")]
    return next(iter((*lasting, *found)), FailedRecipient(""))


def _complained(conn: Conn, mail: Taken, parsed: ParsedMail, own: Own, now: datetime) -> Note:
    claim = _claim(mail, parsed, own)
    about = whose.delivered(conn, claim.run_id, claim.seq) if claim else None
    if claim is None or about is None:
        return Note("A complaint that names no delivery of ours.")
    kind = parsed.complaint.feedback_type if parsed.complaint else ""
    if kind in _NOT_SPAM:
        return Note(f"A feedback report: {kind}.", about.workspace_id)
    words = f"The recipient's mailbox reported it as {kind or 'spam'}."
    move.deliveries(conn, "complain", whose.this(claim.run_id, claim.seq), now, reason=words)
    whose.suppress(conn, about.workspace_id, _hash(own, about), about.address, "complaint", words, now)
    return Note(words, about.workspace_id)


def _hash(own: Own, about: Delivered) -> bytes:
    return sealing.address_hash(own.secret, about.address)
