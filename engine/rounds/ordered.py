"""STORY orders by mail: a pause, a skipped day, and either of them taken back, with what taking back needs.

The acts are those of a recipient's own pages. What each returns is plain JSON, which whoever got the order keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine import move
from engine.db import Conn
from engine.people import access
from engine.people.principal import Principal
from engine.rounds import own_days, schedule
from engine.rounds import queries as rows
from engine.rounds.due import local_day
from engine.rounds.queries import hours, ordering
from engine.rounds.queries.ordering import Paused

SKIPPED = "skipped"
Did = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Skip:
    """A day that is not asked about, or why there was none to skip: `answered`, or empty where nothing was asked."""

    day: date | None
    did: Did
    why: str = ""


def pause(conn: Conn, principal: Principal, membership_id: int, until: date | None, now: datetime) -> Did:
    """Pause as the person's own page does; empty where they were paused so already. An earlier pause gives way.

    Raises Invalid(pause_until) for a day that is over.
    """
    access.require_self_or_manager(conn, principal, membership_id)
    before = ordering.paused(conn, principal.workspace_id, membership_id)
    if before is None or (before.paused_at is not None and before.pause_until == until):
        return {}
    if before.paused_at is not None:
        schedule.resume(conn, principal, membership_id, now)
    parts = hours.open_parts(conn, principal.workspace_id, [membership_id])
    schedule.pause(conn, principal, membership_id, now, until=until)
    return {"paused_at": now.isoformat(), "before": _plain(before), "parts": parts}


def skip(conn: Conn, principal: Principal, membership_id: int, participation_id: int | None, now: datetime) -> Skip:
    """Excuse the part that a mail is about, or today's where it is about none; a question to come is not asked."""
    access.require_self_or_manager(conn, principal, membership_id)
    ws = principal.workspace_id
    about = ordering.part(conn, ws, membership_id, participation_id) if participation_id is not None else None
    coming = ordering.coming(conn, ws, membership_id)
    if coming is None:
        return Skip(None, {})
    today = local_day(coming.zone, now)
    if participation_id is None:
        about = ordering.part_of_day(conn, ws, membership_id, today)
    if about is not None and about.unanswered:
        mine, why = rows.parts([about.id]), {"reason": SKIPPED}
        move.many(conn, "participation", "excuse", mine, now, actor=principal.actor, values=why)
        return Skip(about.local_date, {"parts": [about.id]})
    if about is None and coming.day == today:
        own_days.away_on(conn, principal, membership_id, today, now)
        return Skip(today, {"away": today.isoformat()})
    return Skip(None, {}, about.state if about is not None else "")


def take_back(conn: Conn, principal: Principal, membership_id: int, did: Did, now: datetime) -> bool:
    """Undo what `pause` or `skip` did; False where something else has come after it, or the time for it is over."""
    access.require_self_or_manager(conn, principal, membership_id)
    done = False
    if "before" in did:
        done = _paused_as_before(conn, principal, membership_id, did, now)
        if not done:
            return False
    if "away" in did:
        own_days.back_on(conn, principal, membership_id, date.fromisoformat(did["away"]), now)
        done = True
    return _reopen(conn, principal, membership_id, did.get("parts", []), now) or done


def _paused_as_before(conn: Conn, principal: Principal, membership_id: int, did: Did, now: datetime) -> bool:
    """Put the values of before back, unless somebody has paused or resumed since."""
    current = ordering.paused(conn, principal.workspace_id, membership_id)
    if current is None or current.paused_at != datetime.fromisoformat(did["paused_at"]):
        return False
    before = _read(did["before"])
    hours.update_membership(conn, principal.workspace_id, membership_id, before._asdict())
    schedule.reschedule(conn, principal.workspace_id, [membership_id], now)
    return True


def _reopen(conn: Conn, principal: Principal, membership_id: int, parts: Sequence[int], now: datetime) -> bool:
    """Ask again what can still be answered."""
    found = ordering.in_time(conn, principal.workspace_id, membership_id, parts, now)
    if found:
        ordering.no_second_nudge(conn, found)
        move.many(conn, "participation", "reopen", rows.parts(found), now, actor=principal.actor, values={"reason": ""})
    return bool(found)


def _plain(before: Paused) -> dict[str, str | None]:
    at, by, until = before
    return {
        "paused_at": None if at is None else at.isoformat(),
        "paused_by": by,
        "pause_until": None if until is None else until.isoformat(),
    }


def _read(plain: Mapping[str, str | None]) -> Paused:
    at, until = plain["paused_at"], plain["pause_until"]
    return Paused(
        None if at is None else datetime.fromisoformat(at),
        plain["paused_by"],
        None if until is None else date.fromisoformat(until),
    )
