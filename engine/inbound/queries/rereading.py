"""Rereadings: begun, read, approved or dropped, over; and how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine.db import Conn

# Answers, comments, messages, and mails of which nothing was recorded though a newer parser might. What came by other
# services was never parsed.
OLD = """
    i.workspace_id = :ws AND i.platform = 'mail' AND i.state IN ('routed', 'noted', 'parked')
    AND coalesce(i.version, 1) < :version AND octet_length(i.raw) > 0
"""


class Progress(NamedTuple):
    """A rereading that is not over, its row locked."""

    id: int
    workspace_id: int
    version: int
    until_id: int
    done_id: int
    read_at: datetime | None
    approved_at: datetime | None
    approved_by: str


def lock_workspace(conn: Conn, workspace_id: int) -> None:
    """Let nobody else begin a rereading of this workspace until the transaction ends."""
    conn.execute(text("SELECT 1 FROM workspace WHERE id = :ws FOR NO KEY UPDATE"), {"ws": workspace_id})


def open_one(conn: Conn, workspace_id: int) -> int | None:
    """The workspace's rereading that is not over."""
    query = text("SELECT id FROM rereading WHERE workspace_id = :ws AND ended_at IS NULL ORDER BY id DESC LIMIT 1")
    return conn.execute(query, {"ws": workspace_id}).scalar_one_or_none()


def bounds(conn: Conn, workspace_id: int, version: int) -> tuple[int, int] | None:
    """First and last id of the mails an older parser than `version` read; None where there are none."""
    query = text(f"SELECT min(i.id), max(i.id) FROM inbound i WHERE {OLD}")  # noqa: S608
    first, last = conn.execute(query, {"ws": workspace_id, "version": version}).one()
    return None if first is None else (first, last)


def insert(conn: Conn, workspace_id: int, version: int, span: tuple[int, int], by: str, now: datetime) -> int:
    """The id of a new rereading."""
    query = text(
        "INSERT INTO rereading (workspace_id, version, from_id, until_id, done_id, made_by, made_at)"
        " VALUES (:ws, :version, :first, :last, :first - 1, :by, :now) RETURNING id"
    )
    values = {"ws": workspace_id, "version": version, "first": span[0], "last": span[1], "by": by, "now": now}
    return int(conn.execute(query, values).scalar_one())


def take(conn: Conn, rereading_id: int) -> Progress | None:
    """The rereading, locked to the end of the transaction; None where another has it, or it is over."""
    query = text(
        "SELECT id, workspace_id, version, until_id, done_id, read_at, approved_at, approved_by FROM rereading"
        " WHERE id = :id AND ended_at IS NULL FOR UPDATE SKIP LOCKED"
    )
    found = conn.execute(query, {"id": rereading_id}).one_or_none()
    return Progress(*found) if found else None


def unfinished(conn: Conn) -> list[int]:
    """Rereadings that a task has something to do for: the sweep's work."""
    query = text(
        "SELECT id FROM rereading WHERE ended_at IS NULL AND (read_at IS NULL OR approved_at IS NOT NULL) ORDER BY id"
    )
    return list(conn.scalars(query))


def advance(conn: Conn, rereading_id: int, done_id: int, mails: int, failed: int) -> None:
    """So far it is."""
    query = text(
        "UPDATE rereading SET done_id = :done, mails = mails + :mails, failed = failed + :failed WHERE id = :id"
    )
    conn.execute(query, {"id": rereading_id, "done": done_id, "mails": mails, "failed": failed})


def set_read(conn: Conn, rereading_id: int, now: datetime) -> None:
    """All is read; where nothing differs, that is all there is to do."""
    query = text("""
        UPDATE rereading r SET read_at = :now,
            ended_at = CASE WHEN EXISTS (SELECT FROM rereading_difference d
                                         WHERE d.workspace_id = r.workspace_id AND d.rereading_id = r.id)
                       THEN NULL ELSE :now END
        WHERE r.id = :id
    """)
    conn.execute(query, {"id": rereading_id, "now": now})


class Ready(NamedTuple):
    """`open`: read, and neither approved nor over. `chosen`: how many differences would be applied."""

    open: bool
    chosen: int


def ready(conn: Conn, workspace_id: int, rereading_id: int) -> Ready | None:
    """The workspace's rereading, locked to the end of the transaction."""
    query = text("""
        SELECT r.read_at IS NOT NULL AND r.approved_at IS NULL AND r.ended_at IS NULL,
               (SELECT count(*) FROM rereading_difference d
                WHERE d.workspace_id = r.workspace_id AND d.rereading_id = r.id AND d.chosen AND d.kept = '')
        FROM rereading r WHERE r.workspace_id = :ws AND r.id = :id FOR UPDATE OF r
    """)
    found = conn.execute(query, {"ws": workspace_id, "id": rereading_id}).one_or_none()
    return Ready(*found) if found else None


def set_chosen(conn: Conn, workspace_id: int, rereading_id: int, ids: Sequence[int], chosen: bool) -> int:
    """Tick or untick; how many. What is kept cannot be ticked."""
    query = text("""
        UPDATE rereading_difference SET chosen = :chosen
        WHERE workspace_id = :ws AND rereading_id = :id AND id = ANY(cast(:ids AS bigint[])) AND kept = ''
          AND chosen <> :chosen
    """)
    values = {"ws": workspace_id, "id": rereading_id, "ids": list(ids), "chosen": chosen}
    return int(conn.execute(query, values).rowcount)


def set_approved(conn: Conn, rereading_id: int, by: str, now: datetime) -> None:
    """A person said yes."""
    query = text("UPDATE rereading SET approved_at = :now, approved_by = :by WHERE id = :id")
    conn.execute(query, {"id": rereading_id, "by": by, "now": now})


def set_dropped(conn: Conn, workspace_id: int, rereading_id: int, now: datetime) -> bool:
    """Whether it was still there to be dropped. Its mails keep their older version: they can be read anew later."""
    query = text(
        "UPDATE rereading SET ended_at = :now"
        " WHERE workspace_id = :ws AND id = :id AND ended_at IS NULL AND approved_at IS NULL"
    )
    return bool(conn.execute(query, {"ws": workspace_id, "id": rereading_id, "now": now}).rowcount)


def set_ended(conn: Conn, at: Progress, now: datetime) -> None:
    """All that was chosen is applied; what was not is settled by that, and not shown again by this version."""
    conn.execute(text("UPDATE rereading SET ended_at = :now WHERE id = :id"), {"id": at.id, "now": now})
    query = text("""
        UPDATE inbound i SET version = :version FROM rereading_difference d
        WHERE d.workspace_id = :ws AND d.rereading_id = :id AND i.id = d.inbound_id
          AND coalesce(i.version, 1) < :version
    """)
    conn.execute(query, {"ws": at.workspace_id, "id": at.id, "version": at.version})
