"""What came of one mail: its hits, with what each is taken for and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    return list(of_deliveries(conn, workspace_id, [(run_id, seq)]).get((run_id, seq), ()))


def of_deliveries(
    conn: Conn, workspace_id: int, keys: Sequence[tuple[int, int]]
) -> Mapping[tuple[int, int], tuple[Hit, ...]]:
    """The hits of some deliveries as they came, by (run_id, seq); one statement."""
    found: dict[tuple[int, int], list[Hit]] = defaultdict(list)
    for row in queries.of_deliveries(conn, workspace_id, keys):
        hit = Hit(row.at, row.what, row.url, row.method, row.net, row.agent, row.taken_for, tuple(row.why))
        found[row.run_id, row.seq].append(hit)
    return {key: tuple(hits) for key, hits in found.items()}


__all__ = ["Hit", "of_deliveries", "of_delivery"]
