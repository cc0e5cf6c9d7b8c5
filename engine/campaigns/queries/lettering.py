"""Statements for the letters of a campaign: what is said, and to whom it may be said now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn


def campaign_of(conn: Conn, workspace_id: int, run_id: int) -> Any:
    """The campaign that a run belongs to, its whole row, with `part`: what the run is to it; or None."""
    statement = text("""
        SELECT c.*, r.part FROM run r JOIN campaign c ON c.id = r.campaign_id AND c.workspace_id = r.workspace_id
        WHERE r.id = :run AND r.workspace_id = :w
    """)
    return conn.execute(statement, {"run": run_id, "w": workspace_id}).one_or_none()


def people(conn: Conn, workspace_id: int, topic_id: int, ids: Sequence[int]) -> Mapping[int, Row[Any]]:
    """Contacts by id: what templates know, standing, when erased, and what they said of the channel and of a topic."""
    statement = text("""
        SELECT c.id, c.email, c.name, c.zone, c.locale, c.tags, c.attributes, c.tracked, c.standing, c.erased_at,
            a.state AS channel_state, t.state AS topic_state
        FROM contact c
        LEFT JOIN consent a ON a.contact_id = c.id AND a.channel = 'mail' AND a.topic_id = 0 AND a.workspace_id = :w
        LEFT JOIN consent t ON :topic <> 0 AND t.contact_id = c.id AND t.channel = 'mail' AND t.topic_id = :topic
            AND t.workspace_id = :w
        WHERE c.workspace_id = :w AND c.id = ANY(cast(:ids AS bigint[]))
    """)
    values = {"w": workspace_id, "topic": topic_id, "ids": db.numbers(ids)}
    return {int(row.id): row for row in conn.execute(statement, values)}
