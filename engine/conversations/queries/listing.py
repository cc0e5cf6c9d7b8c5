"""What pages show of conversations. Each list is one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

# A conversation of a release before has its person among its members alone.
_OF = """
    FROM conversation v
    JOIN contact c ON c.workspace_id = v.workspace_id AND c.id = coalesce(v.contact_id, (
        SELECT min(cast(substring(p.account_or_contact FROM 9) AS bigint)) FROM member p
        WHERE p.conversation_id = v.id AND p.account_or_contact LIKE 'contact:%'))
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
    LEFT JOIN account s ON s.workspace_id = v.workspace_id AND s.id = v.assignee_id
    LEFT JOIN contact sc ON sc.workspace_id = s.workspace_id AND sc.id = s.contact_id
    LEFT JOIN member p ON p.conversation_id = v.id AND p.account_or_contact = :me
"""
_PERSON = "coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key)"
_ASSIGNEE = "coalesce(nullif(sc.name, ''), sc.email)"
# What the reader has not read: computed, never counted up. What the engine wrote, and one's own, is never unread.
_UNREAD = """
    FROM message u WHERE u.conversation_id = v.id AND u.no > coalesce(p.read_no, 0) AND u.deleted_at IS NULL
    AND u.author_kind <> 'engine' AND NOT (u.author_kind = 'account' AND u.author_id = :account)
"""
_LISTED = text(f"""
    SELECT v.id, v.team_id, t.name, {_PERSON}, coalesce(nullif(c.email, ''), c.email_key), c.standing, v.status,
           v.last_no, g.subject, left(g.body, 200), g.at, g.proof, g.deleted_at IS NOT NULL, g.kind, g.author_kind,
           {_ASSIGNEE}, (SELECT count(*) {_UNREAD})
    {_OF}
    JOIN message g ON g.conversation_id = v.id AND g.no = v.last_no
    WHERE v.workspace_id = :w AND (cast(:team AS bigint) IS NULL OR v.team_id = :team)
      AND (:with = '' OR v.team_id IS NOT DISTINCT FROM cast(nullif(:with, '0') AS bigint))
      AND (:status = '' OR v.status = :status)
      AND (:assignee = '' OR v.assignee_id IS NOT DISTINCT FROM cast(nullif(:assignee, '0') AS bigint))
      AND (cast(:campaign AS bigint) IS NULL
           OR v.id IN (SELECT conversation_id FROM message WHERE workspace_id = :w AND campaign_id = :campaign))
      AND (:like = '' OR c.name ILIKE :like OR c.email ILIKE :like OR c.email_key ILIKE :like)
      AND (NOT :unread OR EXISTS (SELECT {_UNREAD}))
      AND (cast(:before AS bigint) IS NULL OR (coalesce(v.moved_at, '-infinity'), v.id) < (
           SELECT coalesce(b.moved_at, '-infinity'), b.id FROM conversation b
           WHERE b.workspace_id = :w AND b.id = :before))
    ORDER BY coalesce(v.moved_at, '-infinity') DESC, v.id DESC LIMIT :limit
""")  # noqa: S608  # fixed pieces only


def listed(conn: Conn, workspace_id: int, team_id: int | None, words: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """The columns of Line, of the workspace or (team) of one team; what was written last first.

    `words`: like, with, status, assignee ("0" for nobody), campaign, unread, before, limit, me, account.
    """
    return conn.execute(_LISTED, {"w": workspace_id, "team": team_id, **words}).all()


_ONE = text(f"""
    SELECT v.id, v.team_id, t.name AS team, c.id AS contact_id, {_PERSON} AS person,
           coalesce(nullif(c.email, ''), c.email_key) AS address, c.standing, v.status, v.last_no AS count, v.platform,
           v.assignee_id, {_ASSIGNEE} AS assignee, v.closed_at, v.closed_by, coalesce(p.read_no, 0) AS read_no,
           (SELECT count(*) {_UNREAD}) AS unread,
           (SELECT max(d.until) FROM conv_door d WHERE d.conversation_id = v.id AND d.revoked_at IS NULL
            AND d.until > :now) AS door_until, c.email AS email
    {_OF}
    WHERE v.workspace_id = :w AND v.id = :id AND (cast(:team AS bigint) IS NULL OR v.team_id = :team)
""")  # noqa: S608  # fixed pieces only


def one(
    conn: Conn, workspace_id: int, team_id: int | None, conversation_id: int, words: Mapping[str, Any]
) -> Row[Any] | None:
    """The columns of Opened without its messages. `words`: me, account, now."""
    return conn.execute(_ONE, {"w": workspace_id, "team": team_id, "id": conversation_id, **words}).one_or_none()


_MESSAGES = text("""
    SELECT * FROM (
        SELECT g.no, g.at, g.kind, g.author_kind,
               coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key, nullif(o.name, ''), o.email, k.name, ''),
               g.subject, g.body, g.proof, g.inbound_id, g.deleted_at, k.name, g.campaign_id,
               CASE WHEN g.author_kind <> 'contact' THEN d.state END,
               CASE WHEN g.author_kind <> 'contact' THEN d.reason END, g.run_id, g.author_id
        FROM message g
        LEFT JOIN contact c ON g.author_kind = 'contact' AND c.workspace_id = g.workspace_id AND c.id = g.author_id
        LEFT JOIN account a ON g.author_kind = 'account' AND a.workspace_id = g.workspace_id AND a.id = g.author_id
        LEFT JOIN contact o ON o.workspace_id = g.workspace_id AND o.id = a.contact_id
        LEFT JOIN campaign k ON k.workspace_id = g.workspace_id AND k.id = g.campaign_id
        LEFT JOIN delivery d ON d.run_id = g.run_id AND d.seq = g.seq
        WHERE g.workspace_id = :w AND g.conversation_id = :id AND (cast(:before AS bigint) IS NULL OR g.no < :before)
        ORDER BY g.no DESC LIMIT :limit) latest
    ORDER BY no
""")


def messages(conn: Conn, workspace_id: int, conversation_id: int, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """The columns of Message: the latest ones before a number, in order."""
    values = {"w": workspace_id, "id": conversation_id, "before": before, "limit": limit}
    return conn.execute(_MESSAGES, values).all()


def with_teams(conn: Conn, workspace_id: int) -> Sequence[Row[Any]]:
    """(id, name) of the teams that have conversations, by name."""
    statement = text("""
        SELECT t.id, t.name FROM team t WHERE t.workspace_id = :w
        AND EXISTS (SELECT FROM conversation v WHERE v.workspace_id = :w AND v.team_id = t.id)
        ORDER BY lower(t.name), t.id LIMIT 300
    """)
    return conn.execute(statement, {"w": workspace_id}).all()


def campaign_name(conn: Conn, workspace_id: int, campaign_id: int) -> str | None:
    """What a campaign is called."""
    statement = text("SELECT name FROM campaign WHERE workspace_id = :w AND id = :id")
    found: str | None = conn.execute(statement, {"w": workspace_id, "id": campaign_id}).scalar()
    return found


def of_mail(conn: Conn, workspace_id: int, inbound_id: int) -> tuple[int, int] | None:
    """(conversation, number) of the first message that a mail became."""
    statement = text("""
        SELECT conversation_id, no FROM message WHERE workspace_id = :w AND inbound_id = :id
        ORDER BY conversation_id LIMIT 1
    """)
    row = conn.execute(statement, {"w": workspace_id, "id": inbound_id}).one_or_none()
    return (int(row[0]), int(row[1])) if row else None
