"""What the scheduler does for campaigns: starts those that are due, lets canaries go on, holds, ends.

Each campaign in a savepoint of its own: what is wrong with one stops no other, and is tried again seconds later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import db, log, move
from engine.campaigns import flight
from engine.campaigns.campaigns import Campaign, locked
from engine.campaigns.launch import CANARY, launch, starts_at
from engine.campaigns.queries import flying
from engine.campaigns.queries import watching as queries
from engine.campaigns.queries.flying import Trouble
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people.principal import SYSTEM

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """More than `share` of the rows that were tried, and at least `least` of them, is out of line."""

    share: float
    least: int
    words: str


FEWEST = 20  # rows: fewer say nothing about the others
BOUNCED = Line(0.05, 2, "bounced")  # the shares at which receivers begin to refuse all of a sender's mail
COMPLAINED = Line(0.003, 2, "called it spam")
UNMADE = Line(0.02, 2, "could not be made")
LEFT = Line(0.02, 3, "unsubscribed")


def start_due(conn: Conn, now: datetime) -> FollowUp:
    """Start the scheduled campaigns whose hour has come. Twice is harmless: their rows are locked, and then running."""
    return _each(conn, queries.active(conn, ("scheduled",)), lambda of: _start(conn, of, now))


def watch(conn: Conn, now: datetime) -> FollowUp:
    """Let canaries go on, hold what is out of line, end what is over; a campaign at a time."""
    return _each(conn, queries.watched(conn, now, flight.ENDED_FOR), lambda of: _watch(conn, of, now))


def _each(conn: Conn, found: Sequence[tuple[int, int]], step: Callable[[Campaign], FollowUp]) -> FollowUp:
    left = FollowUp()
    for campaign_id, workspace_id in found:  # some, and each asks about its own rows
        try:
            with conn.begin_nested():
                left += step(locked(conn, SYSTEM(workspace_id), campaign_id))
        except db.Away:
            raise
        except Exception as error:  # the next one must not wait for it; it is due again in seconds
            logger.error("campaign not watched", campaign=campaign_id, error=repr(error)[:500])
    return left


def _start(conn: Conn, of: Campaign, now: datetime) -> FollowUp:
    if starts_at(of, now) > now:
        return FollowUp()
    try:
        with conn.begin_nested():
            return launch(conn, SYSTEM(of.workspace_id), of.id, now)
    except Invalid as error:  # it reaches nobody, or more than were approved: a person has to look
        move.one(conn, "campaign", of.id, "change", now, note=str(error), values={"reason": str(error)})
        return FollowUp()


def _watch(conn: Conn, of: Campaign, now: datetime) -> FollowUp:
    if of.state == "finishing":
        return _finish(conn, of, now)
    runs = flying.run_states(conn, of.id)
    states = {run.state for run in runs}
    canary = of.state == "holding" and of.reason == CANARY
    if not states - {"done", "cancelled"}:
        flight.drain(conn, of, now)
    elif of.state == "running" or canary:
        if not _follow(conn, of, runs, now):
            _judge(conn, of, [run.id for run in runs], now)
    elif not states & {"paused", "held"}:  # a run's own page lets it go on too
        flight.resumed(conn, of, now)
    return FollowUp()


def _follow(conn: Conn, of: Campaign, runs: Sequence[Any], now: datetime) -> bool:
    """Say of the campaign that a run of it is held by the engine, or paused on its own page; whether it is so."""
    held = [run.reason for run in runs if run.state == "held"]
    if held:
        flight.hold(conn, of, held[0], now)
    elif not any(run.state == "open" for run in runs):
        move.one(conn, "campaign", of.id, "pause", now, note="its run was paused", values={"reason": ""})
    else:
        return False
    return True


def _judge(conn: Conn, of: Campaign, run_ids: list[int], now: datetime) -> None:
    """Hold what is out of line since a person last let it go on; let the others go after a good canary."""
    since = flying.last_move(conn, of.id, ("launch", "resume")) or of.launched_at or now
    found = flying.trouble(conn, of.workspace_id, run_ids, of.topic_id or 0, since)
    over = of.state == "holding" and _canary_over(conn, of, now)
    words, few = "", 1 if over else FEWEST  # of a canary that is over there is no more to come
    if max(found.bounced, found.complained, found.unmade, found.left) >= min(few, BOUNCED.least, LEFT.least):
        words = out_of_line(found, flying.accepted(conn, run_ids, since), few)
    if words:
        flight.hold(conn, of, words if of.state == "running" else f"its canary: {words}", now)
    elif over:
        flight.proceed(conn, of, now)


def _canary_over(conn: Conn, of: Campaign, now: datetime) -> bool:
    """Whether the canary is out, and was for its minutes: at a local hour it leaves long after the launch."""
    run_id, wait = of.run_id or 0, timedelta(minutes=of.canary_minutes)
    if now < (of.launched_at or now) + wait or flying.canary_open(conn, run_id):
        return False
    last = flying.last_sent(conn, run_id)
    return last is None or now >= last + wait


def out_of_line(found: Trouble, accepted: int, fewest: int = FEWEST) -> str:
    """What is out of line, in words, or an empty text; pure. `fewest` rows have to be tried to say anything at all."""
    tried = accepted + found.refused
    if tried + found.unmade < fewest:
        return ""
    for line, count, of in (
        (BOUNCED, found.bounced, tried), (COMPLAINED, found.complained, tried),
        (UNMADE, found.unmade, tried + found.unmade), (LEFT, found.left, tried),
    ):  # fmt: skip
        if (count >= line.least or count == of > 0) and count > line.share * of:
            return f"{count:,} of {of:,} {line.words}, which is more than {line.share:.1%}"
    return ""


def _finish(conn: Conn, of: Campaign, now: datetime) -> FollowUp:
    if flying.runs(conn, of.id, ("open", "paused", "held")):
        move.one(conn, "campaign", of.id, "reopen", now, note="rows are queued again")
    elif now >= max((of.ended_at or now) + flight.ENDED_FOR, of.deadline_at or now, _reminds_at(of) or now):
        move.one(conn, "campaign", of.id, "finish", now)
    return FollowUp()


def _reminds_at(of: Campaign) -> datetime | None:
    return of.reminder_at if of.reminded_at is None else None


__all__ = ["out_of_line", "start_due", "watch"]
