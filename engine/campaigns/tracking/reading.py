"""What came of one mail: its hits, with what each is taken for and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.campaigns.tracking.queries import reading as queries
from engine.db import Conn


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of one delivery, for its chain. `link`: the address it was for; empty for what is no link."""

    at: datetime
    what: str  # link, picture, hidden, leave, preferences
    link: str
    method: str
    net: str
    agent: str
    taken_for: str
    why: tuple[str, ...]


def of_delivery(conn: Conn, workspace_id: int, run_id: int, seq: int) -> list[Hit]:
    """The hits of one delivery as they came."""
    return [
        Hit(row.at, row.what, row.url, row.method, row.net, row.agent, row.taken_for, tuple(row.why))
        for row in queries.of_delivery(conn, workspace_id, run_id, seq)
    ]


__all__ = ["Hit", "of_delivery"]
