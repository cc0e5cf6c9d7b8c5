"""An entry that somebody changes: as it is, what it was, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine.db import Conn
from engine.inbound.parse.entries import EntryKind


class Written(NamedTuple):
    """An entry as it is, with its author."""

    id: int
    workspace_id: int
    team_id: int
    membership_id: int
    contact_id: int
    text: str
    kind: EntryKind
    tags: Sequence[str]
    removed_at: datetime | None


_LOCK = text("""
    SELECT e.id, e.workspace_id, e.team_id, e.membership_id, m.contact_id, e.text, e.kind, e.tags, e.removed_at
    FROM entry e JOIN membership m ON m.workspace_id = e.workspace_id AND m.id = e.membership_id
    WHERE e.workspace_id = :ws AND e.id = :id
    FOR UPDATE OF e
""")
# Of its own, behind the lock: what a statement reads beside the row it waited for is as old as the statement.
_REMOVER = text("""
    SELECT c.actor = 'membership:' || m.id OR c.actor IN (
        SELECT 'account:' || a.id FROM account a WHERE a.workspace_id = m.workspace_id AND a.contact_id = m.contact_id)
    FROM entry_change c
    JOIN entry e ON e.workspace_id = c.workspace_id AND e.id = c.entry_id
    JOIN membership m ON m.workspace_id = e.workspace_id AND m.id = e.membership_id
    WHERE c.workspace_id = :ws AND c.entry_id = :id AND c.what = 'removed'
    ORDER BY c.id DESC LIMIT 1
""")


def lock(conn: Conn, workspace_id: int, entry_id: int) -> Written | None:
    """The entry, held until the transaction ends; None when the workspace has none such."""
    found = conn.execute(_LOCK, {"ws": workspace_id, "id": entry_id}).one_or_none()
    return Written(*found) if found else None


def removed_by_author(conn: Conn, entry: Written) -> bool:
    """Whether the last removal of the entry was its author's own, by a link or signed in."""
    return bool(conn.execute(_REMOVER, {"ws": entry.workspace_id, "id": entry.id}).scalar_one_or_none())


def note_change(conn: Conn, entry: Written, what: str, actor: str, now: datetime) -> None:
    """Keep the entry as it was, and what (edited, removed, restored) was done to it."""
    conn.execute(
        text(
            "INSERT INTO entry_change (workspace_id, entry_id, at, actor, what, text, kind, tags)"
            " VALUES (:ws, :id, :now, :actor, :what, :text, :kind, :tags)"
        ),
        {
            "ws": entry.workspace_id, "id": entry.id, "now": now, "actor": actor, "what": what, "text": entry.text,
            "kind": entry.kind, "tags": list(entry.tags),
        },
    )  # fmt: skip


def rewrite(conn: Conn, entry: Written, words: str, kind: str, tags: Sequence[str], now: datetime) -> None:
    """Give the entry its new text."""
    conn.execute(
        text(
            "UPDATE entry SET text = :text, kind = :kind, tags = :tags, edited_at = :now"
            " WHERE workspace_id = :ws AND id = :id"
        ),
        {"ws": entry.workspace_id, "id": entry.id, "text": words, "kind": kind, "tags": list(tags), "now": now},
    )


def set_removed(conn: Conn, entry: Written, at: datetime | None) -> None:
    """Remove the entry, or put it back (None)."""
    conn.execute(
        text("UPDATE entry SET removed_at = :at WHERE workspace_id = :ws AND id = :id"),
        {"ws": entry.workspace_id, "id": entry.id, "at": at},
    )
