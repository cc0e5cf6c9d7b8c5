"""Who looks after a conversation, how they hear of it, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from engine.conversations.queries.looking_after import MANAGES, MAY
from engine.db import Conn


class Hearer(NamedTuple):
    """An account that is told."""

    workspace_id: int
    account_id: int
    contact_id: int
    email: str


# Whose conversation `v` is, as account `a`: its assignee, as long as they may answer; without one the team's managers;
# without an account of any of these the admins. Nobody is told of their own words.
HEARS = f"""
    a.ended_at IS NULL AND c.email <> '' AND a.contact_id IS DISTINCT FROM v.contact_id AND {MAY} AND (
        a.id = v.assignee_id OR (
            NOT EXISTS (SELECT FROM account a WHERE a.id = v.assignee_id AND a.workspace_id = v.workspace_id
                        AND a.ended_at IS NULL AND {MAY})
            AND ({MANAGES} OR NOT EXISTS (
                SELECT FROM account a WHERE a.workspace_id = v.workspace_id AND a.ended_at IS NULL AND {MANAGES}))))
"""  # noqa: S608  # fixed pieces only
_AT_ONCE = text(f"""
    SELECT a.workspace_id, a.id, c.id, c.email FROM conversation v
    JOIN account a ON a.workspace_id = v.workspace_id AND a.hears = 'at_once'
    JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
    WHERE v.workspace_id = :w AND v.id = :id AND {HEARS} ORDER BY a.id
""")  # noqa: S608  # fixed pieces only


def at_once(conn: Conn, workspace_id: int, conversation_id: int) -> list[Hearer]:
    """Those who are mailed about each message of a conversation."""
    return [Hearer(*row) for row in conn.execute(_AT_ONCE, {"w": workspace_id, "id": conversation_id})]


class Daily(NamedTuple):
    """An account that hears once a day, and the last day it did."""

    account_id: int
    zone: str | None
    heard_on: date | None


def daily(conn: Conn) -> list[Daily]:
    """All of them; few choose it, and the hour is each one's own."""
    statement = text("""
        SELECT a.id, c.zone, a.heard_on FROM account a
        JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        WHERE a.hears = 'digest' AND a.ended_at IS NULL ORDER BY a.id
    """)
    return [Daily(*row) for row in conn.execute(statement)]


def mark(conn: Conn, days: Mapping[int, date]) -> list[int]:
    """Note that these accounts are told on their day; those that were not yet."""
    statement = text("""
        WITH due AS (
            SELECT a.id, d.day FROM unnest(cast(:ids AS bigint[]), cast(:days AS date[])) AS d(id, day)
            JOIN account a ON a.id = d.id ORDER BY a.id FOR NO KEY UPDATE OF a
        )
        UPDATE account a SET heard_on = due.day FROM due
        WHERE a.id = due.id AND (a.heard_on IS NULL OR a.heard_on < due.day) RETURNING a.id
    """)
    return sorted(conn.scalars(statement, {"ids": list(days), "days": list(days.values())}))


# An answer is owed where the last words, notes aside, are the person's.
OWED = """v.status = 'open' AND 'contact' = (SELECT g.author_kind FROM message g WHERE g.conversation_id = v.id
    AND g.kind IN ('mail', 'sms', 'chat') ORDER BY g.no DESC LIMIT 1)"""
_WITH_WORK = text(f"""
    SELECT a.workspace_id, a.id, c.id, c.email FROM account a
    JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
    WHERE a.id = ANY(cast(:ids AS bigint[]))
      AND EXISTS (SELECT FROM conversation v WHERE v.workspace_id = a.workspace_id AND {HEARS} AND {OWED})
    ORDER BY a.workspace_id, a.id
""")  # noqa: S608  # fixed pieces only


def with_work(conn: Conn, account_ids: Sequence[int]) -> list[Hearer]:
    """Those of these accounts to whom something waits."""
    if not account_ids:
        return []
    return [Hearer(*row) for row in conn.execute(_WITH_WORK, {"ids": list(account_ids)})]


def choose(conn: Conn, workspace_id: int, account_id: int, way: str, today: date) -> str:
    """Set how an account hears; how it did."""
    statement = text("""
        UPDATE account a SET hears = :way, heard_on = CASE WHEN before.hears = :way THEN a.heard_on ELSE :today END
        FROM (SELECT id, hears FROM account WHERE workspace_id = :w AND id = :id FOR NO KEY UPDATE) before
        WHERE a.id = before.id RETURNING before.hears
    """)
    values = {"w": workspace_id, "id": account_id, "way": way, "today": today}
    return str(conn.execute(statement, values).scalar_one())


def chosen(conn: Conn, workspace_id: int, account_id: int) -> str:
    """How an account hears."""
    statement = text("SELECT hears FROM account WHERE workspace_id = :w AND id = :id")
    return str(conn.execute(statement, {"w": workspace_id, "id": account_id}).scalar_one())
