"""Consents as the page to leave and the preferences read them; they are written by engine.people.consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def person(conn: Conn, workspace_id: int, contact_id: int) -> Any | None:
    """Who a link is for, with the name of the workspace; None where they are gone."""
    statement = text("""
        SELECT c.id, c.email, w.name AS workspace FROM contact c JOIN workspace w ON w.id = c.workspace_id
        WHERE c.workspace_id = :w AND c.id = :id AND c.erased_at IS NULL
    """)
    return conn.execute(statement, {"w": workspace_id, "id": contact_id}).one_or_none()


def said(conn: Conn, workspace_id: int, contact_id: int) -> dict[tuple[str, int], str]:
    """What a person said last, by (channel, topic)."""
    statement = text("SELECT channel, topic_id, state FROM consent WHERE workspace_id = :w AND contact_id = :id")
    rows = conn.execute(statement, {"w": workspace_id, "id": contact_id})
    return {(row.channel, row.topic_id): row.state for row in rows}


def topics(conn: Conn, workspace_id: int) -> Sequence[Any]:
    """(id, name, words) of the topics, by name."""
    statement = text(
        "SELECT id, name, words FROM topic WHERE workspace_id = :w AND archived_at IS NULL ORDER BY lower(name), id"
    )
    return conn.execute(statement, {"w": workspace_id}).all()


def platforms(conn: Conn, workspace_id: int, contact_id: int) -> set[str]:
    """Where else a person is reached."""
    statement = text("SELECT DISTINCT platform FROM contact_address WHERE workspace_id = :w AND contact_id = :id")
    return set(conn.execute(statement, {"w": workspace_id, "id": contact_id}).scalars())
