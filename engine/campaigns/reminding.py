"""STORY remind: who got a campaign and has not answered by an instant gets it once more, as a further run of it.

Once, however many ticks there are: the campaign's row is locked, and remembers. Whoever answers between the freeze
and the sending gets nothing: their row is withheld with the reason (engine.campaigns.letters).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from engine import db, log, move
from engine.campaigns import flight, freeze
from engine.campaigns.campaigns import Campaign, locked
from engine.campaigns.queries import flying, reminding, rows
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.people.principal import SYSTEM

logger = log.get(__name__)

PART = "reminder"
ANSWERED = "answered"
SENDS = ("launch", "rest")  # parts of a campaign that bring it to somebody for the first time
HINTS = 100

Standing = Literal["answered", "not yet", "not answered"]


def standing(answered: bool, deadline: datetime | None, now: datetime) -> Standing:
    """How somebody who got a campaign stands to it; pure. A late answer is one."""
    if answered:
        return "answered"
    return "not answered" if deadline is not None and now >= deadline else "not yet"


def remind_due(conn: Conn, now: datetime) -> FollowUp:
    """Remind for every campaign whose hour it is. Twice, or by two at once, reminds once.

    Each in a savepoint of its own: what is wrong with one stops no other, and is tried again at the next tick.
    """
    left = FollowUp()
    for campaign_id, workspace_id in reminding.due(conn, now):  # few: each once in its life
        try:
            with conn.begin_nested():
                left += remind(conn, locked(conn, SYSTEM(workspace_id), campaign_id), now)
        except db.Away:
            raise
        except Exception as error:
            logger.error("campaign not reminded", campaign=campaign_id, error=repr(error)[:500])
    return left


def remind(conn: Conn, of: Campaign, now: datetime) -> FollowUp:
    """Freeze those who have it and have not answered as a run of the campaign. After the deadline nobody is reminded.

    The campaign's row is locked by the caller.
    """
    if of.reminded_at is not None or of.run_id is None:
        return FollowUp()
    rows.update_campaign(conn, of.id, {"reminded_at": now})
    if of.deadline_at is not None and now >= of.deadline_at:
        return FollowUp()
    silent = reminding.silent(of.workspace_id, of.id, flying.sends(conn, of.id, of.run_id, SENDS))
    frozen = freeze.freeze(conn, of, silent, now, part=PART)
    if frozen is None:
        return FollowUp()
    if of.state == "finishing":
        move.one(conn, "campaign", of.id, "reopen", now, note="those who have not answered are reminded")
    flight.respace(conn, of, now)
    return FollowUp(batches=frozen.due[:HINTS])


__all__ = ["ANSWERED", "PART", "SENDS", "Standing", "remind", "remind_due", "standing"]
