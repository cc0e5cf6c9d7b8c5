"""Whose place words have: a member's part in a round, comments, a conversation, or nobody's, and then they are held.

The one file that decides it. Each kind of place is a dataclass with its sender; the module that takes its words is
named in `receive`. A token is surest, then the thread of a mail that its sender got, then the address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.db import Conn
from engine.inbound import identity, orders, relayed, remarks, unasked
from engine.inbound.outcome import Arrived, Ruling, Sender, Talk
from engine.inbound.queries import whose
from engine.inbound.queries.keeping import Taken
from engine.inbound.queries.whose import Addressee, Delivered, Part
from engine.inbound.relayed import Relayed
from engine.inbound.remarks import Remarks
from engine.inbound.route import Claim
from engine.outbound.kinds import POSTS

TALKS = ("campaign", "talk")  # kinds of runs whose mails are messages of the recipient's own conversation


@dataclass(frozen=True, slots=True)
class RoundPart:
    """The words answer the questions of a round: `answering` takes them."""

    sender: Sender
    part: Part


Place = RoundPart | Remarks | Talk | Relayed


def place(conn: Conn, arrived: Arrived) -> Place | Ruling:
    """Where the words belong, their sender proven (or vouched for by a person); else why the mail is held."""
    if arrived.mail.part_id is not None:
        return _assigned(conn, arrived.mail)
    if arrived.mail.platform != "mail":
        return unasked.by_channel(conn, arrived)
    if by_link := remarks.by_link(conn, arrived):
        return by_link
    found = _answers(conn, arrived, arrived.claim) if arrived.claim is not None else None
    if found is None or (isinstance(found, Ruling) and arrived.claim and arrived.claim.by == "thread"):
        return unasked.written_to(conn, arrived) or found or Ruling("hold", unasked.NO_ADDRESS)
    return found


def _answers(conn: Conn, arrived: Arrived, claim: Claim) -> Place | Ruling:
    """The place of a reply to a mail of ours: what is no question goes on as a conversation."""
    about = arrived.about
    if about is None:
        return Ruling("hold", "The mail it answers is no longer kept.")
    claim = replace(claim, expired=claim.expired and not orders.fewer_mails(arrived))
    if about.kind in remarks.KINDS:
        return remarks.by_answer(conn, arrived, claim, about)
    if about.kind == relayed.KIND:
        return relayed.by_answer(conn, arrived, claim, about)
    if about.kind in TALKS:
        return _talks(conn, arrived, claim, about)
    to: Part | Addressee | None = None
    if about.kind in ("prompt", "nudge", "notice"):
        to = identity.part_of(conn, about)
    if to is None and about.kind not in (*POSTS, "prompt", "nudge"):
        to = whose.addressee(conn, about)
    reason = identity.objection(arrived.parsed, claim, to, arrived.own.authserv_id)
    if to is None or reason:
        return Ruling("hold", reason or "", about.workspace_id)
    sender = _sender(to, "thread" if claim.by == "thread" else "token")
    return RoundPart(sender, to) if isinstance(to, Part) else Talk(sender, (to.team_id,))


def _talks(conn: Conn, arrived: Arrived, claim: Claim, about: Delivered) -> Talk | Ruling:
    """The conversation of whoever answers a campaign, or what somebody of us wrote to them alone."""
    to = whose.party(conn, about, claim.run_id)
    reason = identity.objection(arrived.parsed, claim, to, arrived.own.authserv_id)
    if to is None or reason:
        return Ruling("hold", reason or "", about.workspace_id)
    sender = _sender(to, "thread" if claim.by == "thread" else "token")
    return Talk(sender, (to.team_id,), (claim.run_id, claim.seq), campaign=about.kind == "campaign")


def _assigned(conn: Conn, mail: Taken) -> RoundPart | Ruling:
    """The part that a person assigned this mail to (engine.inbound.assign): their word is the proof, and is kept."""
    part = whose.part(conn, mail.workspace_id or 0, mail.part_id or 0)
    reason = "The round it was assigned to is gone." if part is None else identity.gone(part)
    if part is None or reason:
        return Ruling("hold", reason or "", mail.workspace_id)
    return RoundPart(_sender(part, "person", mail.assigned_by), part)


def _sender(to: Part | Addressee, proof: str, actor: str = "") -> Sender:
    return Sender(to.workspace_id, to.contact_id, to.membership_id, to.team_id, proof, actor)
