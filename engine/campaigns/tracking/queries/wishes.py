"""Consents as the page to leave and the preferences write and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def put(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], channel: str, topic_id: int, state: str, source: str,
    evidence: str, actor: str, now: datetime,
) -> int:  # fmt: skip
    """Write the same word of these people, with its event; how many said something else before."""
    statement = text("""
        WITH changed AS (
            INSERT INTO consent AS c (contact_id, channel, topic_id, workspace_id, state, source, evidence, at)
            SELECT p.id, :channel, :topic, p.workspace_id, :state, :source, :evidence, :now FROM contact p
            WHERE p.workspace_id = :w AND p.id = ANY(cast(:ids AS bigint[])) AND p.erased_at IS NULL
            ON CONFLICT (contact_id, channel, topic_id) DO UPDATE SET state = excluded.state, source = excluded.source,
                evidence = excluded.evidence, at = excluded.at WHERE c.state <> excluded.state
            RETURNING contact_id
        )
        INSERT INTO consent_event (workspace_id, contact_id, channel, topic_id, state, source, evidence, actor, at)
        SELECT :w, contact_id, :channel, :topic, :state, :source, :evidence, :actor, :now FROM changed
    """)
    values = {"w": workspace_id, "ids": list(contact_ids), "channel": channel, "topic": topic_id, "state": state}
    said = {"source": source, "evidence": evidence, "actor": actor, "now": now}
    return conn.execute(statement, {**values, **said}).rowcount


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
