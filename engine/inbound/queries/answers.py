"""What words become: an answer, numbered entries, posts to the channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select, text
from sqlalchemy.dialects.postgresql import insert

from engine import models as m
from engine.db import Conn
from engine.inbound.queries.whose import Part


def insert_answer(conn: Conn, of: Part, source: str, inbound_id: int | None, words: str, cut: str, at: datetime) -> int:
    """The id of the new answer."""
    values = {"workspace_id": of.workspace_id, "participation_id": of.participation_id, "source": source}
    made = insert(m.Answer).values(
        **values, membership_id=of.membership_id, inbound_id=inbound_id, text=words, cut=cut, at=at
    )
    return conn.execute(made.returning(m.Answer.id)).scalar_one()


_NUMBER = text("""
WITH head AS (
    UPDATE team SET entry_no = entry_no + :count
    WHERE id = :team AND workspace_id = :ws RETURNING entry_no - :count AS no
)
INSERT INTO entry (workspace_id, team_id, no, round_id, participation_id, membership_id, answer_id,
                   kind, question, text, tags, at)
SELECT :ws, :team, head.no + e.ord, :round, :part, :member, :answer, e.kind, e.question, e.words,
       string_to_array(e.tags, chr(10)), :at
FROM head, unnest(cast(:kinds AS text[]), cast(:questions AS smallint[]), cast(:words AS text[]), cast(:tags AS text[]))
     WITH ORDINALITY AS e(kind, question, words, tags, ord)
""")


def insert_entries(
    conn: Conn, of: Part, answer_id: int, rows: Sequence[tuple[str, int | None, str, Sequence[str]]], at: datetime
) -> None:
    """Number and write entries (kind, question, text, tags) in one statement, the last lock of a transaction.

    The team's row stays locked from here to the commit, so numbers are dense and grow in commit order.
    """
    kinds, questions, words, tags = zip(*rows, strict=True)
    conn.execute(
        _NUMBER,
        {
            "ws": of.workspace_id, "team": of.team_id, "round": of.round_id, "part": of.participation_id,
            "member": of.membership_id, "answer": answer_id, "at": at, "count": len(rows), "kinds": list(kinds),
            "questions": list(questions), "words": list(words), "tags": ["\n".join(t) for t in tags],
        },
    )  # fmt: skip


class Place(NamedTuple):
    """A channel that gets posts."""

    id: int
    kind: str
    name: str


def active_channels(conn: Conn, workspace_id: int, team_id: int) -> list[Place]:
    """The team's channels that get posts, oldest first."""
    c = m.Channel
    mine = and_(c.workspace_id == workspace_id, c.team_id == team_id, c.state == "active")
    return [Place(*row) for row in conn.execute(select(c.id, c.kind, c.name).where(mine).order_by(c.id))]


class Said(NamedTuple):
    """An answer as it is told to a channel; `entries` are dicts of id, no, kind, question, text and tags."""

    answer_id: int
    at: datetime
    author_id: int
    author: str
    team_id: int
    team: str
    round_id: int
    day: date
    entries: list[dict[str, Any]]


_SAID = text("""
SELECT a.id, a.at, w.id, coalesce(nullif(c.name, ''), split_part(c.email, '@', 1)), t.id, t.name, r.id, r.local_date,
       jsonb_agg(jsonb_build_object('id', e.id, 'no', e.no, 'kind', e.kind, 'question', e.question, 'text', e.text,
                                    'tags', to_jsonb(e.tags)) ORDER BY e.no)
FROM answer a
JOIN membership w ON w.id = a.membership_id
JOIN contact c ON c.id = w.contact_id
JOIN team t ON t.id = w.team_id
JOIN participation p ON p.id = a.participation_id
JOIN round r ON r.id = p.round_id
JOIN entry e ON e.answer_id = a.id AND e.removed_at IS NULL
WHERE a.workspace_id = :ws AND a.id = ANY(cast(:ids AS bigint[]))
GROUP BY a.id, w.id, c.id, t.id, r.id
""")


def said(conn: Conn, workspace_id: int, answer_ids: Sequence[int]) -> dict[int, Said]:
    """The answers that still have an entry, by id."""
    rows = conn.execute(_SAID, {"ws": workspace_id, "ids": list(answer_ids)})
    return {row[0]: Said(*row) for row in rows}
