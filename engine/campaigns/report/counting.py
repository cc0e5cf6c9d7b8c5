"""The numbers of a campaign's runs: small ones are counted when they are asked for, large ones by the scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.campaigns.report.queries import counting as queries
from engine.campaigns.report.queries.counting import Cell, Counted
from engine.db import Conn

SMALL = 20_000  # rows that are counted for each page: some 20 ms
PAUSE = 5.0  # seconds until a large run that goes on is counted again; and for each of its rows …
PER_ROW = 0.00002  # … so much longer: a million rows take a second, every 20
RUNS = 5  # of one pass: it is a transaction


def counts(conn: Conn, runs: Sequence[Any], now: datetime) -> dict[int, Counted]:
    """The rows of some runs (of telling.runs), by id: as they were kept, else counted now. At most one statement."""
    found = {run.id: kept for run in runs if (kept := queries.kept(run)) is not None}
    return found | queries.counted(conn, [run.id for run in runs if run.id not in found], now)


def recount(conn: Conn, now: datetime) -> int:
    """Count the large runs that are due; how many. Twice is harmless, and what is left over is due in seconds."""
    runs = queries.due(conn, SMALL, PAUSE, PER_ROW, RUNS)
    for run in runs:  # five at most, and each is read as a whole
        keep(conn, [run], now)
    return len(runs)


def keep(conn: Conn, runs: Sequence[int], now: datetime) -> None:
    """Count runs, and keep it."""
    for run, found in queries.counted(conn, runs, now).items():
        queries.keep(conn, run, found)


__all__ = ["SMALL", "Cell", "Counted", "counts", "keep", "recount"]
