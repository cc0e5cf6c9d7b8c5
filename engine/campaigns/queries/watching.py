"""Statements that find the campaigns for which the scheduler has something to do, rows locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from engine import models as m
from engine.db import Conn

_C = m.Campaign.__table__.c


def active(conn: Conn, states: Sequence[str]) -> list[tuple[int, int]]:
    """(id, workspace) of the campaigns in these states, rows locked; those another process has are passed over."""
    return _locked(conn, _C.state.in_(states))


def watched(conn: Conn, now: datetime, ended_for: timedelta) -> list[tuple[int, int]]:
    """The same of those under way, and of those that are finishing and have something to do: their days are over, or
    rows of them are queued again. The others are many, for a letter to one person is a campaign too."""
    last = func.greatest(
        func.coalesce(_C.ended_at, now) + ended_for, _C.deadline_at, case((_C.reminded_at.is_(None), _C.reminder_at))
    )
    queued = exists().where(m.Run.campaign_id == _C.id, m.Run.state.in_(("open", "paused", "held")))
    finishing = and_(_C.state == "finishing", or_(last <= now, queued))
    return _locked(conn, or_(_C.state.in_(("running", "holding", "paused")), finishing))


def _locked(conn: Conn, which: ColumnElement[bool]) -> list[tuple[int, int]]:
    query = (
        select(_C.id, _C.workspace_id).where(and_(which, _active())).order_by(_C.id)
        .with_for_update(skip_locked=True, key_share=True)
    )  # fmt: skip
    return [(int(a), int(b)) for a, b in conn.execute(query)]


def _active() -> ColumnElement[bool]:
    return _C.state.in_(("scheduled", "running", "paused", "holding", "finishing"))
