"""Real ticks in one transaction of a test: the steps of the scheduler, and a relay that takes every mail at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.rounds import schedule
from scheduler.tick import STEPS
from tests import factories as make


def tick(conn: Conn, now: datetime) -> None:
    """Every step once; what it planned is taken by the relay, and the step after sees that."""
    for step in STEPS:
        step(conn, now)
    for run in conn.scalars(select(m.Run.id).where(m.Run.state == "open")).all():
        make.settle(conn, run, "sent", at=now)
    STEPS[2](conn, now)


def until(conn: Conn, start: datetime, end: datetime, every: timedelta = timedelta(minutes=30)) -> None:
    """Ticks from `start` to `end`."""
    now = start
    while now <= end:
        tick(conn, now)
        now += every


def planned(conn: Conn, team: make.Team, name: str, now: datetime, zone: str | None = None, **of: Any) -> make.Member:
    """A member with next slots as of `now`."""
    who = make.member(conn, team, name, zone, **of)
    schedule.reschedule(conn, team.workspace_id, [who.id], now)
    return who


def parts(conn: Conn, who: make.Member) -> list[tuple[Any, ...]]:
    """A member's (date, state, reason), oldest first."""
    p = m.Participation
    found = select(p.local_date, p.state, p.reason).where(p.membership_id == who.id).order_by(p.local_date)
    return [tuple(row) for row in conn.execute(found)]


def mails(conn: Conn, who: make.Member, kind: str) -> int:
    """How many mails of a kind were planned for a member."""
    found = select(m.Delivery.seq).join(m.Run, m.Run.id == m.Delivery.run_id).where(
        m.Run.kind == kind, m.Delivery.address == who.email
    )  # fmt: skip
    return len(conn.scalars(found).all())
