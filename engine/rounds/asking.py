"""STORY ask now: members who have not been asked on their own date have their hour now. The next tick asks them.

Nobody is asked twice: the slot of a member's date is unique, and memberships are locked while it is decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import access
from engine.people.principal import Principal
from engine.rounds.due import local_day
from engine.rounds.queries import days, hours, pages
from engine.rounds.queries.pages import TodayMember
from engine.rounds.why import not_now

# What the person reads before it happens: one member, several members.
LEFT_OUT = {
    "observer": ("is an observer", "are observers"),
    "paused": ("is paused", "are paused"),
    "away": ("is away today", "are away today"),
    "day_off": ("has a day off of the team today", "have a day off of the team today"),
    "weekday": ("is not asked on this weekday", "are not asked on this weekday"),
    "asked": ("was asked today already", "were asked today already"),
    "asking": ("is being asked already", "are being asked already"),
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What asking now would do: who is asked, and how many are left out, by reason."""

    asked: tuple[TodayMember, ...]
    left_out: dict[str, int]

    @property
    def words(self) -> list[str]:
        """Who is left out, and why."""
        return [f"{n} {LEFT_OUT[kind][n > 1]}" for kind, n in self.left_out.items()]


def foreseen(members: Sequence[TodayMember], schedule: Any, now: datetime) -> Foreseen:
    """What asking now would do, from the rows of the team today. Pure."""
    asked, left = [], Counter[str]()
    for member in members:
        reason = not_now(member, schedule, now)
        if reason is None:
            asked.append(member)
        else:
            left[reason.kind] += 1
    return Foreseen(tuple(asked), {kind: left[kind] for kind in LEFT_OUT if left[kind]})


def ask_now(conn: Conn, principal: Principal, team_id: int, now: datetime) -> Foreseen:
    """Ask now whoever has not been asked on their own date; who that is. Managers may.

    Raises Invalid when the team is paused, or nobody is left to ask.
    """
    access.require_manager(conn, principal, team_id)
    hours.members_of(conn, principal.workspace_id, team_id)  # locked, so that no tick asks them meanwhile
    schedule = hours.schedule(conn, principal.workspace_id, team_id)
    if schedule is None:
        raise NotFound("This team has no schedule.")
    if not schedule.active:
        raise Invalid("The team is paused. Resume it first, then ask.")
    found = foreseen(pages.team_today(conn, principal.workspace_id, team_id, now), schedule, now)
    if not found.asked:
        raise Invalid("There is nobody to ask now: " + ", ".join(found.words or ["nobody is in the team"]) + ".")
    days.ask(conn, [m.membership_id for m in found.asked], [local_day(m.zone, now) for m in found.asked], now)
    return found
