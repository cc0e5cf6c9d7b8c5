"""The statements about attributes and topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn


def attributes(conn: Conn, workspace_id: int) -> Sequence[Row[Any]]:
    """(id, name, label, kind), by name."""
    statement = text("SELECT id, name, label, kind FROM attribute WHERE workspace_id = :w ORDER BY name")
    return conn.execute(statement, {"w": workspace_id}).all()


def topics(conn: Conn, workspace_id: int, archived: bool) -> Sequence[Row[Any]]:
    """(id, name, words, archived), by name."""
    statement = text("""
        SELECT id, name, words, archived_at IS NOT NULL FROM topic
        WHERE workspace_id = :w AND (:archived OR archived_at IS NULL) ORDER BY archived_at IS NOT NULL, lower(name)
    """)
    return conn.execute(statement, {"w": workspace_id, "archived": archived}).all()


def insert_attribute(conn: Conn, workspace_id: int, name: str, label: str, kind: str) -> int | None:
    """The id of a new attribute, or None where there is one of this name."""
    statement = text("""
        INSERT INTO attribute (workspace_id, name, label, kind) VALUES (:w, :name, :label, :kind)
        ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id
    """)
    values = {"w": workspace_id, "name": name, "label": label, "kind": kind}
    found: int | None = conn.execute(statement, values).scalar_one_or_none()
    return found


def attribute_used(conn: Conn, workspace_id: int, name: str) -> bool:
    """Whether anybody has a value of it."""
    statement = text(
        "SELECT EXISTS (SELECT FROM contact WHERE workspace_id = :w AND attributes @@ cast(:path AS jsonpath))"
    )
    return bool(conn.execute(statement, {"w": workspace_id, "path": f'exists($."{name}")'}).scalar_one())


def delete_attribute(conn: Conn, workspace_id: int, attribute_id: int) -> None:
    """Forget an attribute."""
    conn.execute(
        text("DELETE FROM attribute WHERE workspace_id = :w AND id = :id"), {"w": workspace_id, "id": attribute_id}
    )


def insert_topic(conn: Conn, workspace_id: int, name: str, words: str) -> int | None:
    """The id of a new topic, or None where there is one of this name."""
    statement = text("""
        INSERT INTO topic (workspace_id, name, words) VALUES (:w, :name, :words)
        ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id
    """)
    found: int | None = conn.execute(statement, {"w": workspace_id, "name": name, "words": words}).scalar_one_or_none()
    return found


def rename_topic(conn: Conn, workspace_id: int, topic_id: int, name: str, words: str) -> Row[Any] | None:
    """Its new name and words; (id, name, words, archived), or None where there is no such topic."""
    statement = text("""
        UPDATE topic SET name = :name, words = :words WHERE workspace_id = :w AND id = :id
        RETURNING id, name, words, archived_at IS NOT NULL
    """)
    values = {"w": workspace_id, "id": topic_id, "name": name, "words": words}
    return conn.execute(statement, values).one_or_none()


def archive_topic(conn: Conn, workspace_id: int, topic_id: int, at: datetime | None) -> Row[Any] | None:
    """Set or take back when it was archived; (id, name, words, archived), or None where there is no such topic."""
    statement = text("""
        UPDATE topic SET archived_at = :at WHERE workspace_id = :w AND id = :id
        RETURNING id, name, words, archived_at IS NOT NULL
    """)
    return conn.execute(statement, {"w": workspace_id, "id": topic_id, "at": at}).one_or_none()
