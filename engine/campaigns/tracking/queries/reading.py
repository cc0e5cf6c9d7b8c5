"""What the hits of one delivery were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def of_deliveries(conn: Conn, workspace_id: int, keys: Sequence[tuple[int, int]]) -> Sequence[Any]:
    """The hits of some deliveries (run_id, seq) with what they were for, as they came."""
    statement = text("""
        SELECT h.run_id, h.seq, h.at, h.method, h.net, h.agent, h.taken_for, coalesce(l.url, '') AS url,
            CASE WHEN h.link_id IS NULL THEN 'picture' WHEN h.link_id > 0 THEN 'link' WHEN h.link_id = 0 THEN 'hidden'
                WHEN h.link_id = -1 THEN 'leave' ELSE 'preferences' END AS what,
            ARRAY(SELECT jsonb_array_elements_text(coalesce(h.evidence -> 'why', '[]'))) AS why
        FROM unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[])) AS d(run_id, seq)
        JOIN hit h ON h.run_id = d.run_id AND h.seq = d.seq
        LEFT JOIN link l ON l.id = h.link_id AND l.workspace_id = h.workspace_id
        WHERE h.workspace_id = :w ORDER BY h.at, h.id
    """)
    values = {"w": workspace_id, "runs": [run for run, _ in keys], "seqs": [seq for _, seq in keys]}
    return conn.execute(statement, values).all()
