"""The statements about one contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from engine import db
from engine.db import Conn


def one(conn: Conn, workspace_id: int, contact_id: int) -> Row[Any] | None:
    """A contact, with where else they are reached and whether they may sign in."""
    statement = text("""
        SELECT c.id, c.email, c.name, c.zone, c.locale, c.standing, c.attributes, c.tags, c.tracked, c.made_at,
            c.erased_at,
            ARRAY(SELECT ARRAY[a.platform, a.address] FROM contact_address a WHERE a.contact_id = c.id
                ORDER BY a.platform, a.id) AS elsewhere,
            (SELECT a.id FROM account a WHERE a.contact_id = c.id AND a.ended_at IS NULL) AS account_id
        FROM contact c WHERE c.workspace_id = :w AND c.id = :id
    """).columns(attributes=JSONB)
    return conn.execute(statement, {"w": workspace_id, "id": contact_id}).one_or_none()


def insert(conn: Conn, workspace_id: int, values: Mapping[str, Any]) -> int | None:
    """The id of a new contact; None where the address is somebody's."""
    statement = text("""
        INSERT INTO contact (workspace_id, email, email_key, name, zone, locale, attributes, tags, tracked)
        VALUES (:w, :email, :key, :name, :zone, :locale, :attributes, cast(:tags AS text[]), :tracked)
        ON CONFLICT (workspace_id, email_key) DO NOTHING RETURNING id
    """).bindparams(bindparam("attributes", type_=JSONB))
    found: int | None = conn.execute(statement, {"w": workspace_id, **values}).scalar_one_or_none()
    return found


def with_key(conn: Conn, workspace_id: int, key: str) -> int | None:
    """The contact with this address."""
    statement = text("SELECT id FROM contact WHERE workspace_id = :w AND email_key = :key")
    found: int | None = conn.execute(statement, {"w": workspace_id, "key": key}).scalar_one_or_none()
    return found


def update(conn: Conn, workspace_id: int, contact_id: int, values: Mapping[str, Any]) -> bool:
    """Set what is known of a contact, whose other attributes stay; False where there is none, or they are erased."""
    statement = text("""
        UPDATE contact SET email = :email, email_key = :key, name = :name, zone = :zone, locale = :locale,
            attributes = (attributes - cast(:defined AS text[])) || :attributes, tags = cast(:tags AS text[]),
            tracked = :tracked
        WHERE workspace_id = :w AND id = :id AND erased_at IS NULL
    """).bindparams(bindparam("attributes", type_=JSONB))
    return conn.execute(statement, {"w": workspace_id, "id": contact_id, **values}).rowcount == 1


def taken(conn: Conn, workspace_id: int, contact_id: int, places: Sequence[tuple[str, str]]) -> list[str]:
    """Which of these (platform, address) are somebody else's."""
    statement = text("""
        SELECT a.address FROM contact_address a
        JOIN unnest(cast(:platforms AS text[]), cast(:addresses AS text[])) AS g(platform, address)
            ON a.platform = g.platform AND a.address = g.address
        WHERE a.workspace_id = :w AND a.contact_id <> :id
    """)
    return list(conn.execute(statement, {"w": workspace_id, "id": contact_id, **_columns(places)}).scalars())


def set_elsewhere(conn: Conn, workspace_id: int, contact_id: int, places: Sequence[tuple[str, str]]) -> None:
    """Let these be where else a contact is reached, and no others."""
    values = {"w": workspace_id, "id": contact_id, **_columns(places)}
    conn.execute(
        text("""
        DELETE FROM contact_address a WHERE a.workspace_id = :w AND a.contact_id = :id AND NOT EXISTS (
            SELECT FROM unnest(cast(:platforms AS text[]), cast(:addresses AS text[])) AS g(platform, address)
            WHERE a.platform = g.platform AND a.address = g.address)
    """),
        values,
    )
    conn.execute(
        text("""
        INSERT INTO contact_address (workspace_id, contact_id, platform, address)
        SELECT :w, :id, * FROM unnest(cast(:platforms AS text[]), cast(:addresses AS text[]))
        ON CONFLICT (workspace_id, platform, address) DO NOTHING
    """),
        values,
    )


def _columns(places: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {"platforms": db.texts(p for p, _ in places), "addresses": db.texts(a for _, a in places)}


def forget_suppressions(conn: Conn, workspace_id: int, contact_id: int) -> None:
    """The address is no longer theirs: its suppression is nobody's."""
    conn.execute(
        text("UPDATE suppression SET contact_id = NULL WHERE workspace_id = :w AND contact_id = :id"),
        {"w": workspace_id, "id": contact_id},
    )
