"""The channels that a campaign can be posted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

_CHANNELS = """
    SELECT c.id, c.name, c.kind, c.team_id, t.name AS team FROM channel c
    JOIN team t ON t.workspace_id = c.workspace_id AND t.id = c.team_id AND t.archived_at IS NULL
    WHERE c.workspace_id = :w AND c.state <> 'off'
"""


def channels(conn: Conn, workspace_id: int) -> Sequence[Row[Any]]:
    """(id, name, kind, team_id, team) of the channels that can be posted to, by team."""
    statement = text(f"{_CHANNELS} ORDER BY lower(t.name), lower(c.name), c.id LIMIT 300")
    return conn.execute(statement, {"w": workspace_id}).all()


def channel(conn: Conn, workspace_id: int, channel_id: int) -> Row[Any] | None:
    """One of them; None where it is disconnected, or its team archived."""
    statement = text(f"{_CHANNELS} AND c.id = :id")
    return conn.execute(statement, {"w": workspace_id, "id": channel_id}).one_or_none()
