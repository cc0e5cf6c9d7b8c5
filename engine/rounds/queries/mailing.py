"""Statements behind the contents of prompts and nudges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

_PARTS = text("""
    SELECT p.id, p.state, p.membership_id, p.local_date, p.closes_at, p.prompt_run_id, p.prompt_seq, r.questions,
        p.team_id, t.name AS team, c.name AS to_name, coalesce(c.zone, t.zone) AS zone
    FROM participation p
    JOIN round r ON r.id = p.round_id
    JOIN team t ON t.id = p.team_id
    JOIN membership m ON m.id = p.membership_id
    JOIN contact c ON c.id = m.contact_id
    WHERE p.workspace_id = :workspace_id AND p.id = ANY(cast(:ids AS bigint[]))
""")


def participations(conn: Conn, workspace_id: int, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Participations by id, with the round's questions, the team, the person, and the person's zone."""
    return {row.id: row for row in conn.execute(_PARTS, {"workspace_id": workspace_id, "ids": db.numbers(ids)})}
