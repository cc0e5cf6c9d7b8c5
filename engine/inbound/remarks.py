"""What the words of a comment may be about: the entries of a digest and its day, one entry by its own link, or what a
mailed comment was about. And who may say it: the member that the mail was for, or anybody of the entry's team."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from engine.db import Conn
from engine.inbound import identity, route
from engine.inbound.outcome import Arrived, Ruling, Sender
from engine.inbound.parse.under import Quotable
from engine.inbound.queries import commenting
from engine.inbound.queries.commenting import Writer
from engine.inbound.queries.whose import Delivered
from engine.inbound.route import Claim

KINDS = ("digest", "comment")  # of the runs whose mails are answered by comments


@dataclass(frozen=True, slots=True)
class Remarks:
    """The words are comments: `comments` takes them.

    `days` are those of the entries that may be meant, by id, and `day` is the digest's own. What stands under no quoted
    entry goes to `otherwise`, and to the day where that is empty. `others` are told beside the entries' authors.
    """

    sender: Sender
    writer: Writer
    day: date
    days: dict[int, date]
    quotable: tuple[Quotable, ...] = ()
    otherwise: tuple[int, ...] = ()
    others: tuple[int, ...] = ()


def by_link(conn: Conn, arrived: Arrived) -> Remarks | Ruling | None:
    """The comment that was mailed to entries' own addresses; None where the mail names none.

    The address is the same for a whole team, so that it proves no person: From must be somebody's of the team. A reply
    address says more, an envelope sender or a thread less.
    """
    if arrived.claim is not None and arrived.claim.by not in ("verp", "thread"):
        return None
    links = route.entries(arrived.own.keys, arrived.parsed, arrived.mail.envelope_to, arrived.mail.received_at.date())
    if not links:
        return None
    found = commenting.entries(conn, [link.entry_id for link in links])
    good = [link for link in links if link.entry_id in found and not link.expired]
    if not good:
        gone = "The address for comments had expired when the mail came."
        some = next((found[link.entry_id].workspace_id for link in links if link.entry_id in found), None)
        return Ruling("hold", gone if some else "The entry it comments on is gone.", some)
    good = [link for link in good if not found[link.entry_id].removed_at] or good
    team_id = good[0].team_id
    days = {link.entry_id: found[link.entry_id].local_date for link in good if link.team_id == team_id}
    first = found[good[0].entry_id]
    sender = arrived.parsed.from_.address if arrived.parsed.from_ else ""
    writer = commenting.member_by_address(conn, team_id, sender)
    reason = _objection(arrived, writer) or (first.removed_at and "The entry it comments on was removed.")
    if writer is None or reason:
        return Ruling("hold", reason or "", first.workspace_id)
    proof = "dmarc" if identity.dmarc_passed(arrived.parsed, arrived.own.authserv_id) else "from"
    return Remarks(_sender(writer, proof), writer, first.local_date, days, otherwise=tuple(days))


def _objection(arrived: Arrived, writer: Writer | None) -> str | None:
    if writer is None:
        return "From is nobody's address in the team this entry is from."
    return identity.forged(arrived.parsed, arrived.own.authserv_id) or identity.gone(writer)


def by_answer(conn: Conn, arrived: Arrived, claim: Claim, about: Delivered) -> Remarks | Ruling:
    """What the answer to a digest, or to a mailed comment, is about."""
    writer = commenting.member(conn, about.workspace_id, about.recipient)
    reason = identity.objection(arrived.parsed, claim, writer, arrived.own.authserv_id)
    if writer is None or reason:
        return Ruling("hold", reason or "", about.workspace_id)
    found = (_of_digest if about.kind == "digest" else _of_comment)(conn, about, writer)
    if found is None:
        return Ruling("hold", "What it answers is gone.", about.workspace_id)
    return replace(found, sender=replace(found.sender, proof="thread")) if claim.by == "thread" else found


def _of_digest(conn: Conn, about: Delivered, writer: Writer) -> Remarks | None:
    made = commenting.digest(conn, about.workspace_id, about.about)
    if made is None:
        return None
    told = commenting.in_digest(conn, about.workspace_id, made.team_id, made.since_no, made.until_no)
    quotable = tuple(Quotable(row.id, row.text, row.name) for row in told)
    days = {row.id: row.local_date for row in told}
    return Remarks(_sender(writer), writer, made.day, days, quotable)


def _of_comment(conn: Conn, about: Delivered, writer: Writer) -> Remarks | None:
    """An answer to comments goes to the entry they are about, and to who wrote them."""
    told = commenting.mailed(conn, about.workspace_id, about.about, about.recipient)
    first = next((row for row in told if row.id == about.about), told[0] if told else None)
    if first is None:
        return None
    quotable = tuple(Quotable(row.entry_id, text) for row in told for text in (row.text, row.entry))
    days = {row.entry_id: row.local_date for row in told}
    others = tuple({row.membership_id for row in told})
    return Remarks(_sender(writer), writer, first.local_date, days, quotable, (first.entry_id,), others)


def _sender(writer: Writer, proof: str = "token") -> Sender:
    return Sender(writer.workspace_id, writer.contact_id, writer.membership_id, writer.team_id, proof)


__all__ = ["KINDS", "Remarks", "by_answer", "by_link"]
