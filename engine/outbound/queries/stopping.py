"""Statements that stop batches, and those that find what stopping leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, text

from engine.db import Conn
from engine.models import Batch, Delivery
from engine.states.delivery import OPEN


def stop_batches(conn: Conn, run_id: int) -> list[tuple[int, int]]:
    """Lock the run's open batches in id order and set `stop` on those somebody holds; their (id, horizon)."""
    statement = text("SELECT id, horizon FROM batch WHERE run_id = :run AND state = 'open' ORDER BY id FOR UPDATE")
    found = [(int(a), int(b)) for a, b in conn.execute(statement, {"run": run_id})]
    conn.execute(
        text("UPDATE batch SET stop = true WHERE run_id = :run AND state = 'open' AND owner IS NOT NULL"),
        {"run": run_id},
    )
    return found


def unstop_free_batches(conn: Conn, run_id: int) -> None:
    """Take `stop` off the batches nobody holds."""
    statement = text("UPDATE batch SET stop = false WHERE run_id = :run AND stop AND owner IS NULL")
    conn.execute(statement, {"run": run_id})


def above_horizon(run_id: int, batches: Sequence[tuple[int, int]]) -> ColumnElement[bool] | None:
    """The rows of a run above the horizon of any of (batch_id, horizon); None when there is no batch."""
    d = Delivery
    if not batches:
        return None
    fresh = [batch for batch, top in batches if top == 0]
    begun = [and_(d.batch_id == batch, d.seq > top) for batch, top in batches if top]
    return and_(d.run_id == run_id, or_(d.batch_id.in_(fresh), *begun))


def useless(where: ColumnElement[bool], now: datetime) -> ColumnElement[bool]:
    """Those of the rows whose time is over."""
    return and_(where, Delivery.useful_until <= now)


def stopped_with_useless_rows(conn: Conn, now: datetime) -> list[int]:
    """Paused and held runs with an open row whose time is over; one such row is looked for in each."""
    statement = text("""
        SELECT r.id FROM run r WHERE r.state IN ('paused', 'held') AND EXISTS (
            SELECT FROM batch b JOIN delivery d ON d.run_id = r.id AND d.batch_id = b.id
            WHERE b.run_id = r.id AND b.state = 'open' AND d.seq > b.horizon
              AND d.state IN ('queued', 'deferred') AND d.useful_until <= :now)
        LIMIT 100
    """)
    return [int(i) for i in conn.execute(statement, {"now": now}).scalars()]


def finished_and_free(run_id: int) -> ColumnElement[bool]:
    """The batches of a run that nobody holds and no open row names."""
    d = Delivery
    left = exists(select(1).where(d.run_id == Batch.run_id, d.batch_id == Batch.id, d.state.in_(OPEN)))
    return and_(Batch.run_id == run_id, Batch.owner.is_(None), ~left)


def cancelled_with_batches(conn: Conn) -> list[int]:
    """Cancelled runs that still have an open batch nobody holds (rows put back after the cancel)."""
    statement = text(
        "SELECT DISTINCT b.run_id FROM batch b JOIN run r ON r.id = b.run_id"
        " WHERE b.state = 'open' AND b.owner IS NULL AND r.state = 'cancelled' LIMIT 100"
    )
    return [int(i) for i in conn.execute(statement).scalars()]
