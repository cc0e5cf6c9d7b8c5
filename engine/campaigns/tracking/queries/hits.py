"""The rows of hits: written one by one, judged together for the delivery they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def insert(
    conn: Conn, run_id: int, seq: int, place: int | None, at: datetime, method: str, net: str, agent: str, most: int
) -> tuple[int, int] | None:
    """(id, workspace), the delivery's other hits kept out until the commit; None where it is gone or has enough."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:run, :seq)"), {"run": run_id % 2**31, "seq": seq % 2**31})
    statement = text("""
        INSERT INTO hit (workspace_id, run_id, seq, contact_id, link_id, at, method, net, agent, taken_for)
        SELECT d.workspace_id, d.run_id, d.seq, CASE WHEN r.kind = 'campaign' THEN d.recipient END,
            cast(:place AS bigint), :at, :method, :net, :agent, 'likely'
        FROM delivery d JOIN run r ON r.id = d.run_id WHERE d.run_id = :run AND d.seq = :seq
          AND (SELECT count(*) FROM hit h WHERE h.run_id = :run AND h.seq = :seq) < :most
        RETURNING id, workspace_id
    """)
    values = {"run": run_id, "seq": seq, "place": place, "at": at, "method": method, "net": net, "agent": agent}
    found = conn.execute(statement, {**values, "most": most}).one_or_none()
    return (found.id, found.workspace_id) if found else None


def of_delivery(conn: Conn, workspace_id: int, run_id: int, seq: int) -> Sequence[Any]:
    """The hits of one delivery as they came."""
    statement = text("""
        SELECT id, at, method, agent, net, link_id, taken_for, evidence FROM hit
        WHERE run_id = :run AND seq = :seq AND workspace_id = :w ORDER BY at, id
    """)
    return conn.execute(statement, {"run": run_id, "seq": seq, "w": workspace_id}).all()


def taken(conn: Conn, run_id: int, seq: int) -> tuple[datetime | None, int]:
    """When the receiving server took a mail, and how many links its campaign has."""
    statement = text("""
        SELECT d.sent_at, (SELECT count(*) FROM link l WHERE l.campaign_id = r.campaign_id)
        FROM delivery d JOIN run r ON r.id = d.run_id WHERE d.run_id = :run AND d.seq = :seq
    """)
    row = conn.execute(statement, {"run": run_id, "seq": seq}).one()
    return row[0], int(row[1])


def judge(conn: Conn, judged: Sequence[tuple[int, str, str]]) -> None:
    """Write what hits are taken for: (id, class, evidence as JSON)."""
    if judged:
        statement = text("""
            UPDATE hit SET taken_for = j.taken_for, evidence = cast(j.evidence AS jsonb)
            FROM unnest(cast(:ids AS bigint[]), cast(:classes AS text[]), cast(:evidence AS text[]))
                AS j(id, taken_for, evidence) WHERE hit.id = j.id
        """)
        ids, classes, evidence = zip(*judged, strict=True)
        conn.execute(statement, {"ids": list(ids), "classes": list(classes), "evidence": list(evidence)})
