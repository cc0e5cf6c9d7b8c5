"""The statements about who may speak to the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn


def hold(conn: Conn, workspace_id: int, email: str, key: str, name: str) -> int:
    """The contact with this key, made as held where it is new."""
    statement = text("""
        INSERT INTO contact (workspace_id, email, email_key, name, standing) VALUES (:w, :email, :key, :name, 'held')
        ON CONFLICT (workspace_id, email_key) DO UPDATE SET name = coalesce(nullif(contact.name, ''), excluded.name)
        RETURNING id
    """)
    values = {"w": workspace_id, "email": email, "key": key, "name": name}
    return int(conn.execute(statement, values).scalar_one())


def put_address(conn: Conn, workspace_id: int, contact_id: int, platform: str, address: str) -> None:
    """Note where else a contact is reached."""
    statement = text("""
        INSERT INTO contact_address (workspace_id, contact_id, platform, address) VALUES (:w, :c, :platform, :address)
        ON CONFLICT (workspace_id, platform, address) DO NOTHING
    """)
    conn.execute(statement, {"w": workspace_id, "c": contact_id, "platform": platform, "address": address})


_NEWCOMER = """
    SELECT c.id, coalesce(nullif(c.email, ''), c.email_key), c.name, c.standing, i.mails, i.latest, i.latest_id,
           coalesce(i.subject, '')
    FROM contact c
    LEFT JOIN LATERAL (
        SELECT count(*) AS mails, max(received_at) AS latest, max(id) AS latest_id,
               (array_agg(subject ORDER BY id DESC))[1] AS subject
        FROM inbound WHERE contact_id = c.id) i ON true
"""


def listed(conn: Conn, workspace_id: int, standing: str, limit: int) -> Sequence[Row[Any]]:
    """The columns of Newcomer for those of a standing, who wrote last first."""
    statement = text(
        _NEWCOMER + "WHERE c.workspace_id = :w AND c.standing = :s ORDER BY i.latest_id DESC NULLS LAST, c.id LIMIT :n"
    )
    return conn.execute(statement, {"w": workspace_id, "s": standing, "n": limit}).all()


def newcomer(conn: Conn, workspace_id: int, contact_id: int) -> Row[Any] | None:
    """The same for one, whatever their standing."""
    statement = text(_NEWCOMER + "WHERE c.workspace_id = :w AND c.id = :id")
    return conn.execute(statement, {"w": workspace_id, "id": contact_id}).one_or_none()


def set_standing(conn: Conn, workspace_id: int, contact_id: int, sources: Sequence[str], dest: str) -> bool:
    """Change it; False when it was none of `sources`."""
    statement = text("""
        UPDATE contact SET standing = :dest
        WHERE workspace_id = :w AND id = :id AND standing = ANY(cast(:sources AS text[]))
    """)
    values = {"w": workspace_id, "id": contact_id, "dest": dest, "sources": db.texts(sources)}
    return conn.execute(statement, values).rowcount == 1


def belongs(conn: Conn, workspace_id: int, contact_id: int) -> bool:
    """Whether the contact is in a team, or has an account that is open."""
    statement = text("""
        SELECT EXISTS (SELECT FROM membership WHERE workspace_id = :w AND contact_id = :c AND left_at IS NULL)
            OR EXISTS (SELECT FROM account WHERE workspace_id = :w AND contact_id = :c AND ended_at IS NULL)
    """)
    return bool(conn.execute(statement, {"w": workspace_id, "c": contact_id}).scalar_one())
