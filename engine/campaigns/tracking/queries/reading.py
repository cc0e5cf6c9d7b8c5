"""Statements that count hits by recipient, people and machines apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Select, exists, select, text

from engine.db import Conn
from engine.models import Delivery
from engine.models.campaigns import Hit

_BOTH = """
    count(DISTINCT (h.run_id, h.seq)) FILTER (WHERE h.taken_for = 'human') AS human,
    count(DISTINCT (h.run_id, h.seq)) AS every, count(*) AS hits
"""
_OF_RUNS = "h.workspace_id = :w AND h.run_id = ANY(cast(:runs AS bigint[]))"


def totals(conn: Conn, workspace_id: int, run_ids: Sequence[int]) -> Sequence[tuple[int, int, int]]:
    """(human, all, hits) of pictures, and of links."""
    statement = text(f"""
        SELECT {_BOTH} FROM hit h WHERE {_OF_RUNS} AND h.link_id IS NULL UNION ALL
        SELECT {_BOTH} FROM hit h WHERE {_OF_RUNS} AND h.link_id >= 0
    """)  # noqa: S608  # constants of this module
    rows = conn.execute(statement, {"w": workspace_id, "runs": list(run_ids)})
    return [(int(row[0]), int(row[1]), int(row[2])) for row in rows]


def by_link(conn: Conn, workspace_id: int, run_ids: Sequence[int]) -> Sequence[Any]:
    """(id, url, human, every, hits) by link."""
    statement = text(f"""
        SELECT l.id, l.url, {_BOTH} FROM hit h JOIN link l ON l.id = h.link_id AND l.workspace_id = h.workspace_id
        WHERE {_OF_RUNS} AND h.link_id > 0 GROUP BY l.id, l.url ORDER BY 3 DESC, 4 DESC, 1
    """)  # noqa: S608  # constants of this module
    return conn.execute(statement, {"w": workspace_id, "runs": list(run_ids)}).all()


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


def human(workspace_id: int, run_ids: Sequence[int], what: Literal["opened", "clicked"]) -> Select[Any]:
    """The recipients of these runs of whom a person opened the mail, or followed a link; as a subquery."""
    h, d = Hit, Delivery
    of = h.link_id.is_(None) if what == "opened" else h.link_id > 0
    seen = exists().where(h.run_id == d.run_id, h.seq == d.seq, h.taken_for == "human", of)
    return select(d.recipient).where(d.workspace_id == workspace_id, d.run_id.in_(run_ids), seen)
