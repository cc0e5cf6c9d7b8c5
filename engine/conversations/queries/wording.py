"""What mails of conversations say. Each list is one statement; notes are in none of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine.conversations.queries.hearers import HEARS, OWED
from engine.db import Conn

THREAD = 10  # mails that an answer says it follows
_PERSON = "coalesce(nullif(c.name, ''), nullif(c.email, ''), c.email_key)"
_ROWS = "unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[])) AS d(run_id, seq)"


class Word(NamedTuple):
    """A message that goes out. `before`: the thread, oldest first, as "ours:<run>.<seq>" or "theirs:<Message-ID>"."""

    seq: int
    subject: str
    body: str
    at: datetime
    author: str
    to_name: str
    team: str | None
    door_id: int | None
    door_until: datetime | None
    before: Sequence[str] | None


_WORDS = text(f"""
    SELECT g.seq, g.subject, g.body, g.at, coalesce(nullif(o.name, ''), o.email, ''), c.name, t.name, w.id, w.until,
           (SELECT array_agg(x.name ORDER BY x.no) FROM (
                SELECT p.no, CASE p.author_kind WHEN 'contact' THEN 'theirs:' || substring(
                    p.external_id FROM position('/' IN p.external_id) + 1) ELSE 'ours:' || p.run_id || '.' || p.seq END
                    AS name
                FROM message p
                WHERE p.conversation_id = g.conversation_id AND p.no < g.no AND p.kind = 'mail' AND p.platform = 'mail'
                  AND CASE p.author_kind WHEN 'contact' THEN p.external_id LIKE '%@%' ELSE p.run_id IS NOT NULL END
                ORDER BY p.no DESC LIMIT :thread) x)
    FROM {_ROWS}
    JOIN message g ON g.workspace_id = :w AND g.run_id = d.run_id AND g.seq = d.seq
        AND g.author_kind = 'account' AND g.kind = 'mail' AND g.deleted_at IS NULL
    JOIN conversation v ON v.workspace_id = g.workspace_id AND v.id = g.conversation_id
    JOIN contact c ON c.workspace_id = v.workspace_id AND c.id = v.contact_id AND c.erased_at IS NULL
    LEFT JOIN account a ON a.workspace_id = g.workspace_id AND a.id = g.author_id
    LEFT JOIN contact o ON o.workspace_id = a.workspace_id AND o.id = a.contact_id
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
    LEFT JOIN LATERAL (SELECT id, until FROM conv_door n WHERE n.conversation_id = v.id AND n.contact_id = c.id
                       AND n.revoked_at IS NULL ORDER BY n.until DESC, n.id DESC LIMIT 1) w ON true
""")  # noqa: S608  # fixed pieces only


def words(conn: Conn, workspace_id: int, keys: Sequence[tuple[int, int]]) -> list[Word]:
    """The messages that these deliveries (run, seq) carry out."""
    return [Word(*row) for row in conn.execute(_WORDS, {**_columns(workspace_id, keys), "thread": THREAD})]


class Told(NamedTuple):
    """A message of somebody, for a colleague."""

    seq: int
    conversation_id: int
    team_id: int | None
    team: str | None
    person: str
    address: str
    subject: str
    body: str
    proof: str
    at: datetime
    to_name: str
    assigned: bool


_TOLD = text(f"""
    SELECT d.seq, v.id, v.team_id, t.name, {_PERSON}, coalesce(nullif(c.email, ''), c.email_key), g.subject, g.body,
           g.proof, g.at, o.name, v.assignee_id IS NOT DISTINCT FROM a.id
    FROM {_ROWS}
    JOIN delivery y ON y.run_id = d.run_id AND y.seq = d.seq AND y.workspace_id = :w
    JOIN run r ON r.id = y.run_id
    JOIN conversation v ON v.workspace_id = :w AND v.id = y.about
    JOIN contact c ON c.workspace_id = v.workspace_id AND c.id = v.contact_id
    JOIN contact o ON o.workspace_id = v.workspace_id AND o.id = y.recipient
    JOIN account a ON a.workspace_id = v.workspace_id AND a.contact_id = o.id
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
    JOIN LATERAL (SELECT * FROM message g WHERE g.conversation_id = v.id AND g.author_kind = 'contact'
                  AND g.kind IN ('mail', 'sms', 'chat') AND g.at <= r.made_at AND g.deleted_at IS NULL
                  ORDER BY g.no DESC LIMIT 1) g ON true
    WHERE {HEARS}
""")  # noqa: S608  # fixed pieces only


def told(conn: Conn, workspace_id: int, keys: Sequence[tuple[int, int]]) -> list[Told]:
    """What the people wrote that these deliveries tell of, to those who may still hear it."""
    return [Told(*row) for row in conn.execute(_TOLD, _columns(workspace_id, keys))]


_WAITING = text(f"""
    SELECT * FROM (
        SELECT a.id AS account_id, o.name AS to_name, v.id AS conversation_id, v.team_id, t.name AS team,
               {_PERSON.replace("c.", "p.")} AS person, g.subject, g.body, v.assignee_id IS NOT DISTINCT FROM a.id
               AS assigned, count(*) OVER (PARTITION BY a.id) AS total,
               row_number() OVER (PARTITION BY a.id ORDER BY v.moved_at, v.id) AS rank
        FROM account a
        JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
        JOIN contact o ON o.id = c.id
        JOIN conversation v ON v.workspace_id = a.workspace_id AND {HEARS} AND {OWED}
        JOIN contact p ON p.workspace_id = v.workspace_id AND p.id = v.contact_id
        LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
        JOIN LATERAL (SELECT subject, body FROM message g WHERE g.conversation_id = v.id AND g.author_kind = 'contact'
                      AND g.kind IN ('mail', 'sms', 'chat') ORDER BY g.no DESC LIMIT 1) g ON true
        WHERE a.workspace_id = :w AND a.id = ANY(cast(:ids AS bigint[]))) found
    WHERE rank <= :most ORDER BY account_id, rank
""")  # noqa: S608  # fixed pieces only


def waiting(conn: Conn, workspace_id: int, account_ids: Sequence[int], most: int) -> Sequence[Row[Any]]:
    """What waits for each of these accounts, the longest first, at most so many each; `total` counts all."""
    return conn.execute(_WAITING, {"w": workspace_id, "ids": list(account_ids), "most": most}).all()


def _columns(workspace_id: int, keys: Sequence[tuple[int, int]]) -> dict[str, Any]:
    return {"w": workspace_id, "runs": [run for run, _ in keys], "seqs": [seq for _, seq in keys]}
