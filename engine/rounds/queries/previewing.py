"""Statements of the preview of digests: who gets one, and what the next of one person would be made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.rounds.queries import ASKABLE, PAUSED
from engine.rounds.queries.digesting import READ, SINCE_NO, THREAD

_READERS = text("""
    SELECT m.id, m.contact_id, coalesce(nullif(c.name, ''), c.email) AS name
    FROM membership m JOIN contact c ON c.id = m.contact_id
    WHERE m.workspace_id = :ws AND m.team_id = :team AND m.left_at IS NULL
    ORDER BY lower(coalesce(nullif(c.name, ''), c.email)), m.id
""")


def readers(conn: Conn, workspace_id: int, team_id: int) -> Sequence[Row[Any]]:
    """Who is in the team, by name: everybody gets its digest."""
    return conn.execute(_READERS, {"ws": workspace_id, "team": team_id}).all()


# The day it is for is that of the next digest; without one, the person's today.
_NEXT = text(f"""
    SELECT 0 AS id, g.*, c.name AS to_name, c.email AS address, p.prompt_run_id, p.prompt_seq, p.nudge_run_id,
        p.nudge_seq, p.local_date AS asked_date, p.questions
    FROM (
        SELECT m.id AS membership_id, m.contact_id, m.team_id, m.role, t.name AS team, coalesce(c.zone, t.zone) AS zone,
            m.next_digest_at, {ASKABLE} AS wanted, {SINCE_NO} AS since_no, t.entry_no AS until_no,
            g.made_at AS since_at, cast(:now AS timestamptz) AS made_at, d.local_date,
            {PAUSED.format(day="d.local_date")} AS unwanted, coalesce(m.receipt, s.receipt) AS receipt
        FROM membership m
        JOIN team t ON t.id = m.team_id
        JOIN schedule s ON s.team_id = m.team_id
        JOIN contact c ON c.id = m.contact_id
        CROSS JOIN LATERAL (
            SELECT coalesce(m.next_digest_day,
                (cast(:now AS timestamptz) AT TIME ZONE coalesce(c.zone, t.zone))::date) AS local_date
        ) d
        {READ}
        WHERE m.workspace_id = :ws AND m.id = :id AND m.left_at IS NULL
    ) g
    JOIN contact c ON c.id = g.contact_id
    {THREAD}
""")  # noqa: S608  # fixed pieces only


def next_digest(conn: Conn, workspace_id: int, membership_id: int, now: Any) -> Row[Any] | None:
    """What the member's next digest would cover if it were made now; as a row of `digesting.digests`, and more."""
    return conn.execute(_NEXT, {"ws": workspace_id, "id": membership_id, "now": now}).one_or_none()
