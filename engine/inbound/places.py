"""Whose place a mail's words have: a member's part in a round, or nobody's, and then they are held with a reason.

The one file that decides it. Each kind of place is a dataclass with its sender; the module that takes its words is
named in `receive`.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.db import Conn
from engine.inbound import identity
from engine.inbound.outcome import Arrived, Ruling, Sender
from engine.inbound.queries import whose
from engine.inbound.queries.keeping import Taken
from engine.inbound.queries.whose import Part


@dataclass(frozen=True, slots=True)
class RoundPart:
    """The words answer the questions of a round: `answering` takes them."""

    sender: Sender
    part: Part


Place = RoundPart


def place(conn: Conn, arrived: Arrived) -> Place | Ruling:
    """Where the words belong, their sender proven (or vouched for by a person); else why the mail is held."""
    if arrived.mail.part_id is not None:
        return _assigned(conn, arrived.mail)
    if arrived.claim is None:
        return Ruling("hold", "It answers none of our mails: no reply address, no thread.")
    about = whose.delivered(conn, arrived.claim.run_id, arrived.claim.seq)
    if about is None:
        return Ruling("hold", "The mail it answers is no longer kept.")
    part = identity.part_of(conn, about)
    reason = identity.objection(arrived.parsed, arrived.claim, part, arrived.own.authserv_id)
    if part is None or reason:
        return Ruling("hold", reason or "", about.workspace_id)
    return RoundPart(_sender(part, "token"), part)


def _assigned(conn: Conn, mail: Taken) -> RoundPart | Ruling:
    """The part that a person assigned this mail to (engine.inbound.assign): their word is the proof, and is kept."""
    part = whose.part(conn, mail.workspace_id or 0, mail.part_id or 0)
    reason = "The round it was assigned to is gone." if part is None else identity.gone(part)
    if part is None or reason:
        return Ruling("hold", reason or "", mail.workspace_id)
    return RoundPart(_sender(part, "person", mail.assigned_by), part)


def _sender(part: Part, proof: str, actor: str = "") -> Sender:
    return Sender(part.workspace_id, part.contact_id, part.membership_id, part.team_id, proof, actor)
