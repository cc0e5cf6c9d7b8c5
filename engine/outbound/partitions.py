"""Partitions of delivery and delivery_event, by ranges of run_id: made ahead by the scheduler."""

from __future__ import annotations

from datetime import datetime

from engine.db import Conn
from engine.outbound.kinds import Kind
from engine.outbound.queries import planning

WIDTH = 50_000  # runs in a partition; the first migration made the first four
AHEAD = 2


def new_run(conn: Conn, workspace_id: int, kind: Kind, size: int, now: datetime, policy: str | None = None) -> int:
    """The id of a new run whose rows have a partition to go to; `policy` of its doubts, where it is not its kind's."""
    run_id, there = planning.insert_run(conn, workspace_id, kind, size, now, WIDTH, policy)
    if not there:
        make_ahead(conn, run_id)
    return run_id


def make_ahead(conn: Conn, run_id: int) -> None:
    """Make the partitions of `run_id` and of the next AHEAD ranges where they lack."""
    first = run_id // WIDTH * WIDTH
    for start in range(first, first + (AHEAD + 1) * WIDTH, WIDTH):
        planning.make_partition(conn, start, start + WIDTH)


def ahead(conn: Conn) -> None:
    """Make the partitions of the newest run and of the ranges after it."""
    make_ahead(conn, planning.newest_run(conn))
