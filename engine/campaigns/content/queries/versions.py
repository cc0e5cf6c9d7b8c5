"""Statements of versions and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from engine.db import Conn


def campaign(conn: Conn, workspace_id: int, campaign_id: int, lock: bool = False) -> Row[Any] | None:
    """Name, state and version of a campaign; locked until the transaction ends where that is asked."""
    statement = "SELECT id, name, state, version_no FROM campaign WHERE workspace_id = :w AND id = :c"
    return conn.execute(
        text(statement + (" FOR UPDATE" if lock else "")), {"w": workspace_id, "c": campaign_id}
    ).one_or_none()


def version(conn: Conn, workspace_id: int, campaign_id: int, no: int) -> Row[Any] | None:
    """One version, with the kinds of the workspace's attributes."""
    statement = text("""
        SELECT v.*, (SELECT coalesce(jsonb_object_agg(a.name, a.kind), '{}') FROM attribute a
                     WHERE a.workspace_id = v.workspace_id) AS kinds
        FROM campaign_version v WHERE v.workspace_id = :w AND v.campaign_id = :c AND v.no = :no
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "no": no}).one_or_none()


def kinds(conn: Conn, workspace_id: int) -> dict[str, str]:
    """The kind of each attribute of a workspace."""
    rows = conn.execute(text("SELECT name, kind FROM attribute WHERE workspace_id = :w"), {"w": workspace_id})
    return {row.name: row.kind for row in rows}


def listed(conn: Conn, workspace_id: int, campaign_id: int, limit: int) -> Sequence[Row[Any]]:
    """The latest versions, newest first, with who made each."""
    statement = text("""
        SELECT v.no, v.subject, v.format, v.made_at, v.made_by, length(v.body) AS size,
               (SELECT count(*) FROM jsonb_object_keys(v.variants)) AS variants, coalesce(c.name, '') AS author
        FROM campaign_version v
        LEFT JOIN account a ON a.workspace_id = v.workspace_id AND v.made_by = 'account:' || a.id
        LEFT JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE v.workspace_id = :w AND v.campaign_id = :c ORDER BY v.no DESC LIMIT :limit
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "limit": limit}).all()


def insert_version(
    conn: Conn, workspace_id: int, campaign_id: int, values: Mapping[str, Any], made_by: str, now: datetime
) -> int:
    """Write the next version, make it the campaign's, and give back its number. The campaign's row is locked."""
    statement = text("""
        WITH written AS (
            INSERT INTO campaign_version
                (workspace_id, campaign_id, no, subject, preheader, format, body, variants, files, made_by, made_at)
            SELECT :w, :c, coalesce(max(no), 0) + 1, :subject, :preheader, :format, :body, :variants, :files, :by, :now
            FROM campaign_version WHERE workspace_id = :w AND campaign_id = :c
            RETURNING no
        )
        UPDATE campaign SET version_no = (SELECT no FROM written) WHERE workspace_id = :w AND id = :c
        RETURNING version_no
    """).bindparams(bindparam("variants", type_=JSONB), bindparam("files", type_=JSONB))
    given = {"w": workspace_id, "c": campaign_id, "by": made_by, "now": now, **values}
    return int(conn.execute(statement, given).scalar_one())


def files(conn: Conn, workspace_id: int, campaign_id: int, ids: Sequence[int] | None = None) -> Sequence[Row[Any]]:
    """The files of a campaign without their bytes; all of them, or these."""
    statement = text("""
        SELECT id, name, type, cid, length(data) AS size FROM campaign_file
        WHERE workspace_id = :w AND campaign_id = :c AND (cast(:ids AS bigint[]) IS NULL OR id = ANY(:ids)) ORDER BY id
    """)
    given = {"w": workspace_id, "c": campaign_id, "ids": None if ids is None else list(ids)}
    return conn.execute(statement, given).all()


def data(conn: Conn, workspace_id: int, campaign_id: int, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These files with their bytes."""
    statement = text("""
        SELECT id, name, type, cid, data FROM campaign_file
        WHERE workspace_id = :w AND campaign_id = :c AND id = ANY(cast(:ids AS bigint[])) ORDER BY id
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "ids": list(ids)}).all()


def insert_file(
    conn: Conn, workspace_id: int, campaign_id: int, name: str, kind: str, cid: str, content: bytes, now: datetime
) -> int:
    """Keep a file; its id."""
    statement = text("""
        INSERT INTO campaign_file (workspace_id, campaign_id, name, type, cid, data, made_at)
        VALUES (:w, :c, :name, :type, :cid, :data, :now) RETURNING id
    """)
    given = {"w": workspace_id, "c": campaign_id, "name": name, "type": kind, "cid": cid, "data": content, "now": now}
    return int(conn.execute(statement, given).scalar_one())
