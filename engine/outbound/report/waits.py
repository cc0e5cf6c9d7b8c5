"""Why rows of a run wait, in a person's words: what stopped it, what rests, what has a time of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.outbound.report import queries


@dataclass(frozen=True, slots=True)
class Wait:
    """Why `rows` of a run wait, and until when at least where that is known."""

    rows: int
    words: str
    until: datetime | None = None


def waits(conn: Conn, workspace_id: int, run_id: int, now: datetime) -> tuple[Wait, ...]:
    """Why the open rows of a run wait, most rows first; rows in a worker's hands are not among them."""
    return tuple(Wait(row.n, *_why(row, now)) for row in queries.waiting(conn, workspace_id, run_id, now))


def _why(row: queries.AnyRow, now: datetime) -> tuple[str, datetime | None]:
    if row.run_state != "open":
        return f"the run is {row.run_state}", None
    if row.backoff_until is not None:
        return f"{row.transport} rests: {row.trouble}", row.backoff_until
    if row.next_at > now:
        return "next attempt", row.next_at
    return "for a worker", None
