"""Why rows of a run wait, in a person's words: what stopped it, what rests, what has a time of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.config import Settings
from engine.db import Conn
from engine.outbound.pace import why
from engine.outbound.report import queries

MOST = 20  # kinds of waiting that are told


@dataclass(frozen=True, slots=True)
class Wait:
    """Why `rows` of a run wait, and until when at least where that is known."""

    rows: int
    words: str
    until: datetime | None = None


def waits(conn: Conn, settings: Settings, workspace_id: int, run_id: int, now: datetime) -> tuple[Wait, ...]:
    """Why the open rows of a run wait, most rows first; rows in a worker's hands are not among them."""
    rows = queries.waiting(conn, workspace_id, run_id, now, MOST)
    found = why.of_batches(conn, settings, workspace_id, [row.batch_id for row in rows], now)
    return tuple(
        Wait(row.n, found[row.batch_id].words, found[row.batch_id].at) for row in rows if row.batch_id in found
    )
