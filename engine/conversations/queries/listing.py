"""What pages show of conversations. Each list is one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

_OF = """
    FROM conversation v
    JOIN LATERAL (SELECT * FROM member p WHERE p.conversation_id = v.id AND p.account_or_contact LIKE 'contact:%'
                  ORDER BY p.account_or_contact LIMIT 1) p ON true
    JOIN contact c ON c.workspace_id = v.workspace_id AND c.id = cast(substring(p.account_or_contact FROM 9) AS bigint)
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
"""
_PERSON = "coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key)"
_LISTED = text(f"""
    SELECT v.id, v.team_id, t.name, {_PERSON}, coalesce(nullif(c.email, ''), c.email_key), c.standing, v.status,
           v.last_no, v.mod_seq, g.subject, left(g.body, 200), g.at, g.proof, g.deleted_at IS NOT NULL
    {_OF}
    JOIN message g ON g.conversation_id = v.id AND g.no = v.last_no
    WHERE v.workspace_id = :w AND (cast(:team AS bigint) IS NULL OR v.team_id = :team)
      AND (:like = '' OR c.name ILIKE :like OR c.email ILIKE :like OR c.email_key ILIKE :like)
      AND (cast(:before AS bigint) IS NULL OR v.mod_seq < :before)
    ORDER BY v.mod_seq DESC, v.id DESC LIMIT :limit
""")  # constants of this module


def listed(
    conn: Conn, workspace_id: int, team_id: int | None, like: str, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """The columns of Line, of the workspace or (team) of one team; what changed last first."""
    values = {"w": workspace_id, "team": team_id, "like": like, "before": before, "limit": limit}
    return conn.execute(_LISTED, values).all()


_ONE = text(f"""
    SELECT v.id, v.team_id, t.name AS team, c.id AS contact_id, {_PERSON} AS person,
           coalesce(nullif(c.email, ''), c.email_key) AS address, c.standing, v.status, v.last_no AS count, v.platform
    {_OF}
    WHERE v.workspace_id = :w AND v.id = :id AND (cast(:team AS bigint) IS NULL OR v.team_id = :team)
""")


def one(conn: Conn, workspace_id: int, team_id: int | None, conversation_id: int) -> Row[Any] | None:
    """The columns of Opened without its messages."""
    return conn.execute(_ONE, {"w": workspace_id, "team": team_id, "id": conversation_id}).one_or_none()


_MESSAGES = text("""
    SELECT * FROM (
        SELECT g.no, g.at, g.kind, g.author_kind,
               coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key, nullif(o.name, ''), o.email, ''),
               g.subject, g.body, g.proof, g.inbound_id, g.deleted_at
        FROM message g
        LEFT JOIN contact c ON g.author_kind = 'contact' AND c.workspace_id = g.workspace_id AND c.id = g.author_id
        LEFT JOIN account a ON g.author_kind = 'account' AND a.workspace_id = g.workspace_id AND a.id = g.author_id
        LEFT JOIN contact o ON o.workspace_id = g.workspace_id AND o.id = a.contact_id
        WHERE g.workspace_id = :w AND g.conversation_id = :id AND (cast(:before AS bigint) IS NULL OR g.no < :before)
        ORDER BY g.no DESC LIMIT :limit) latest
    ORDER BY no
""")


def messages(conn: Conn, workspace_id: int, conversation_id: int, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """The columns of Message: the latest ones before a number, in order."""
    values = {"w": workspace_id, "id": conversation_id, "before": before, "limit": limit}
    return conn.execute(_MESSAGES, values).all()


def of_mail(conn: Conn, workspace_id: int, inbound_id: int) -> tuple[int, int] | None:
    """(conversation, number) of the first message that a mail became."""
    statement = text("""
        SELECT conversation_id, no FROM message WHERE workspace_id = :w AND inbound_id = :id
        ORDER BY conversation_id LIMIT 1
    """)
    row = conn.execute(statement, {"w": workspace_id, "id": inbound_id}).one_or_none()
    return (int(row[0]), int(row[1])) if row else None
