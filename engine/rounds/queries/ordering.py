"""What an order by mail changes, as it was before, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, case, select, update

from engine import models as m
from engine.db import Conn
from engine.move import Where
from engine.rounds import queries
from engine.states.round import UNANSWERED


class Paused(NamedTuple):
    """How a membership is paused, or that it is not."""

    paused_at: datetime | None
    paused_by: str | None
    pause_until: date | None


def paused(conn: Conn, workspace_id: int, membership_id: int) -> Paused | None:
    """How a membership that goes on is paused; its row is held to the end of the transaction."""
    of = m.Membership
    going_on = and_(of.workspace_id == workspace_id, of.id == membership_id, of.left_at.is_(None))
    found = select(of.paused_at, of.paused_by, of.pause_until).where(going_on).with_for_update()
    row = conn.execute(found).one_or_none()
    return Paused(*row) if row else None


class Day(NamedTuple):
    """A member's part of a day."""

    id: int
    local_date: date
    state: str

    @property
    def unanswered(self) -> bool:
        """Whether they are asked, and have not answered yet."""
        return self.state in UNANSWERED


def part(conn: Conn, workspace_id: int, membership_id: int, participation_id: int) -> Day | None:
    """One part of this member, held to the end of the transaction."""
    return _day(conn, workspace_id, membership_id, m.Participation.id == participation_id)


def part_of_day(conn: Conn, workspace_id: int, membership_id: int, day: date) -> Day | None:
    """The member's part of that day, held to the end of the transaction."""
    return _day(conn, workspace_id, membership_id, m.Participation.local_date == day)


def _day(conn: Conn, workspace_id: int, membership_id: int, which: Where) -> Day | None:
    p = m.Participation
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id, which)
    found = select(p.id, p.local_date, p.state).where(mine).limit(1).with_for_update(key_share=True)
    row = conn.execute(found).one_or_none()
    return Day(*row) if row else None


class Coming(NamedTuple):
    """A member's next question, and the zone that says which day it is."""

    day: date | None
    zone: str


def coming(conn: Conn, workspace_id: int, membership_id: int) -> Coming | None:
    """The next question of a membership that goes on."""
    of, c, t = m.Membership, m.Contact, m.Team
    zone = case((c.zone.is_not(None), c.zone), else_=t.zone)
    going_on = and_(of.workspace_id == workspace_id, of.id == membership_id, of.left_at.is_(None))
    found = select(of.next_prompt_day, zone).join(c, c.id == of.contact_id).join(t, t.id == of.team_id).where(going_on)
    row = conn.execute(found).one_or_none()
    return Coming(*row) if row else None


def in_time(conn: Conn, workspace_id: int, membership_id: int, parts: Sequence[int], now: datetime) -> list[int]:
    """Those of a member's parts that are excused and whose answer window is still open, held."""
    p = m.Participation
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id, queries.parts(parts))
    open_ = and_(p.state == "excused", p.closes_at > now)
    return list(conn.scalars(select(p.id).where(mine, open_).order_by(p.id).with_for_update(key_share=True)))


def no_second_nudge(conn: Conn, parts: Sequence[int]) -> None:
    """Who was reminded already is not reminded once more when their part is open again."""
    p = m.Participation
    reminded = and_(queries.parts(parts), p.nudge_run_id.is_not(None))
    conn.execute(update(p).where(reminded).values(nudge_at=None))
