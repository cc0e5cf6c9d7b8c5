"""Links by which people open their own conversation, and what they see there."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine.db import Conn

OUTSIDE = "('mail', 'sms', 'chat')"  # kinds of messages that both sides see


class Door(NamedTuple):
    """A link that is good, and the conversation and person it is of."""

    id: int
    workspace_id: int
    conversation_id: int
    contact_id: int
    team_id: int | None
    team: str | None
    workspace: str
    person: str
    until: datetime
    zone: str | None


class Heard(NamedTuple):
    """A message as the person sees it. `own`: they wrote it."""

    no: int
    at: datetime
    own: bool
    author: str
    subject: str
    body: str
    deleted: bool


_MAKE = text("""
    INSERT INTO conv_door (workspace_id, conversation_id, contact_id, until, made_at)
    SELECT :w, :conversation, :contact, :until, :now
    WHERE NOT EXISTS (SELECT FROM conv_door d WHERE d.conversation_id = :conversation AND d.contact_id = :contact
                      AND d.revoked_at IS NULL AND d.until >= :at_least)
""")


def make(
    conn: Conn, workspace_id: int, conversation_id: int, contact_id: int, now: datetime, until: datetime,
    at_least: datetime,
) -> None:  # fmt: skip
    """A new link, unless there is one that is good until `at_least`. The conversation is locked."""
    values = {"w": workspace_id, "conversation": conversation_id, "contact": contact_id}
    conn.execute(_MAKE, {**values, "now": now, "until": until, "at_least": at_least})


_DOOR = text("""
    SELECT d.id, d.workspace_id, d.conversation_id, d.contact_id, v.team_id, t.name, w.name,
           coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key), d.until, c.zone
    FROM conv_door d
    JOIN conversation v ON v.workspace_id = d.workspace_id AND v.id = d.conversation_id
    JOIN contact c ON c.workspace_id = d.workspace_id AND c.id = d.contact_id
    JOIN workspace w ON w.id = d.workspace_id
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
    WHERE d.workspace_id = :w AND d.id = :id AND d.revoked_at IS NULL AND d.until > :now
      AND c.standing = 'known' AND c.erased_at IS NULL
""")


def door(conn: Conn, workspace_id: int, door_id: int, now: datetime) -> Door | None:
    """The link, while it is good."""
    row = conn.execute(_DOOR, {"w": workspace_id, "id": door_id, "now": now}).one_or_none()
    return Door(*row) if row else None


_HEARD = text(f"""
    SELECT * FROM (
        SELECT g.no, g.at, g.author_kind = 'contact' AS own, coalesce(nullif(o.name, ''), ''), g.subject, g.body,
               g.deleted_at IS NOT NULL
        FROM message g
        LEFT JOIN account a ON g.author_kind = 'account' AND a.workspace_id = g.workspace_id AND a.id = g.author_id
        LEFT JOIN contact o ON o.workspace_id = g.workspace_id AND o.id = a.contact_id
        WHERE g.workspace_id = :w AND g.conversation_id = :id AND g.kind IN {OUTSIDE}
        ORDER BY g.no DESC LIMIT 100) latest
    ORDER BY no
""")  # noqa: S608  # fixed pieces only


def heard(conn: Conn, workspace_id: int, conversation_id: int) -> list[Heard]:
    """The latest messages that both sides see, oldest first."""
    return [Heard(*row) for row in conn.execute(_HEARD, {"w": workspace_id, "id": conversation_id})]


def revoke(conn: Conn, workspace_id: int, conversation_id: int, now: datetime) -> int:
    """Take all links of a conversation back; how many were good."""
    statement = text("""
        UPDATE conv_door SET revoked_at = :now
        WHERE workspace_id = :w AND conversation_id = :id AND revoked_at IS NULL AND until > :now
    """)
    return conn.execute(statement, {"w": workspace_id, "id": conversation_id, "now": now}).rowcount
