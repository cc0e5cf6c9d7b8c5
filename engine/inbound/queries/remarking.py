"""Comments as pages and files show them, and one that is taken away or put back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

_COLUMNS = """
    c.id, c.no, c.entry_id, c.local_date, c.text, c.at, c.membership_id, m.contact_id,
    coalesce(nullif(p.name, ''), p.email) AS name
"""
_WHO = "JOIN membership m ON m.id = c.membership_id JOIN contact p ON p.id = m.contact_id"
_SHOWN = text(f"""
    SELECT {_COLUMNS} FROM (
        SELECT * FROM comment WHERE workspace_id = :ws AND entry_id = ANY(cast(:entries AS bigint[]))
        UNION ALL
        SELECT * FROM comment WHERE workspace_id = :ws AND team_id = :team AND entry_id IS NULL
            AND local_date = ANY(cast(:days AS date[]))
    ) c {_WHO}
    WHERE c.removed_at IS NULL ORDER BY c.id
""")  # noqa: S608  # fixed pieces only


class Shown(NamedTuple):
    """Comments in the order they came, by entry and by day."""

    on_entries: dict[int, list[Row[Any]]]
    on_days: dict[date, list[Row[Any]]]


NO_COMMENTS = Shown({}, {})


def about(conn: Conn, workspace_id: int, team_id: int, rows: Sequence[Any], *, days: bool = True) -> Shown:
    """The comments on these rows of `finding` and, with `days`, on their days."""
    on = list(dict.fromkeys(row.local_date for row in rows)) if days else []
    return shown(conn, workspace_id, team_id, [row.id for row in rows], on) if rows else NO_COMMENTS


def shown(conn: Conn, workspace_id: int, team_id: int, entries: Sequence[int], days: Sequence[date] = ()) -> Shown:
    """The comments on these entries, and on these days of the team."""
    found = Shown({}, {})
    values = {"ws": workspace_id, "team": team_id, "entries": db.numbers(entries), "days": list(days)}
    for row in conn.execute(_SHOWN, values):
        if row.entry_id is not None:
            found.on_entries.setdefault(row.entry_id, []).append(row)
        else:
            found.on_days.setdefault(row.local_date, []).append(row)
    return found


_LOCK = text(f"""
    SELECT {_COLUMNS}, c.team_id, t.name AS team, c.removed_at, c.removed_by,
        c.removed_by = 'membership:' || m.id OR c.removed_by IN (SELECT 'account:' || a.id FROM account a
            WHERE a.workspace_id = m.workspace_id AND a.contact_id = m.contact_id) AS removed_by_writer
    FROM comment c {_WHO} JOIN team t ON t.id = c.team_id
    WHERE c.workspace_id = :ws AND c.id = :id FOR UPDATE OF c
""")  # noqa: S608  # fixed pieces only


def lock(conn: Conn, workspace_id: int, comment_id: int) -> Row[Any] | None:
    """The comment with its writer, held until the transaction ends."""
    return conn.execute(_LOCK, {"ws": workspace_id, "id": comment_id}).one_or_none()


def set_removed(conn: Conn, comment_id: int, at: datetime | None, by: str | None) -> None:
    """Take the comment away, or put it back (None)."""
    statement = text("UPDATE comment SET removed_at = :at, removed_by = :by WHERE id = :id")
    conn.execute(statement, {"at": at, "by": by, "id": comment_id})
