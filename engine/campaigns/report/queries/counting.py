"""Statements that count the rows of a campaign's runs, and keep what was counted of large ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

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
_COUNTED = text("""
    SELECT 'cell' AS what, g.run_id, coalesce(k.provider, :other) AS provider, g.hour, g.state, g.code, g.reason,
        NULL::bigint AS batch_id, sum(g.n)::bigint AS n, sum(g.lately)::bigint AS lately
    FROM (
        SELECT run_id, lower(split_part(address, '@', -1)) AS domain, state, code,
            CASE WHEN code <> '' THEN '' ELSE reason END AS reason,
            to_timestamp(floor(extract(epoch FROM sent_at) / 3600) * 3600) AS hour, count(*) AS n,
            count(*) FILTER (WHERE sent_at > cast(:now AS timestamptz) - interval '1 minute') AS lately
        FROM delivery WHERE run_id = ANY(cast(:runs AS bigint[])) GROUP BY 1, 2, 3, 4, 5, 6
    ) g LEFT JOIN unnest(cast(:domains AS text[]), cast(:providers AS text[])) AS k(domain, provider)
        ON k.domain = g.domain
    GROUP BY 2, 3, 4, 5, 6, 7
    UNION ALL
    SELECT 'wait', run_id, '', NULL, '', '', '', batch_id, count(*), 0 FROM delivery
    WHERE run_id = ANY(cast(:runs AS bigint[])) AND state IN ('queued', 'deferred') GROUP BY run_id, batch_id
    UNION ALL
    SELECT 'again', d.run_id, '', NULL, '', '', '', NULL, count(*), 0 FROM run r JOIN delivery d ON d.run_id = r.id
    WHERE r.id = ANY(cast(:runs AS bigint[])) AND r.part <> 'launch' AND d.state IN ('sent', 'delivered', 'complained')
      AND EXISTS (SELECT FROM run q JOIN delivery e ON e.run_id = q.id AND e.recipient = d.recipient
          WHERE q.campaign_id = r.campaign_id AND q.kind = 'campaign' AND q.part NOT IN ('test', 'talk') AND q.id < r.id
            AND e.state IN ('sent', 'delivered', 'complained'))
    GROUP BY d.run_id
""")


def counted(conn: Conn, runs: Sequence[int], now: datetime) -> dict[int, Counted]:
    """The rows of runs, counted now, in one statement."""
    if not runs:
        return {}
    values = {"domains": db.texts(DOMAINS), "providers": db.texts(DOMAINS.values()), "other": OTHER, "now": now}
    rows: dict[int, list[Any]] = {run: [] for run in runs}
    for row in conn.execute(_COUNTED, values | {"runs": db.numbers(runs)}):
        rows[row.run_id].append(row)
    return {run: _counted(found) for run, found in rows.items()}


def _counted(rows: Sequence[Any]) -> Counted:
    cells = [row for row in rows if row.what == "cell"]
    return Counted(
        tuple(Cell(row.provider, row.hour, row.state, row.code, row.reason, row.n) for row in cells),
        sum(row.lately for row in cells), sum(row.n for row in rows if row.what == "again"),
        {row.batch_id: row.n for row in rows if row.what == "wait"}, None,
    )  # fmt: skip


def kept(row: Any) -> Counted | None:
    """What was counted last of a run, as telling.runs has it; None where nothing was."""
    if row.counts is None:
        return None
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
