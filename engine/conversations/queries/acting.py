"""Writes by id: begun, finished, and what they answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from engine.db import Conn


class Before(NamedTuple):
    """A write that was done."""

    request_hash: bytes
    response: Mapping[str, Any]


def begin(conn: Conn, workspace_id: int, actor_id: int, action_id: UUID, request_hash: bytes, now: datetime) -> bool:
    """Take the id; False where it is taken. A racer waits here until the first one has committed, or rolled back."""
    statement = text("""
        INSERT INTO action (workspace_id, actor_id, action_id, request_hash, status, response, at)
        VALUES (:w, :actor, :action, :hash, 0, '{}', :now) ON CONFLICT DO NOTHING
    """)
    values = {"w": workspace_id, "actor": actor_id, "action": action_id, "hash": request_hash, "now": now}
    return conn.execute(statement, values).rowcount == 1


_THIS = "WHERE workspace_id = :w AND actor_id = :actor AND action_id = :action"


def done(conn: Conn, workspace_id: int, actor_id: int, action_id: UUID) -> Before:
    """The write with this id."""
    values = {"w": workspace_id, "actor": actor_id, "action": action_id}
    row = conn.execute(text(f"SELECT request_hash, response FROM action {_THIS}"), values).one()  # noqa: S608  # fixed pieces only
    return Before(bytes(row[0]), row[1])


def finish(
    conn: Conn, workspace_id: int, actor_id: int, action_id: UUID, status: int, response: Mapping[str, Any]
) -> None:
    """Keep what a write answers."""
    statement = text(f"UPDATE action SET status = :status, response = cast(:response AS jsonb) {_THIS}")  # noqa: S608  # fixed pieces only
    values = {"w": workspace_id, "actor": actor_id, "action": action_id, "status": status}
    conn.execute(statement, {**values, "response": json.dumps(dict(response))})
