"""From terms to the preview of sends: a page of a team's members, each with what comes for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from engine.db import Conn
from engine.people.teams import Team
from engine.rounds import days_off, preview
from engine.rounds.due import local_day
from engine.rounds.preview import Coming
from engine.rounds.queries import hours

PAGE = 50


@dataclass(frozen=True, slots=True)
class Sends:
    """One page of the preview: (name, what comes) by name; `page` of `pages`, of `members` in all."""

    people: tuple[tuple[str, Coming], ...]
    page: int
    pages: int
    members: int


@dataclass(frozen=True, slots=True)
class Supposed:
    """The schedule as a row, and the hour and days that a form says in their place."""

    schedule: Any
    prompt_at: time
    weekdays: int


def sends_view(conn: Conn, workspace_id: int, team: Team, under: Supposed, page: int, now: datetime) -> Sends:
    """The next sends of the members on one page, if the schedule said these hours and days: three statements."""
    names = hours.names_of(conn, workspace_id, team.id)
    pages = max(1, -(-len(names) // PAGE))
    page = min(max(page, 1), pages)
    chosen = dict(names[(page - 1) * PAGE : page * PAGE])
    earliest = local_day("Etc/GMT+12", now)
    terms = hours.supposed(conn, workspace_id, list(chosen), earliest, under.prompt_at, under.weekdays)
    off = {day.day: day.reason for day in days_off.ahead(conn, workspace_id, team.id, now)}
    rules = preview.paused_terms(under.schedule.active, team.zone, under.schedule.pause_until, off)
    found = {one.membership_id: one for one in preview.of_members(terms, rules, now)}
    return Sends(tuple((name, found[one]) for one, name in chosen.items()), page, pages, len(names))
