"""Teams: made with a schedule, so that a new team asks at 6 pm from its first member on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import access, contacts, plain, queries
from engine.people.principal import Principal


@dataclass(frozen=True, slots=True)
class Team:
    """A team's name and the zone of members who have none of their own.

    `local`: of its plain address; `domain`: the workspace's own reply domain, or empty. Lists leave both out.
    """

    id: int
    name: str
    zone: str
    local: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """A new team's schedule. Weekday bit 0 is Monday; nudge and window are minutes after the prompt."""

    questions: tuple[str, ...] = field(default=("What did you get done today?",))
    weekdays: int = 31
    prompt_at: time = time(18)
    digest_at: time = time(9)
    nudge_after: int | None = 180
    window: int = 900


def make(conn: Conn, principal: Principal, name: str, zone: str, times: Times | None = None) -> int:
    """The id of a new team with its schedule. Admins may. Raises NotAllowed, Invalid(name or zone)."""
    principal.require_admin()
    team_id = queries.insert_team(conn, principal.workspace_id, _clean(name), contacts.clean_zone(zone) or "UTC")
    if team_id is None:
        raise Invalid("Another team already has this name.", "name")
    times = times or Times()
    queries.insert_schedule(
        conn,
        principal.workspace_id,
        team_id,
        {
            "questions": list(times.questions),
            "weekdays": times.weekdays,
            "prompt_at": times.prompt_at,
            "digest_at": times.digest_at,
            "nudge_after": times.nudge_after,
            "window": times.window,
        },
    )
    plain.make(conn, principal.workspace_id, team_id)
    return team_id


def get(conn: Conn, principal: Principal, team_id: int) -> Team:
    """One team the principal may see. Raises NotFound."""
    return get_with_role(conn, principal, team_id)[0]


def get_with_role(conn: Conn, principal: Principal, team_id: int) -> tuple[Team, str]:
    """One team the principal may see, and its role there, for pages that need both. Raises NotFound."""
    role = access.require_seeing(conn, principal, team_id)
    found = queries.team(conn, principal.workspace_id, team_id)
    if found is None:
        raise NotFound("There is no such team here.")
    return Team(found.id, found.name, found.zone, found.local, found.domain), role


def visible(conn: Conn, principal: Principal) -> list[Team]:
    """The teams the principal may see, by name: all for admins, else those it is in."""
    of = None if principal.is_admin else principal.contact_id
    return [Team(t.id, t.name, t.zone) for t in queries.visible_teams(conn, principal.workspace_id, of)]


def change(conn: Conn, principal: Principal, team_id: int, name: str, zone: str) -> None:
    """Set name and zone; managers may. The caller then calls rounds.schedule.reschedule. Raises Invalid and others."""
    access.require_manager(conn, principal, team_id)
    cleaned = contacts.clean_zone(zone) or "UTC"
    if not queries.rename_team(conn, principal.workspace_id, team_id, _clean(name), cleaned):
        raise Invalid("Another team already has this name.", "name")


def _clean(name: str) -> str:
    name = contacts.clean_name(name)
    if not name:
        raise Invalid("Give the team a name.", "name")
    return name
