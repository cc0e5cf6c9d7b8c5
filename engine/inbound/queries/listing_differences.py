"""Rereadings and their differences as a page shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from engine.db import Conn
from engine.inbound.queries.rereading import OLD


class Shown(NamedTuple):
    """A rereading as a page shows it. `different`: all that differ, `kept` of them are left alone."""

    id: int
    version: int
    made_by: str
    made_at: datetime
    read_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    ended_at: datetime | None
    mails: int
    failed: int
    different: int
    chosen: int
    kept: int
    applied: int


def shown(conn: Conn, workspace_id: int, most: int = 10) -> list[Shown]:
    """The workspace's rereadings, newest first."""
    query = text("""
        SELECT r.id, r.version, r.made_by, r.made_at, r.read_at, r.approved_at, r.approved_by, r.ended_at, r.mails,
               r.failed, count(d.id), count(d.id) FILTER (WHERE d.chosen AND d.kept = ''),
               count(d.id) FILTER (WHERE d.kept <> ''), count(d.applied_at)
        FROM rereading r
        LEFT JOIN rereading_difference d ON d.workspace_id = r.workspace_id AND d.rereading_id = r.id
        WHERE r.workspace_id = :ws GROUP BY r.id ORDER BY r.id DESC LIMIT :most
    """)
    return [Shown(*row) for row in conn.execute(query, {"ws": workspace_id, "most": most})]


def older(conn: Conn, workspace_id: int, version: int) -> int:
    """How many mails whose source is kept an older parser read."""
    query = text(f"SELECT count(*) FROM inbound i WHERE {OLD}")  # noqa: S608
    return int(conn.execute(query, {"ws": workspace_id, "version": version}).scalar_one())


class Listed(NamedTuple):
    """A difference as a page shows it. `name` and `day`: whose answer for which round; empty for other mails."""

    id: int
    inbound_id: int
    subject: str
    from_address: str
    name: str
    team: str
    day: date | None
    part_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    kept: str
    chosen: bool
    applied_at: datetime | None


def listed(conn: Conn, workspace_id: int, rereading_id: int, after: int, most: int) -> list[Listed]:
    """The differences of a rereading after the id `after`, in the order in which the mails came."""
    query = text("""
        SELECT d.id, d.inbound_id, i.subject, i.from_address,
               coalesce(nullif(c.name, ''), split_part(c.email, '@', 1), ''), coalesce(t.name, ''), p.local_date, p.id,
               d.before, d.after, d.kept, d.chosen, d.applied_at
        FROM rereading_difference d
        JOIN inbound i ON i.id = d.inbound_id
        LEFT JOIN answer a ON a.workspace_id = d.workspace_id AND a.id = d.answer_id
        LEFT JOIN participation p ON p.id = a.participation_id
        LEFT JOIN membership m ON m.id = a.membership_id
        LEFT JOIN contact c ON c.id = m.contact_id
        LEFT JOIN team t ON t.id = m.team_id
        WHERE d.workspace_id = :ws AND d.rereading_id = :id AND d.id > :after ORDER BY d.id LIMIT :most
    """)
    values = {"ws": workspace_id, "id": rereading_id, "after": after, "most": most}
    return [Listed(*row) for row in conn.execute(query, values)]
