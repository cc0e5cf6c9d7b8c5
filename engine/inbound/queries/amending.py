"""An entry that somebody changes: as it is, what it was, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, select, text

from engine import models as m
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


# ---- all of an answer at once ---------------------------------------------------------------------------------------


def lock_of_answer(conn: Conn, workspace_id: int, membership_id: int, answer_id: int) -> list[int]:
    """The entries of this member's answer that are not removed, held until the transaction ends."""
    e = m.Entry
    mine = and_(e.workspace_id == workspace_id, e.membership_id == membership_id, e.answer_id == answer_id)
    there = select(e.id).where(mine, e.removed_at.is_(None)).order_by(e.id).with_for_update()
    return list(conn.scalars(there))


_REMOVED_SINCE = text("""
    SELECT e.id FROM entry e
    WHERE e.workspace_id = :ws AND e.membership_id = :member AND e.id = ANY(cast(:ids AS bigint[]))
        AND e.removed_at IS NOT NULL AND :actor = (
            SELECT c.actor FROM entry_change c WHERE c.workspace_id = e.workspace_id AND c.entry_id = e.id
                AND c.what = 'removed' ORDER BY c.id DESC LIMIT 1)
    ORDER BY e.id FOR UPDATE OF e
""")


def lock_removed_by(conn: Conn, workspace_id: int, membership_id: int, ids: Sequence[int], actor: str) -> list[int]:
    """Those of a member's entries that are removed, the last time by `actor`; held until the transaction ends."""
    values = {"ws": workspace_id, "member": membership_id, "ids": list(ids), "actor": actor}
    return list(conn.scalars(_REMOVED_SINCE, values))


_SET = text("""
    WITH told AS (
        INSERT INTO entry_change (workspace_id, entry_id, at, actor, what, text, kind, tags)
        SELECT workspace_id, id, :now, :actor, :what, text, kind, tags FROM entry
        WHERE workspace_id = :ws AND id = ANY(cast(:ids AS bigint[]))
    )
    UPDATE entry SET removed_at = CASE WHEN :what = 'removed' THEN cast(:now AS timestamptz) END
    WHERE workspace_id = :ws AND id = ANY(cast(:ids AS bigint[]))
""")


def set_all(conn: Conn, workspace_id: int, ids: Sequence[int], what: str, actor: str, now: datetime) -> None:
    """Remove these entries, or restore them (`what`: removed, restored), and keep that it was done."""
    conn.execute(_SET, {"ws": workspace_id, "ids": list(ids), "what": what, "actor": actor, "now": now})
