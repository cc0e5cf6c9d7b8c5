"""Statements that count the rows of a campaign's runs, and keep what was counted of large ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.providers import DOMAINS, OTHER


class Cell(NamedTuple):
    """How many rows of a run are alike. `hour`: of acceptance, in UTC; without a code the reason is all there is."""

    provider: str
    hour: datetime | None
    state: str
    code: str
    reason: str
    rows: int


class Counted(NamedTuple):
    """The rows of a run. `lately`: accepted in the minute before; `again`: accepted for people whom an earlier send of
    the campaign had reached; `waits`: open rows by batch; `ago`: seconds."""

    cells: tuple[Cell, ...]
    lately: int
    again: int
    waits: dict[int, int]
    ago: float | None  # None: counted now


# Domains are grouped before they are looked up: a million rows have some thousands. Hours begin with those of UTC.
_CELLS = text("""
    SELECT g.run_id, coalesce(k.provider, :other) AS provider, g.hour, g.state, g.code, g.reason, sum(g.n) AS n,
        sum(g.lately) AS lately
    FROM (
        SELECT run_id, lower(split_part(address, '@', -1)) AS domain, state, code,
            CASE WHEN code <> '' THEN '' ELSE reason END AS reason,
            to_timestamp(floor(extract(epoch FROM sent_at) / 3600) * 3600) AS hour, count(*) AS n,
            count(*) FILTER (WHERE sent_at > cast(:now AS timestamptz) - interval '1 minute') AS lately
        FROM delivery WHERE run_id = ANY(cast(:runs AS bigint[])) GROUP BY 1, 2, 3, 4, 5, 6
    ) g LEFT JOIN unnest(cast(:domains AS text[]), cast(:providers AS text[])) AS k(domain, provider)
        ON k.domain = g.domain
    GROUP BY 1, 2, 3, 4, 5, 6
""")
_WAITS = text("""
    SELECT d.run_id, d.batch_id, count(*) AS n FROM delivery d
    WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND d.state IN ('queued', 'deferred') GROUP BY 1, 2
    UNION ALL
    SELECT d.run_id, NULL, count(*) FROM run r JOIN delivery d ON d.run_id = r.id
    WHERE r.id = ANY(cast(:runs AS bigint[])) AND r.part <> 'launch' AND d.state IN ('sent', 'delivered', 'complained')
      AND EXISTS (SELECT FROM run q JOIN delivery e ON e.run_id = q.id AND e.recipient = d.recipient
          WHERE q.campaign_id = r.campaign_id AND q.kind = 'campaign' AND q.part NOT IN ('test', 'talk') AND q.id < r.id
            AND e.state IN ('sent', 'delivered', 'complained'))
    GROUP BY 1
""")


def counted(conn: Conn, runs: Sequence[int], now: datetime) -> dict[int, Counted]:
    """The rows of runs, counted now; two statements."""
    if not runs:
        return {}
    asked = {"runs": db.numbers(runs)}
    values = {"domains": db.texts(DOMAINS), "providers": db.texts(DOMAINS.values()), "other": OTHER, "now": now}
    cells: dict[int, list[Cell]] = {run: [] for run in runs}
    lately, again = dict.fromkeys(runs, 0), dict.fromkeys(runs, 0)
    for row in conn.execute(_CELLS, asked | values).all():
        cells[row.run_id].append(Cell(row.provider, row.hour, row.state, row.code, row.reason, int(row.n)))
        lately[row.run_id] += int(row.lately)
    waits: dict[int, dict[int, int]] = {run: {} for run in runs}
    for row in conn.execute(_WAITS, asked).all():
        if row.batch_id is None:
            again[row.run_id] = int(row.n)
        else:
            waits[row.run_id][row.batch_id] = int(row.n)
    return {run: Counted(tuple(cells[run]), lately[run], again[run], waits[run], None) for run in runs}


def kept(conn: Conn, runs: Sequence[int]) -> dict[int, Counted]:
    """What was counted last of these runs, where something was."""
    statement = text("""
        SELECT run_id, lately, again, counts, waits, extract(epoch FROM clock_timestamp() - at)::float8 AS ago
        FROM run_count WHERE run_id = ANY(cast(:runs AS bigint[]))
    """)
    return {row.run_id: _of(row) for row in conn.execute(statement, {"runs": db.numbers(runs)})}


def _of(row: Row[Any]) -> Counted:
    cells = tuple(
        Cell(provider, datetime.fromisoformat(hour) if hour else None, *rest)
        for provider, hour, *rest in row.counts["rows"]
    )
    return Counted(cells, row.lately, row.again, {int(batch): n for batch, n in row.waits.items()}, row.ago)


def keep(conn: Conn, run_id: int, found: Counted) -> None:
    """Keep what was counted of a run."""
    statement = text("""
        INSERT INTO run_count (run_id, workspace_id, at, lately, again, counts, waits)
        SELECT id, workspace_id, clock_timestamp(), :lately, :again, cast(:counts AS jsonb), cast(:waits AS jsonb)
        FROM run WHERE id = :run
        ON CONFLICT (run_id) DO UPDATE SET at = excluded.at, lately = excluded.lately, again = excluded.again,
            counts = excluded.counts, waits = excluded.waits
    """)
    rows = [(c.provider, c.hour.isoformat() if c.hour else None, *c[2:]) for c in found.cells]
    values = {"run": run_id, "lately": found.lately, "again": found.again}
    conn.execute(statement, {**values, "counts": json.dumps({"rows": rows}), "waits": json.dumps(found.waits)})


# What was counted while the run went on is counted once more when it is over, and again when the count of the
# instance (outbound.health) has found something that came later.
_DUE = text("""
    SELECT r.id FROM run r LEFT JOIN run_count c ON c.run_id = r.id LEFT JOIN tallied t ON t.run_id = r.id
    WHERE r.campaign_id IS NOT NULL AND r.kind = 'campaign' AND r.size > :least AND (
        c.run_id IS NULL
        OR (r.state NOT IN ('done', 'cancelled')
            AND c.at < clock_timestamp() - make_interval(secs => greatest(:pause, r.size * :per_row)))
        OR (r.state IN ('done', 'cancelled') AND t.at > c.at))
    ORDER BY c.at NULLS FIRST LIMIT :limit
""")


def due(conn: Conn, least: int, pause: float, per_row: float, limit: int) -> list[int]:
    """Large runs to count, those first that wait longest."""
    values = {"least": least, "pause": pause, "per_row": per_row, "limit": limit}
    return [int(i) for i in conn.execute(_DUE, values).scalars()]
