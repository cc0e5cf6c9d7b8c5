"""Senders of whom a person said that they are robots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine.db import Conn

# A mail of nobody's belongs to the only workspace, as on the pages (queries.waiting).
_SEEN = """
    (i.workspace_id = :ws OR (i.workspace_id IS NULL AND (SELECT count(*) FROM workspace) = 1))
"""
_SENDER = "lower(i.from_address)"


def senders(conn: Conn, workspace_id: int, ids: Sequence[int]) -> list[str]:
    """The senders of these mails that may be marked: held or parked, an address, and nobody in a team."""
    query = text(f"""
        SELECT DISTINCT {_SENDER} FROM inbound i
        WHERE i.id = ANY(cast(:ids AS bigint[])) AND {_SEEN} AND i.state IN ('held', 'parked') AND i.from_address <> ''
          AND NOT EXISTS (SELECT FROM contact c JOIN membership w ON w.contact_id = c.id AND w.left_at IS NULL
                          WHERE c.workspace_id = :ws AND c.email_key = {_SENDER})
        ORDER BY 1
    """)  # noqa: S608
    return list(conn.scalars(query, {"ws": workspace_id, "ids": list(ids)}))


def insert(conn: Conn, workspace_id: int, email_keys: Sequence[str], by: str, now: datetime) -> None:
    """Mark these; who is marked stays so."""
    query = text("""
        INSERT INTO robot (workspace_id, email_key, made_by, made_at)
        SELECT :ws, k, :by, :now FROM unnest(cast(:keys AS text[])) k ON CONFLICT DO NOTHING
    """)
    conn.execute(query, {"ws": workspace_id, "keys": list(email_keys), "by": by, "now": now})


def delete(conn: Conn, workspace_id: int, email_keys: Sequence[str]) -> list[str]:
    """Take marks back; which there were."""
    query = text(
        "DELETE FROM robot WHERE workspace_id = :ws AND email_key = ANY(cast(:keys AS text[])) RETURNING email_key"
    )
    return sorted(conn.scalars(query, {"ws": workspace_id, "keys": list(email_keys)}))


def marked(conn: Conn, workspace_id: int | None, email_key: str) -> bool:
    """Whether a sender is marked in a workspace; of a mail of nobody's, in the only one.

    The mark of somebody who has joined a team since counts no more.
    """
    query = text("""
        SELECT EXISTS (SELECT FROM robot r WHERE r.email_key = :key AND (r.workspace_id = :ws
            OR (cast(:ws AS bigint) IS NULL AND (SELECT count(*) FROM workspace) = 1))
          AND NOT EXISTS (SELECT FROM contact c JOIN membership w ON w.contact_id = c.id AND w.left_at IS NULL
                          WHERE c.workspace_id = r.workspace_id AND c.email_key = r.email_key))
    """)
    return bool(conn.execute(query, {"ws": workspace_id, "key": email_key}).scalar_one())


def waiting_of(conn: Conn, workspace_id: int, sender: str, most: int) -> list[int]:
    """Held and parked mails of a sender, newest first."""
    query = text(f"""
        SELECT i.id FROM inbound i WHERE {_SEEN} AND i.state IN ('held', 'parked') AND {_SENDER} = :sender
        ORDER BY i.id DESC LIMIT :most
    """)  # noqa: S608
    return list(conn.scalars(query, {"ws": workspace_id, "sender": sender, "most": most}))


def noted_of(conn: Conn, workspace_id: int, reason: str, sender: str, most: int) -> list[int]:
    """Mails of a sender that were noted because of its mark, newest first."""
    query = text(f"""
        SELECT i.id FROM inbound i
        WHERE {_SEEN} AND i.state = 'noted' AND {_SENDER} = :sender AND i.reason = :reason
          AND octet_length(i.raw) > 0 ORDER BY i.id DESC LIMIT :most
    """)  # noqa: S608
    return list(conn.scalars(query, {"ws": workspace_id, "sender": sender, "reason": reason, "most": most}))


class Robot(NamedTuple):
    """A marked sender, with how many of its mails were noted by that."""

    email_key: str
    made_by: str
    made_at: datetime
    mails: int


def listed(conn: Conn, workspace_id: int, most: int = 200) -> list[Robot]:
    """The marked senders of a workspace, newest first."""
    query = text(f"""
        SELECT r.email_key, r.made_by, r.made_at,
               (SELECT count(*) FROM inbound i WHERE {_SEEN} AND i.state = 'noted' AND {_SENDER} = r.email_key)
        FROM robot r WHERE r.workspace_id = :ws ORDER BY r.made_at DESC, r.id DESC LIMIT :most
    """)  # noqa: S608
    return [Robot(*row) for row in conn.execute(query, {"ws": workspace_id, "most": most})]
