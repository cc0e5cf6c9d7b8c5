"""STORY pause a team: nobody of it is asked and nobody gets a digest, until a date or until somebody resumes it."""

from __future__ import annotations

from datetime import date, datetime

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound.followup import FollowUp
from engine.people import access, teams
from engine.people.principal import Principal
from engine.rounds import queries, schedule
from engine.rounds.due import local_day
from engine.rounds.queries import days, hours

PAUSED = "team paused"


def pause_team(conn: Conn, principal: Principal, team_id: int, until: date | None, now: datetime) -> None:
    """Stop a team's questions and digests; open questions are excused. Once more sets another date. Managers may.

    `until` is the date, in the team's zone, on which it is asked again. Raises Invalid(until) for one that is no later.
    """
    access.require_manager(conn, principal, team_id)
    check(until, teams.get(conn, principal, team_id).zone, now)
    members = hours.members_of(conn, principal.workspace_id, team_id)  # locked: no tick asks them meanwhile
    if not days.pause(conn, principal.workspace_id, team_id, principal.actor, until, now):
        raise NotFound("This team has no schedule.")
    if parts := hours.open_parts(conn, principal.workspace_id, members):
        move.many(conn, "participation", "excuse", queries.parts(parts), now, actor=principal.actor,
                  values={"reason": PAUSED})  # fmt: skip
    schedule.reschedule(conn, principal.workspace_id, members, now)


def check(until: date | None, zone: str, now: datetime) -> None:
    """Raise Invalid(until) for a date that is no later than the team's today."""
    if until is not None and until <= local_day(zone, now):
        raise Invalid("Choose a later date, or pause without one.", "until")


def resume_team(conn: Conn, principal: Principal, team_id: int, now: datetime) -> bool:
    """Ask the team again from each member's next hour on; False when it was not paused. Managers may."""
    access.require_manager(conn, principal, team_id)
    members = hours.members_of(conn, principal.workspace_id, team_id)
    on = days.resume(conn, principal.workspace_id, team_id)
    schedule.reschedule(conn, principal.workspace_id, members, now)
    return on


def resume_due(conn: Conn, now: datetime) -> FollowUp:
    """Resume every team whose pause had a date that has come in its zone; nothing to send. Twice finds nothing."""
    for workspace_id, members in days.resume_over(conn, now):  # one turn for each workspace, as when runs are planned
        schedule.reschedule(conn, workspace_id, members, now)
    return FollowUp()
