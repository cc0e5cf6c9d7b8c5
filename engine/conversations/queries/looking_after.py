"""A conversation as those see it who look after it, who they are, and what they change: assignee and status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine.db import Conn


class Cared(NamedTuple):
    """A conversation, the person it is with, and how it stands."""

    id: int
    workspace_id: int
    team_id: int | None
    contact_id: int
    email: str
    person: str
    standing: str
    status: str
    assignee_id: int | None
    last_no: int
    subject: str
    platform: str


_ONE = text("""
    SELECT v.id, v.workspace_id, v.team_id, c.id, c.email,
           coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key), c.standing, v.status,
           v.assignee_id, v.last_no,
           coalesce((SELECT g.subject FROM message g WHERE g.conversation_id = v.id AND g.subject <> ''
                     ORDER BY g.no DESC LIMIT 1), ''), v.platform
    FROM conversation v
    JOIN contact c ON c.workspace_id = v.workspace_id AND c.id = coalesce(v.contact_id, (
        SELECT min(cast(substring(p.account_or_contact FROM 9) AS bigint)) FROM member p
        WHERE p.conversation_id = v.id AND p.account_or_contact LIKE 'contact:%'))
    WHERE v.workspace_id = :w AND v.id = :id
    FOR NO KEY UPDATE OF v
""")


def one(conn: Conn, workspace_id: int, conversation_id: int) -> Cared | None:
    """The conversation, locked until the transaction ends."""
    row = conn.execute(_ONE, {"w": workspace_id, "id": conversation_id}).one_or_none()
    return Cared(*row) if row else None


# Who may look after a conversation `v`, as account `a`: the team's managers, and admins.
MANAGES = """EXISTS (SELECT FROM membership w WHERE w.workspace_id = v.workspace_id AND w.team_id = v.team_id
    AND w.contact_id = a.contact_id AND w.role = 'manager' AND w.left_at IS NULL)"""
MAY = f"(a.role IN ('owner', 'admin') OR {MANAGES})"


def carers(conn: Conn, workspace_id: int, conversation_id: int) -> Sequence[Row[Any]]:
    """(account id, name) of those to whom it can be assigned, by name."""
    statement = text(f"""
        SELECT a.id, coalesce(nullif(c.name, ''), c.email) AS name FROM conversation v
        JOIN account a ON a.workspace_id = v.workspace_id AND a.ended_at IS NULL AND {MAY}
        JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE v.workspace_id = :w AND v.id = :id ORDER BY lower(coalesce(nullif(c.name, ''), c.email)), a.id
    """)  # noqa: S608  # fixed pieces only
    return conn.execute(statement, {"w": workspace_id, "id": conversation_id}).all()


def assignees(conn: Conn, workspace_id: int, team_id: int | None) -> Sequence[Row[Any]]:
    """(account id, name) of those who have conversations, of the workspace or of one team: what a list offers."""
    statement = text("""
        SELECT a.id, coalesce(nullif(c.name, ''), c.email) AS name FROM account a
        JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE a.workspace_id = :w AND EXISTS (
            SELECT FROM conversation v WHERE v.workspace_id = :w AND v.assignee_id = a.id
            AND (cast(:team AS bigint) IS NULL OR v.team_id = :team))
        ORDER BY 2, 1 LIMIT 200
    """)
    return conn.execute(statement, {"w": workspace_id, "team": team_id}).all()


def assign(conn: Conn, workspace_id: int, conversation_id: int, account_id: int | None) -> None:
    """Let it be somebody's, or (None) nobody's."""
    statement = text("UPDATE conversation SET assignee_id = :a, rev = rev + 1 WHERE workspace_id = :w AND id = :id")
    conn.execute(statement, {"w": workspace_id, "id": conversation_id, "a": account_id})


def set_status(conn: Conn, workspace_id: int, conversation_id: int, status: str, by: str, now: datetime) -> bool:
    """Let it stand so; False where it does. Who closed it, and when, is kept until it is opened again."""
    statement = text("""
        UPDATE conversation SET status = :status, rev = rev + 1,
            closed_at = CASE WHEN :status = 'closed' THEN cast(:now AS timestamptz) END,
            closed_by = CASE WHEN :status = 'closed' THEN :by ELSE '' END
        WHERE workspace_id = :w AND id = :id AND status <> :status
    """)
    values = {"w": workspace_id, "id": conversation_id, "status": status, "by": by, "now": now}
    return conn.execute(statement, values).rowcount == 1
