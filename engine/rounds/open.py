"""STORY open: members' hours come, rounds open, each member gets a part in one, and the prompts are planned.

Harmless twice and by two at once: memberships are locked and skipped, rounds and slots are unique. A tick that comes
late still makes the slot; a mail that is no longer useful then expires where it would have been sent, in the open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient
from engine.rounds import queries
from engine.rounds.due import DAY, Hours, next_slots
from engine.rounds.mailing import Mailed, plan_runs
from engine.rounds.queries import opening
from engine.rounds.queries.opening import DuePrompt, NewPart


def open_due(conn: Conn, now: datetime) -> FollowUp:
    """Ask every member whose hour has come by `now`, in all workspaces; the batches to send."""
    due = opening.due_prompts(conn, now)
    if not due:
        return FollowUp()
    slots = [slot for slot in due if slot.asked and not slot.made]
    opened = opening.insert_rounds(conn, slots, now)
    ids = opening.new_part_ids(conn, len(slots))
    mailed = plan_runs(conn, "prompt", _recipients(slots, ids), now)
    opening.insert_parts(conn, _parts(slots, ids, mailed))
    excused = [ident for ident, slot in zip(ids, slots, strict=True) if slot.reason]
    _excuse(conn, excused + opening.insert_excused(conn, opened), now)
    _advance(conn, due)
    return mailed.follow_up


def _recipients(slots: Sequence[DuePrompt], ids: Sequence[int]) -> list[tuple[int, Recipient]]:
    return [
        (slot.workspace_id, Recipient(slot.membership_id, ident, slot.address, slot.closes_at))
        for slot, ident in zip(slots, ids, strict=True)
        if not slot.reason
    ]


def _parts(slots: Sequence[DuePrompt], ids: Sequence[int], mailed: Mailed) -> list[NewPart]:
    keys = mailed.keys()
    return [
        NewPart(ident, slot.membership_id, slot.reason, *keys.get(ident, (None, None)))
        for slot, ident in zip(slots, ids, strict=True)
    ]


def _excuse(conn: Conn, excused: Sequence[int], now: datetime) -> None:
    """Away and paused members have their part too, so that the digest can say so; they get no mail."""
    if excused:
        move.many(conn, "participation", "excuse", queries.parts(excused), now)


def _advance(conn: Conn, due: Sequence[DuePrompt]) -> None:
    """The next slot counts from the one just made, not from now: days slept through are made up, one each tick."""
    asked = [slot for slot in due if slot.asked]
    hours = [Hours(d.zone, d.at, d.weekdays, d.away, d.due_at, d.local_date + DAY) for d in asked]
    never = [slot.membership_id for slot in due if not slot.asked]
    members = [slot.membership_id for slot in asked]
    opening.advance_prompts(conn, members + never, [*next_slots(hours), *(None for _ in never)])
