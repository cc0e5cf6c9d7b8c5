"""STORY days off: dates on which a team gets neither question nor digest: today skipped by a manager, or holidays.

A day off moves slots as a person's day away does. The next digest says what was written meanwhile, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import access
from engine.people.principal import Principal
from engine.rounds import queries, schedule
from engine.rounds.due import local_day
from engine.rounds.queries import days, hours

LONGEST = timedelta(days=31)
AHEAD = timedelta(days=2 * 366)
LETTERS = 100
SKIPPED = "skipped"


def add(
    conn: Conn, principal: Principal, team_id: int, first: date, last: date, reason: str, now: datetime,
    *, excuse: str = "day off",
) -> list[date]:  # fmt: skip
    """Make dates days off and excuse who was asked on them and has not answered; those that were none before.

    Managers may. Raises Invalid(first_day, last_day or reason).
    """
    access.require_manager(conn, principal, team_id)
    reason = _checked(first, last, reason, now)
    members = hours.members_of(conn, principal.workspace_id, team_id)  # locked: no tick asks them meanwhile
    values = {"first": first, "last": last, "reason": reason, "made_by": principal.actor}
    made = days.insert(conn, principal.workspace_id, team_id, values, now)
    parts = hours.open_parts(conn, principal.workspace_id, members, first, last)
    if parts:
        move.many(conn, "participation", "excuse", queries.parts(parts), now, actor=principal.actor,
                  values={"reason": excuse})  # fmt: skip
    schedule.reschedule(conn, principal.workspace_id, members, now)
    return made


def skip(conn: Conn, principal: Principal, team_id: int, zone: str, now: datetime) -> date:
    """Let the team's today be a day off; the date. Raises Invalid when it is one already."""
    today = local_day(zone, now)
    if not add(conn, principal, team_id, today, today, "Skipped", now, excuse=SKIPPED):
        raise Invalid("Today is a day off already.")
    return today


def remove(conn: Conn, principal: Principal, team_id: int, day_id: int, now: datetime) -> Any:
    """Take a day off back; its row. Who has not been asked and whose hour is still to come is asked after all.

    Who was excused stays so; an answer is welcome all the same. Raises NotFound.
    """
    access.require_manager(conn, principal, team_id)
    members = hours.members_of(conn, principal.workspace_id, team_id)
    gone = days.delete(conn, principal.workspace_id, team_id, day_id)
    if gone is None:
        raise NotFound("This day off is gone already.")
    schedule.reschedule(conn, principal.workspace_id, members, now)
    return gone


def ahead(conn: Conn, workspace_id: int, team_id: int, now: datetime) -> Sequence[Any]:
    """The team's days off that are not over everywhere: id, day, reason, made_by, made_at. Rights are the caller's."""
    return days.since(conn, workspace_id, team_id, local_day("Etc/GMT+12", now))


def _checked(first: date, last: date, reason: str, now: datetime) -> str:
    if last < first:
        raise Invalid("The last day comes before the first.", "last_day")
    if first < local_day("Etc/GMT+12", now):
        raise Invalid("This day is over. Choose today or a later one.", "first_day")
    if last - first >= LONGEST:
        raise Invalid("At most 31 days at once. For longer, pause the team.", "last_day")
    if last - local_day("UTC", now) > AHEAD:
        raise Invalid("Choose a day within the next two years.", "last_day")
    reason = " ".join(reason.split())
    if len(reason) > LETTERS:
        raise Invalid(f"A reason has at most {LETTERS} letters.", "reason")
    return reason
