"""The statements about a workspace's DKIM keys. None of them reads a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

KeyRow = Row[Any]


def listed(conn: Conn, workspace_id: int) -> Sequence[KeyRow]:
    """The keys, the newest first."""
    statement = text(
        "SELECT id, domain, selector, algorithm, public, made_at, seen_at, signs_from, retired_at FROM dkim_key"
        " WHERE workspace_id = :w ORDER BY id DESC"
    )
    return conn.execute(statement, {"w": workspace_id}).all()


def insert(
    conn: Conn, workspace_id: int, domain: str, selector: str, algorithm: str, public: str, secret: bytes, now: datetime
) -> KeyRow | None:
    """The new key, or None where the workspace has one of this domain and selector."""
    statement = text(
        "INSERT INTO dkim_key (workspace_id, domain, selector, algorithm, public, secret, made_at)"
        " VALUES (:w, :domain, :selector, :algorithm, :public, :secret, :now)"
        " ON CONFLICT DO NOTHING"
        " RETURNING id, domain, selector, algorithm, public, made_at, seen_at, signs_from, retired_at"
    )
    values = {"w": workspace_id, "domain": domain, "selector": selector, "algorithm": algorithm, "public": public}
    return conn.execute(statement, {**values, "secret": secret, "now": now}).one_or_none()


def seen(conn: Conn, workspace_id: int, key_id: int, now: datetime) -> None:
    """Its record was found in DNS."""
    statement = text("UPDATE dkim_key SET seen_at = :now WHERE workspace_id = :w AND id = :id")
    conn.execute(statement, {"w": workspace_id, "id": key_id, "now": now})


def switch_on(conn: Conn, workspace_id: int, key_id: int, now: datetime) -> None:
    """It signs from now on, if it does not yet."""
    statement = text(
        "UPDATE dkim_key SET signs_from = coalesce(signs_from, :now), retired_at = NULL"
        " WHERE workspace_id = :w AND id = :id"
    )
    conn.execute(statement, {"w": workspace_id, "id": key_id, "now": now})


def retire_others(conn: Conn, workspace_id: int, key_id: int, at: datetime) -> int:
    """The other keys of its domain and kind that sign end at that instant, unless they end sooner; how many."""
    statement = text("""
        UPDATE dkim_key o SET retired_at = :at FROM dkim_key k
        WHERE k.workspace_id = :w AND k.id = :id AND o.workspace_id = :w AND o.id <> k.id AND o.domain = k.domain
          AND o.algorithm = k.algorithm AND o.signs_from IS NOT NULL AND (o.retired_at IS NULL OR o.retired_at > :at)
    """)
    return conn.execute(statement, {"w": workspace_id, "id": key_id, "at": at}).rowcount


def retire(conn: Conn, workspace_id: int, key_id: int, at: datetime) -> None:
    """It signs no more from that instant on."""
    statement = text("UPDATE dkim_key SET retired_at = :at WHERE workspace_id = :w AND id = :id")
    conn.execute(statement, {"w": workspace_id, "id": key_id, "at": at})


def remove(conn: Conn, workspace_id: int, key_id: int) -> None:
    """Forget it, its secret too."""
    statement = text("DELETE FROM dkim_key WHERE workspace_id = :w AND id = :id")
    conn.execute(statement, {"w": workspace_id, "id": key_id})
