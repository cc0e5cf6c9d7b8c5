"""The rows of counts of hits: changes as they come, sums of those, and all anew from the hits themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from engine import db
from engine.db import Conn


def insert(
    conn: Conn, workspace_id: int, run_id: int, rows: Sequence[tuple[str, int, datetime, str, int]]
) -> None:  # fmt: skip
    """Write changes: (what, link, hour, class, how many)."""
    statement = text("""
        INSERT INTO hit_count (workspace_id, run_id, what, link_id, hour, taken_for, n)
        SELECT :w, :run, * FROM unnest(cast(:whats AS text[]), cast(:links AS bigint[]), cast(:hours AS timestamptz[]),
            cast(:classes AS text[]), cast(:ns AS bigint[]))
    """)
    whats, links, hours, classes, ns = zip(*rows, strict=True)
    values = {"whats": list(whats), "links": list(links), "hours": list(hours), "classes": list(classes)}
    conn.execute(statement, {"w": workspace_id, "run": run_id, "ns": list(ns), **values})


def loose(conn: Conn, least: int) -> list[int]:
    """Runs with so many changes that are not folded."""
    statement = text("SELECT run_id FROM hit_count WHERE NOT folded GROUP BY 1 HAVING count(*) >= :least LIMIT 100")
    return [int(i) for i in conn.execute(statement, {"least": least}).scalars()]


def fold(conn: Conn, runs: Sequence[int]) -> int:
    """Put one row in the place of all that are about the same; how many runs. Whoever reads sees either."""
    if runs:
        statement = text("""
            WITH gone AS (
                DELETE FROM hit_count WHERE run_id = ANY(cast(:runs AS bigint[]))
                RETURNING workspace_id, run_id, what, link_id, hour, taken_for, n
            )
            INSERT INTO hit_count (workspace_id, run_id, what, link_id, hour, taken_for, n, folded)
            SELECT workspace_id, run_id, what, link_id, hour, taken_for, sum(n), true FROM gone
            GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0
        """)
        conn.execute(statement, {"runs": db.numbers(runs)})
    return len(runs)


_RANK = "array_position(ARRAY['human', 'likely', 'machine'], h.taken_for)"
_ANEW = f"""
    INSERT INTO hit_count (workspace_id, run_id, what, link_id, hour, taken_for, n, folded)
    SELECT workspace_id, run_id, what, link_id, CASE WHEN what = 'link' THEN to_timestamp(0) ELSE hour END,
        taken_for, count(*), true
    FROM (
        SELECT DISTINCT ON (h.run_id, h.seq, w.what, w.link_id) h.workspace_id, h.run_id, w.what, w.link_id,
            date_trunc('hour', h.at, 'UTC') AS hour, h.taken_for
        FROM hit h CROSS JOIN LATERAL (
            VALUES ('open', 0::bigint), ('click', 0), ('link', h.link_id)
        ) w(what, link_id)
        WHERE h.run_id = ANY(cast(:runs AS bigint[])) AND (w.what = 'open' OR h.link_id > 0)
        ORDER BY h.run_id, h.seq, w.what, w.link_id, {_RANK}, h.at
    ) best GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608  # constants of this module


def anew(conn: Conn, runs: Sequence[int]) -> None:
    """Count the hits of some runs from the hits themselves: for what was written past `hits.take`, by a benchmark or a
    restore. No hit of theirs may come meanwhile."""
    values = {"runs": db.numbers(runs)}
    conn.execute(text("DELETE FROM hit_count WHERE run_id = ANY(cast(:runs AS bigint[]))"), values)
    conn.execute(text(_ANEW), values)
