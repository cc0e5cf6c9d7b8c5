"""The statements about consent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

# A word that is older than the one that holds changes nothing: imports may be behind what a person said themselves.
# But the person's own is never too old: a list may have dated theirs into the future.
_PUT = text("""
    WITH said AS (
        INSERT INTO consent (contact_id, channel, topic_id, workspace_id, state, source, evidence, at)
        SELECT c.id, :channel, :topic, c.workspace_id, :state, :source, :evidence, :now FROM contact c
        WHERE c.workspace_id = :w AND c.id = ANY(cast(:ids AS bigint[])) AND c.erased_at IS NULL
        ON CONFLICT (contact_id, channel, topic_id) DO UPDATE SET
            state = excluded.state, source = excluded.source, evidence = excluded.evidence, at = excluded.at
        WHERE consent.state <> excluded.state AND (consent.at <= excluded.at OR excluded.source IN ('person', 'admin'))
        RETURNING contact_id
    ), told AS (
        INSERT INTO consent_event (workspace_id, contact_id, channel, topic_id, state, source, evidence, actor, at)
        SELECT :w, contact_id, :channel, :topic, :state, :source, :evidence, :actor, :now FROM said
    )
    SELECT count(*) FROM said
""")


def put(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], channel: str, topic_id: int, state: str, source: str,
    evidence: str, actor: str, now: datetime,
) -> int:  # fmt: skip
    """Let a word hold for these contacts, with an event for each whose word it changes; how many those are."""
    values = {
        "w": workspace_id, "ids": list(contact_ids), "channel": channel, "topic": topic_id, "state": state,
        "source": source, "evidence": evidence, "actor": actor, "now": now,
    }  # fmt: skip
    return int(conn.execute(_PUT, values).scalar_one())


def topic_is_here(conn: Conn, workspace_id: int, topic_id: int) -> bool:
    """Whether the workspace has this topic, archived or not: what was said of it stays true."""
    statement = text("SELECT EXISTS (SELECT FROM topic WHERE workspace_id = :w AND id = :id)")
    return bool(conn.execute(statement, {"w": workspace_id, "id": topic_id}).scalar_one())


def of_contact(conn: Conn, workspace_id: int, contact_id: int) -> Sequence[Row[Any]]:
    """The columns of Word for what holds; the actor is that of the newest event."""
    statement = text("""
        SELECT s.channel, s.topic_id, coalesce(t.name, '') AS topic, s.state, s.source, s.evidence, s.at,
            coalesce((SELECT e.actor FROM consent_event e WHERE e.contact_id = s.contact_id AND e.channel = s.channel
                AND e.topic_id = s.topic_id ORDER BY e.id DESC LIMIT 1), '') AS actor
        FROM consent s LEFT JOIN topic t ON t.workspace_id = s.workspace_id AND t.id = s.topic_id
        WHERE s.workspace_id = :w AND s.contact_id = :c ORDER BY s.topic_id <> 0, s.channel, t.name
    """)
    return conn.execute(statement, {"w": workspace_id, "c": contact_id}).all()
