"""What words become: an answer, numbered entries, posts to the channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, and_, any_, cast, literal, select, text

from engine import models as m
from engine.db import Conn
from engine.inbound.queries.whose import Part

_IDS = ARRAY(BigInteger)


_ANSWER = text("""
    INSERT INTO answer (workspace_id, participation_id, membership_id, inbound_id, source, text, cut, at)
    VALUES (:ws, :part, :member, :mail, :source, :words, :cut, :at) RETURNING id
""")


def insert_answer(conn: Conn, of: Part, source: str, inbound_id: int | None, words: str, cut: str, at: datetime) -> int:
    """The id of the new answer."""
    values = {"ws": of.workspace_id, "part": of.participation_id, "member": of.membership_id, "mail": inbound_id}
    return int(conn.execute(_ANSWER, {**values, "source": source, "words": words, "cut": cut, "at": at}).scalar_one())


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


_CHANNELS = text("""
    SELECT id, kind, name FROM channel
    WHERE workspace_id = :ws AND team_id = :team AND state = 'active' AND 'entries' = ANY(gets) ORDER BY id
""")


def active_channels(conn: Conn, workspace_id: int, team_id: int) -> list[Place]:
    """The team's channels that get entries as they come, oldest first."""
    return [Place(*row) for row in conn.execute(_CHANNELS, {"ws": workspace_id, "team": team_id})]


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
       coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'no', e.no, 'kind', e.kind, 'question', e.question,
                                             'text', e.text, 'tags', to_jsonb(e.tags)) ORDER BY e.no)
                FILTER (WHERE e.id IS NOT NULL), '[]')
FROM answer a
JOIN membership w ON w.id = a.membership_id
JOIN contact c ON c.id = w.contact_id
JOIN team t ON t.id = w.team_id
JOIN participation p ON p.id = a.participation_id
JOIN round r ON r.id = p.round_id
LEFT JOIN entry e ON e.answer_id = a.id AND e.removed_at IS NULL
WHERE a.workspace_id = :ws AND a.id = ANY(cast(:ids AS bigint[]))
GROUP BY a.id, w.id, c.id, t.id, r.id
""")


def said(conn: Conn, workspace_id: int, answer_ids: Sequence[int]) -> dict[int, Said]:
    """The answers by id; `entries` are those that are not removed, so there may be none."""
    rows = conn.execute(_SAID, {"ws": workspace_id, "ids": list(answer_ids)})
    return {row[0]: Said(*row) for row in rows}


_POST_RUN = text("UPDATE answer SET post_run_id = :run WHERE id = :id")


def write_post_run(conn: Conn, answer_id: int, run_id: int) -> None:
    """Note at an answer which run tells channels of it."""
    conn.execute(_POST_RUN, {"id": answer_id, "run": run_id})


def lock_told(conn: Conn, workspace_id: int, entry_ids: Sequence[int]) -> None:
    """Let no round of these entries close, and no digest of their team be planned, until the transaction ends.

    One that is under way is waited for: its posts may be made of the entries as they were. `told`, in a statement of
    its own, then finds them.
    """
    e = and_(m.Entry.workspace_id == workspace_id, m.Entry.id == any_(cast(literal(list(entry_ids), _IDS), _IDS)))
    for table, column in ((m.Team, m.Entry.team_id), (m.Round, m.Entry.round_id)):
        conn.execute(
            select(table.id).where(table.id.in_(select(column).where(e))).order_by(table.id).with_for_update(read=True)
        )


_TOLD = text("""
WITH e AS (SELECT no, team_id, answer_id, round_id FROM entry
           WHERE workspace_id = :ws AND id = ANY(cast(:ids AS bigint[])))
SELECT a.post_run_id AS run_id, a.id FROM e JOIN answer a ON a.id = e.answer_id WHERE a.post_run_id IS NOT NULL
UNION
SELECT r.post_run_id, r.id FROM e JOIN round r ON r.id = e.round_id WHERE r.post_run_id IS NOT NULL
UNION
SELECT g.run_id, g.id FROM e
JOIN channel c ON c.team_id = e.team_id
JOIN channel_digest g ON g.channel_id = c.id AND g.since_no < e.no AND e.no <= g.until_no AND g.run_id IS NOT NULL
""")


def told(conn: Conn, workspace_id: int, entry_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(run_id, about) of every post that one of these entries is in: its answer's, its round's, those of digests."""
    values = {"ws": workspace_id, "ids": list(entry_ids)}
    return [(int(run), int(about)) for run, about in conn.execute(_TOLD, values)]


def lock_team(conn: Conn, workspace_id: int, team_id: int) -> None:
    """Hold the row that numbers entries. Who holds it for reading and then numbers could wait for another in a ring."""
    t = m.Team
    mine = and_(t.workspace_id == workspace_id, t.id == team_id)
    conn.execute(select(t.id).where(mine).with_for_update(key_share=True))
