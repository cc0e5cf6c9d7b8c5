"""What the hits of one delivery were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def of_delivery(conn: Conn, workspace_id: int, run_id: int, seq: int) -> Sequence[Any]:
    """The hits of one delivery with what they were for."""
    statement = text("""
        SELECT h.at, h.method, h.net, h.agent, h.taken_for, coalesce(l.url, '') AS url,
            CASE WHEN h.link_id IS NULL THEN 'picture' WHEN h.link_id > 0 THEN 'link' WHEN h.link_id = 0 THEN 'hidden'
                WHEN h.link_id = -1 THEN 'leave' ELSE 'preferences' END AS what,
            ARRAY(SELECT jsonb_array_elements_text(coalesce(h.evidence -> 'why', '[]'))) AS why
        FROM hit h LEFT JOIN link l ON l.id = h.link_id AND l.workspace_id = h.workspace_id
        WHERE h.workspace_id = :w AND h.run_id = :run AND h.seq = :seq ORDER BY h.at, h.id
    """)
    return conn.execute(statement, {"w": workspace_id, "run": run_id, "seq": seq}).all()
