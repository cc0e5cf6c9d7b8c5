"""Pause, hold, cancel and resume a run (H11): lock its batches, set `stop`, touch only rows above a horizon."""

from __future__ import annotations

from datetime import UTC, datetime

from engine import move
from engine.db import Conn
from engine.errors import IllegalMove
from engine.outbound.queries import stopping

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # next_at of batches that wait to be let go; Python reads no 'infinity'


def pause(conn: Conn, run_id: int, now: datetime, actor: str) -> None:
    """A person pauses a run: what has not left stays queued. Raises IllegalMove when it is not open."""
    stopping.stop_batches(conn, run_id)
    move.one(conn, "run", run_id, "pause", now, actor=actor)


def hold(conn: Conn, run_id: int, reason: str, now: datetime) -> bool:
    """The system holds a run, with the reason; False when it was held or over already."""
    stopping.stop_batches(conn, run_id)
    try:
        move.one(conn, "run", run_id, "hold", now, note=reason, values={"reason": reason})
    except IllegalMove:
        return False
    return True


def cancel(conn: Conn, run_id: int, now: datetime, actor: str) -> int:
    """A person cancels what has not left; returns how many rows that were. What is out keeps its own outcome."""
    batches = stopping.stop_batches(conn, run_id)
    move.one(conn, "run", run_id, "cancel", now, actor=actor)
    return cancel_rows(conn, run_id, batches, now, actor)


def cancel_rows(conn: Conn, run_id: int, batches: list[tuple[int, int]], now: datetime, actor: str) -> int:
    """Cancel the open rows above the horizon of (batch_id, horizon); the batch rows must be locked."""
    where = stopping.above_horizon(run_id, batches)
    if where is None:
        return 0
    moved = move.deliveries(conn, "cancel", where, now, actor=actor, reason="cancelled")
    move.many(conn, "batch", "finish", stopping.finished_and_free(run_id), now)
    return len(moved)


def expire_rows(conn: Conn, run_id: int, now: datetime) -> int:
    """Expire what a paused or held run has not sent and is no longer useful; returns how many rows that were."""
    where = stopping.above_horizon(run_id, stopping.stop_batches(conn, run_id))
    if where is None:
        return 0
    moved = move.deliveries(
        conn, "expire", stopping.useless(where, now), now, reason="its run was stopped for too long"
    )
    move.many(conn, "batch", "finish", stopping.finished_and_free(run_id), now)
    return len(moved)


def resume(conn: Conn, run_id: int, now: datetime, actor: str) -> None:
    """A person lets a paused or held run go on. A batch still leased ends its stop when its holder lets go."""
    stopping.unstop_free_batches(conn, run_id)
    move.one(conn, "run", run_id, "resume", now, actor=actor, values={"reason": ""})
