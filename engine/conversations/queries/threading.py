"""Make or find a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from engine.db import Conn

_MAKE = text("""
WITH made AS (
    INSERT INTO conversation (workspace_id, channel_key, platform, type, team_id, contact_id)
    VALUES (:w, :key, :platform, :type, :team, :contact) ON CONFLICT (workspace_id, channel_key) DO NOTHING RETURNING id
), joined AS (
    INSERT INTO member (conversation_id, workspace_id, account_or_contact)
    SELECT made.id, :w, who FROM made, unnest(cast(:members AS text[])) AS who
)
SELECT id FROM made
""")


def insert_conversation(
    conn: Conn,
    workspace_id: int,
    key: str,
    platform: str,
    kind: str,
    team_id: int | None,
    members: Sequence[str],
    contact_id: int | None = None,
) -> int | None:
    """The id of a new conversation with these members; None where one with this key is there already.

    A racer waits here until the first one has committed; which then is there for everybody's next statement.
    """
    values = {"w": workspace_id, "key": key, "platform": platform, "type": kind, "team": team_id, "contact": contact_id}
    found: int | None = conn.execute(_MAKE, {**values, "members": list(members)}).scalar_one_or_none()
    return found


def conversation_id(conn: Conn, workspace_id: int, key: str) -> int:
    """The conversation with this key."""
    statement = text("SELECT id FROM conversation WHERE workspace_id = :w AND channel_key = :key")
    return int(conn.execute(statement, {"w": workspace_id, "key": key}).scalar_one())
