"""A person says that a robot wrote a mail: it, what else waits of its sender, and their later ones are noted.

The mark is on a sender's address in a workspace. It stops nobody's proven words: a reply of a member by their token is
taken whatever is marked, so that a mark set by mistake never costs words without a row that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import Invalid
from engine.inbound.again import MOST
from engine.inbound.queries import robots, waiting
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

SAID = "{} is a robot, as a person says."


@dataclass(frozen=True, slots=True)
class Marked:
    """The senders that were marked, and the mails that were noted by it."""

    senders: tuple[str, ...]
    mails: tuple[int, ...]


def mark(conn: Conn, principal: Principal, ids: Sequence[int], now: datetime) -> Marked:
    """Mark the senders of these held or parked mails. Raises NotAllowed, Invalid where none of them names a sender.

    A member of the workspace cannot be marked: their words would look like a robot's to whoever reads the list.
    """
    principal.require_admin()
    senders = robots.senders(conn, principal.workspace_id, ids[:MOST])
    if not senders:
        raise Invalid("None of these mails names its sender, or a person of the workspace sent it.")
    robots.insert(conn, principal.workspace_id, senders, principal.actor, now)
    moved: list[int] = []
    for sender in senders:  # a note names its sender
        which = waiting.these(principal.workspace_id, robots.waiting_of(conn, principal.workspace_id, sender, MOST))
        values = {"reason": SAID.format(sender), "workspace_id": principal.workspace_id}
        done = move.many(conn, "inbound", "robot", which, now, actor=principal.actor, values=values)
        moved += [row.id for row in done]
    return Marked(tuple(senders), tuple(sorted(moved)))


def unmark(conn: Conn, principal: Principal, senders: Sequence[str], now: datetime) -> FollowUp:
    """Take marks back, and read anew what was noted by them. Raises NotAllowed."""
    principal.require_admin()
    gone = robots.delete(conn, principal.workspace_id, senders)
    again: list[int] = []
    for sender in gone:
        noted = robots.noted_of(conn, principal.workspace_id, SAID.format(sender), sender, MOST)
        which = waiting.these(principal.workspace_id, noted)
        values = {"reason": "", "kills": 0}
        again += [r.id for r in move.many(conn, "inbound", "again", which, now, actor=principal.actor, values=values)]
    return FollowUp(inbound=tuple(sorted(again)))


__all__ = ["SAID", "Marked", "mark", "unmark"]
