"""Statements of the scheduler's sweeps over the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, select, text

from engine.db import Conn
from engine.models import Batch, Run


def runs_without_open_batches() -> ColumnElement[bool]:
    """Runs none of whose batches is open."""
    return ~exists(select(1).where(Batch.run_id == Run.id, Batch.state == "open"))


def done(run_ids: Iterable[int]) -> ColumnElement[bool]:
    """Those of the runs that are done: one that was cancelled meanwhile stays so."""
    return and_(Run.id.in_(sorted(run_ids)), Run.state == "done")


def done_with_open_batches() -> ColumnElement[bool]:
    """Runs that are done and have an open batch."""
    return and_(Run.state == "done", Run.id.in_(select(Batch.run_id).where(Batch.state == "open")))


def open_rows_in_ended_batches(conn: Conn) -> int:
    """Open rows of unfinished runs that name a batch that is not open (must be 0)."""
    statement = text("""
        SELECT count(*) FROM delivery d JOIN batch b ON b.id = d.batch_id
        WHERE d.state IN ('queued', 'deferred') AND b.state <> 'open'
    """)
    return int(conn.execute(statement).scalar_one())


def moved(conn: Conn) -> bool:
    """Whether another cluster or timeline than the one that wrote the database now serves it; remembers the new one.

    Without a row it was restored too: our backups leave the row out, so that a restore into the very same cluster is
    noticed, which the cluster's own number would not tell.
    """
    statement = text("""
        INSERT INTO origin AS o (id, cluster, timeline)
        SELECT 1, s.system_identifier, c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c
        ON CONFLICT (id) DO UPDATE SET cluster = excluded.cluster, timeline = excluded.timeline
        WHERE (o.cluster, o.timeline) <> (excluded.cluster, excluded.timeline) RETURNING o.id
    """)
    return conn.execute(statement).first() is not None


def unfinished_runs(conn: Conn) -> list[int]:
    """The runs that are open or paused, oldest first."""
    return list(conn.execute(text("SELECT id FROM run WHERE state IN ('open', 'paused') ORDER BY id")).scalars())
