"""Statements of the digest: whose hour has come, how far each person has read, and what a digest contains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.rounds.due import Span
from engine.rounds.queries import ASKABLE, AWAY, FREE_SPANS, OFF, PAUSED, columns, with_away
from engine.rounds.queries.checking import ACCEPTED

MOST = 100_000


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A member whose digest hour came, with the numbers it will cover: since_no (excluded) to until_no."""

    membership_id: int
    workspace_id: int
    team_id: int
    address: str
    zone: str
    at: time
    weekdays: int
    due_at: datetime
    local_date: date
    wanted: bool
    skipped: bool
    since_no: int
    until_no: int
    since_at: datetime | None
    away: tuple[Span, ...]


# The last accepted digest is found by walking back from the newest; a day without anything to say is a mark as well,
# so that the walk is short and outlives the rows of the ledger. Who joined later, or anew, starts there.
READ = f"""
    LEFT JOIN LATERAL (
        SELECT g.until_no, g.made_at FROM digest g
        LEFT JOIN delivery d ON d.run_id = g.run_id AND d.seq = g.seq
        WHERE g.membership_id = m.id AND (g.run_id IS NULL OR d.state IN {ACCEPTED})
        ORDER BY g.local_date DESC LIMIT 1
    ) g ON true
"""  # noqa: S608  # fixed pieces only
SINCE_NO = """
    least(CASE WHEN g.made_at >= m.made_at THEN g.until_no
          ELSE coalesce((SELECT e.no FROM entry e WHERE e.team_id = m.team_id AND e.at < m.made_at
                         ORDER BY e.no DESC LIMIT 1), 0) END, t.entry_no)
"""
_DUE = text(f"""
    SELECT m.id AS membership_id, m.workspace_id, m.team_id, c.email AS address, coalesce(c.zone, t.zone) AS zone,
        coalesce(m.digest_at, s.digest_at) AS at, coalesce(m.weekdays, s.weekdays) AS weekdays,
        m.next_digest_at AS due_at, m.next_digest_day AS local_date, {ASKABLE} AS wanted,
        {PAUSED.format(day="m.next_digest_day")} OR {AWAY.format(day="m.next_digest_day")}
            OR {OFF.format(day="m.next_digest_day")} AS skipped,
        {SINCE_NO} AS since_no,
        t.entry_no AS until_no, g.made_at AS since_at, aw.first AS away_first, aw.last AS away_last
    FROM membership m
    JOIN team t ON t.id = m.team_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN contact c ON c.id = m.contact_id
    {READ}
    {FREE_SPANS.format(day="m.next_digest_day")}
    WHERE m.next_digest_at <= :now
    ORDER BY m.next_digest_at, m.id
    LIMIT {MOST}
    FOR UPDATE OF m SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def due_digests(conn: Conn, now: datetime) -> list[DueDigest]:
    """Members whose digest hour has come, of all workspaces, locked; those another scheduler holds are left to it."""
    return [DueDigest(**with_away(row)) for row in conn.execute(_DUE, {"now": now})]


_INSERT = text("""
    INSERT INTO digest (workspace_id, team_id, membership_id, local_date, since_no, until_no, since_at, made_at)
    SELECT workspace_id, team_id, membership_id, local_date, since_no, until_no, since_at, :now
    FROM unnest(cast(:workspace_id AS bigint[]), cast(:team_id AS bigint[]), cast(:membership_id AS bigint[]),
                cast(:local_date AS date[]), cast(:since_no AS bigint[]), cast(:until_no AS bigint[]),
                cast(:since_at AS timestamptz[]))
        AS d(workspace_id, team_id, membership_id, local_date, since_no, until_no, since_at)
    ON CONFLICT (membership_id, local_date) DO NOTHING
    RETURNING id, membership_id
""")


def insert_digests(conn: Conn, due: Sequence[DueDigest], now: datetime) -> dict[int, int]:
    """Make the digests, and give their ids by membership; a day that has its digest already is left out."""
    names = ("workspace_id", "team_id", "membership_id", "local_date", "since_no", "until_no", "since_at")
    return {row.membership_id: row.id for row in conn.execute(_INSERT, {**columns(due, *names), "now": now})}


_MAILED = text("""
    UPDATE digest g SET run_id = u.run_id, seq = u.seq
    FROM unnest(cast(:about AS bigint[]), cast(:run_id AS bigint[]), cast(:seq AS bigint[])) AS u(about, run_id, seq)
    WHERE g.id = u.about
""")


def write_deliveries(conn: Conn, about: Sequence[int], run_id: Sequence[int], seq: Sequence[int]) -> None:
    """Note at each digest which delivery carries it."""
    conn.execute(_MAILED, {"about": about, "run_id": run_id, "seq": seq})


# The recipient's newest own prompt of the days before, to make one thread of a day's mails.
THREAD = """
    LEFT JOIN LATERAL (
        SELECT p.*, r.questions FROM participation p JOIN round r ON r.id = p.round_id
        WHERE p.membership_id = g.membership_id AND p.prompt_run_id IS NOT NULL
            AND p.local_date BETWEEN g.local_date - 4 AND g.local_date AND p.due_at <= g.made_at
        ORDER BY p.local_date DESC LIMIT 1
    ) p ON true
"""
_DIGESTS = text(f"""
    SELECT g.id, m.left_at IS NOT NULL OR {PAUSED.format(day="g.local_date")} AS unwanted, g.team_id, t.name AS team,
        g.membership_id, m.role, g.local_date, g.since_no, g.until_no, g.since_at,
        g.made_at, c.name AS to_name, p.prompt_run_id, p.prompt_seq, p.nudge_run_id, p.nudge_seq,
        p.local_date AS asked_date, p.questions, coalesce(m.receipt, s.receipt) AS receipt
    FROM digest g
    JOIN team t ON t.id = g.team_id
    JOIN schedule s ON s.team_id = g.team_id
    JOIN membership m ON m.id = g.membership_id
    JOIN contact c ON c.id = m.contact_id
    {THREAD}
    WHERE g.workspace_id = :workspace_id AND g.id = ANY(cast(:ids AS bigint[]))
""")  # noqa: S608  # fixed pieces only


def digests(conn: Conn, workspace_id: int, ids: Sequence[int]) -> list[Row[Any]]:
    """Digests by id, with the person, the team, and the prompt whose thread they go on."""
    return list(conn.execute(_DIGESTS, {"workspace_id": workspace_id, "ids": list(ids)}))


@dataclass(frozen=True, slots=True)
class Range:
    """What a digest covers; people whose ranges are equal get the same content."""

    team_id: int
    since_no: int
    until_no: int
    since_at: datetime | None
    made_at: datetime


_KEYS = """
    unnest(cast(:team_id AS bigint[]), cast(:since_no AS bigint[]), cast(:until_no AS bigint[]),
           cast(:since_at AS timestamptz[]), cast(:made_at AS timestamptz[]))
        WITH ORDINALITY AS k(team_id, since_no, until_no, since_at, made_at, n)
"""

_ENTRIES = text(f"""
    SELECT k.n - 1 AS range, e.id, e.membership_id, e.kind, e.text, e.question, r.local_date, r.questions, e.answer_id,
        a.source
    FROM {_KEYS}
    JOIN entry e ON e.team_id = k.team_id AND e.no > k.since_no AND e.no <= k.until_no AND e.removed_at IS NULL
    JOIN round r ON r.id = e.round_id
    JOIN answer a ON a.id = e.answer_id
    WHERE e.workspace_id = :workspace_id
    ORDER BY k.n, r.local_date, e.membership_id, e.question NULLS LAST, e.no
""")  # noqa: S608  # fixed pieces only

# Everybody's part, or lack of one, in each round of `covered` (n, round_id). Parts are looked up one by one: how many
# rounds are covered is nothing a planner can guess, and it read all parts of all teams instead.
MEMBERS = f"""
    SELECT c.n - 1 AS range, m.id AS membership_id, coalesce(nullif(pe.name, ''), pe.email) AS name, m.left_at,
        m.role, m.next_prompt_day, r.local_date, p.state, p.reason, d.state AS delivery,
        {AWAY.format(day="r.local_date")} AS away
    FROM covered c
    JOIN round r ON r.id = c.round_id
    JOIN membership m ON m.team_id = r.team_id
    JOIN contact pe ON pe.id = m.contact_id
    LEFT JOIN LATERAL (
        SELECT p.state, p.reason, p.prompt_run_id, p.prompt_seq FROM participation p
        WHERE p.membership_id = m.id AND p.local_date = r.local_date AND p.round_id = r.id LIMIT 1
    ) p ON true
    LEFT JOIN delivery d ON d.run_id = p.prompt_run_id AND d.seq = p.prompt_seq
    WHERE r.workspace_id = :workspace_id
    ORDER BY c.n, name, m.id, r.local_date
"""  # noqa: S608  # fixed pieces only

# A round is covered when it has entries in the range, or when anybody's part in it fell due since the last digest.
_PARTS = text(f"""
    WITH k AS (SELECT * FROM {_KEYS}), covered AS (
        SELECT k.n, e.round_id FROM k
        JOIN entry e ON e.team_id = k.team_id AND e.no > k.since_no AND e.no <= k.until_no
        UNION
        SELECT k.n, p.round_id FROM k
        JOIN round r ON r.team_id = k.team_id AND r.opened_at <= k.made_at
            AND r.opened_at > coalesce(k.since_at, k.made_at - interval '7 days') - interval '2 days'
        JOIN participation p ON p.round_id = r.id
        WHERE p.due_at <= k.made_at AND p.due_at > coalesce(k.since_at, k.made_at - interval '7 days')
    )
    {MEMBERS}
""")  # noqa: S608  # fixed pieces only


def _values(workspace_id: int, ranges: Sequence[Range]) -> dict[str, Any]:
    names = ("team_id", "since_no", "until_no", "since_at", "made_at")
    return {**columns(ranges, *names), "workspace_id": workspace_id}


def entries_in(conn: Conn, workspace_id: int, ranges: Sequence[Range]) -> list[Row[Any]]:
    """The entries of each range (`range` is its place in the list), by round, person, question."""
    return list(conn.execute(_ENTRIES, _values(workspace_id, ranges)))


_COMMENTS = text(f"""
    SELECT k.n - 1 AS range, c.text, c.local_date, coalesce(nullif(p.name, ''), p.email) AS name
    FROM {_KEYS}
    JOIN comment c ON c.team_id = k.team_id AND c.no > k.since_no AND c.no <= k.until_no AND c.removed_at IS NULL
    JOIN membership m ON m.id = c.membership_id
    JOIN contact p ON p.id = m.contact_id
    WHERE c.workspace_id = :workspace_id
    ORDER BY k.n, c.no
""")  # noqa: S608  # fixed pieces only


def comments_in(conn: Conn, workspace_id: int, ranges: Sequence[Range]) -> list[Row[Any]]:
    """What was said about the days since, by those whose comments have a number of each range."""
    return list(conn.execute(_COMMENTS, _values(workspace_id, ranges)))


def members_in(conn: Conn, workspace_id: int, ranges: Sequence[Range]) -> list[Row[Any]]:
    """Each team member's part, or lack of one, in each round that a range covers; by name, then date."""
    return list(conn.execute(_PARTS, _values(workspace_id, ranges)))
