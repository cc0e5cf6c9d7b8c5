"""Partitions of delivery and delivery_event, by ranges of run_id: made ahead by the scheduler.

Ranges are WIDTH runs wide. Those ahead of the newest run are made with a gap after each, and a run of MANY recipients
takes a gap for itself: its rows are written before its indexes are built, in one go, which takes half the time
(bench.freeze, docs/adr/0038). The runs after it go on in the range behind.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from engine import db
from engine.db import Conn
from engine.outbound.kinds import Kind
from engine.outbound.queries import planning, ranges

WIDTH = 50_000  # runs in a partition; the first migration made the first four
AHEAD = 3  # ranges, with a gap between two
MANY = 200_000  # recipients of a run that is worth a range of its own
MOST = 32  # ranges: a statement that names no run looks into each of them, and locks it
NEAR = WIDTH // 5  # runs before a gap from which on it is left to them; the last half of these finds it made


class Room(NamedTuple):
    """A new run, and the table that takes its rows: `delivery`, or one that `join` makes a part of it."""

    run_id: int
    table: str


def new_run(conn: Conn, workspace_id: int, kind: Kind, size: int, now: datetime, policy: str | None = None) -> int:
    """The id of a new run whose rows have a partition to go to; `policy` of its doubts, where it is not its kind's."""
    run_id, there = planning.insert_run(conn, workspace_id, kind, size, now, WIDTH, policy)
    if not there:
        make_ahead(conn, run_id)
    return run_id


def room(conn: Conn, workspace_id: int, kind: Kind, size: int, now: datetime) -> Room:
    """A new run: one of MANY recipients, and where there is a gap, with a range of its own until `join`."""
    first = _gap(conn) if size >= MANY else None
    if first is None:
        return Room(new_run(conn, workspace_id, kind, size, now), "delivery")
    planning.insert_run(conn, workspace_id, kind, size, now, WIDTH, run_id=first)
    return Room(first, ranges.detached(conn, "delivery", first, first + WIDTH))


def join(conn: Conn, found: Room) -> None:
    """Let the rows of a run be a part of the ledger, with its indexes; nothing to do where they are one already.

    The order of locks is that of `make_ahead`: the one for making ranges, then the tables.
    """
    if found.table != "delivery":
        end = found.run_id + WIDTH
        ranges.make(conn, found.run_id, end)  # that of the events
        ranges.attach(conn, "delivery", found.run_id, end)


def _gap(conn: Conn) -> int | None:
    """The first run of a gap before a range that is there; the runs of others go on in that range from now on."""
    ranges.lock_alone(conn)
    firsts, last = ranges.firsts(conn), ranges.last_given(conn)
    gaps = [first - WIDTH for first in firsts if first - WIDTH not in firsts and first - WIDTH > last + NEAR]
    if not gaps or len(firsts) >= MOST:
        return None
    ranges.go_on_from(conn, gaps[0] + WIDTH)
    return gaps[0]


def make_ahead(conn: Conn, run_id: int) -> None:
    """Make the partition of `run_id`, every second one of the next ranges, and the very next one when it is near."""
    first = run_id // WIDTH * WIDTH
    even = first - first % (2 * WIDTH)
    following = [first + WIDTH] if run_id >= first + WIDTH - NEAR // 2 else []
    for start in [first, *following, *(even + 2 * WIDTH * n for n in range(1, AHEAD + 1))]:
        ranges.make(conn, start, start + WIDTH)


def ahead(conn: Conn) -> None:
    """Make the partitions of the newest run and of the ranges after it, unless somebody is making one: then later.

    A large launch builds the indexes of its own for seconds, and the scheduler has more to do than to wait for it.
    """
    if db.try_lock(conn, ranges.MAKE):
        make_ahead(conn, ranges.newest_run(conn))
