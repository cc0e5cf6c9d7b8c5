"""Counting what happened to mails by day, receiving provider, relay and From domain: from rows, and always anew.

A run is counted as a whole, so counting it twice gives the same. What has to be counted is asked of the rows too: a
counter that was killed, or two of them, leave nothing out and nothing double.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from engine.config import Settings
from engine.db import Conn
from engine.outbound.queries import tallying

RUNS = 500  # runs one pass counts at most
ROWS = 200_000  # and their rows; one run is always counted, whatever its size
PAUSE = 15.0  # seconds until a run that goes on is counted again
FIRST = timedelta(days=3)  # how far a new process looks back for what was written about runs that are over
LATE = timedelta(minutes=1)  # how late the transaction of a run, or of an event, may commit
IDS = 1000  # runs that may be planned while one of them has not committed


@dataclass
class Counter:
    """What one process has counted. A new one looks at everything once, and finds what others have left."""

    settings: Settings
    low: int = 0  # every run up to here has been counted
    since: datetime | None = None  # every event before has been seen, by PostgreSQL's clock

    def recount(self, conn: Conn, now: datetime, pause: float = PAUSE) -> int:
        """Count the runs that changed, a bounded number of rows; returns how many runs. One transaction."""
        began, newest = tallying.clock(conn), tallying.newest_run(conn)
        found = tallying.due(conn, self.low, self.since or began - FIRST, pause, RUNS)
        chosen = _some(found)
        if chosen:
            self._count(conn, chosen, now)
        if len(chosen) == len(found) < RUNS:  # nothing is left over
            self.low, self.since = max(self.low, newest - IDS), began - LATE
        return len(chosen)

    def _count(self, conn: Conn, runs: Sequence[Any], now: datetime) -> None:
        ids = [run.id for run in runs]
        froms = {run.id: domain_of(run.mail_from or self.settings.mail_from) for run in runs}
        froms |= tallying.from_domains(conn, ids)
        tallying.forget(conn, ids)
        tallying.count(conn, runs, froms)
        tallying.remember(conn, runs, now)


def _some(found: Sequence[Any]) -> Sequence[Any]:
    rows = 0
    for n, run in enumerate(found):
        rows += run.size
        if n and rows > ROWS:
            return found[:n]
    return found


def domain_of(sender: str) -> str:
    """The domain of a From, in lower case; empty where it has none."""
    return parseaddr(sender)[1].rpartition("@")[2].lower()
