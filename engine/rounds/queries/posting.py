"""Statements of what channels get of rounds: whose posts are due, what is planned, and what they contain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.rounds.queries.checking import ACCEPTED
from engine.rounds.queries.digesting import MEMBERS

_ROUND_CHANNELS = text("""
    SELECT r.workspace_id, r.id AS round_id, c.id AS channel_id, c.name, c.kind
    FROM round r
    JOIN channel c ON c.team_id = r.team_id AND c.state = 'active' AND 'round' = ANY(c.gets)
    WHERE r.id = ANY(cast(:ids AS bigint[])) AND r.post_run_id IS NULL
        AND EXISTS (SELECT FROM participation p WHERE p.round_id = r.id AND p.state <> 'excused')
    ORDER BY r.local_date, r.id, c.id
""")


def round_channels(conn: Conn, closed: Sequence[int]) -> list[Row[Any]]:
    """The channels that are told when these rounds close, a row for each of both."""
    return list(conn.execute(_ROUND_CHANNELS, {"ids": db.numbers(closed)}))


def write_round_posts(conn: Conn, runs: Mapping[int, int]) -> None:
    """Note at each round which run tells channels of it."""
    if runs:
        statement = text("""
            UPDATE round r SET post_run_id = u.run_id
            FROM unnest(cast(:rounds AS bigint[]), cast(:runs AS bigint[])) AS u(round_id, run_id)
            WHERE r.id = u.round_id
        """)
        conn.execute(statement, {"rounds": db.numbers(runs), "runs": db.numbers(runs.values())})


_CHANNEL = """
    SELECT c.id AS channel_id, c.team_id, t.zone, s.digest_at, s.weekdays,
        (SELECT max(g.local_date) FROM channel_digest g WHERE g.channel_id = c.id) AS last_date,
        ARRAY(SELECT o.day FROM day_off o WHERE o.team_id = c.team_id AND o.day >= :since) AS days_off
    FROM channel c
    JOIN team t ON t.id = c.team_id
    JOIN schedule s ON s.team_id = c.team_id
"""
_DIGEST_CHANNELS = text(
    f"{_CHANNEL} WHERE c.state = 'active' AND 'digest' = ANY(c.gets) AND s.active AND t.archived_at IS NULL"
    " ORDER BY c.id"
)
_DIGEST_CHANNEL = text(f"{_CHANNEL} WHERE c.workspace_id = :workspace_id AND c.id = :id")


def digest_channels(conn: Conn, since: date) -> list[Row[Any]]:
    """All channels that get digests, with their team's hour, its days off from `since` on, and their last one's date.

    None of a team that is paused, as people get none then.
    """
    return list(conn.execute(_DIGEST_CHANNELS, {"since": since}))


def digest_channel(conn: Conn, workspace_id: int, channel_id: int, since: date) -> Row[Any] | None:
    """One channel, the same way, whatever it gets."""
    values = {"workspace_id": workspace_id, "id": channel_id, "since": since}
    return conn.execute(_DIGEST_CHANNEL, values).one_or_none()


def lock_teams(conn: Conn, team_ids: Sequence[int]) -> None:
    """Let nobody write entries of these teams, or change them, until the digests are planned and committed."""
    statement = text("SELECT id FROM team WHERE id = ANY(cast(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE")
    conn.execute(statement, {"ids": db.numbers(sorted(set(team_ids)))})


# The mark is found as that of a person's digest is: the newest that was accepted, or had nothing to say.
_INSERT = text(f"""
    WITH made AS (
        INSERT INTO channel_digest (workspace_id, channel_id, local_date, since_no, until_no, since_at, made_at)
        SELECT c.workspace_id, c.id, u.day,
            least(coalesce(g.until_no, (SELECT e.no FROM entry e WHERE e.team_id = c.team_id AND e.at < c.made_at
                                        ORDER BY e.no DESC LIMIT 1), 0), t.entry_no),
            t.entry_no, g.made_at, :now
        FROM unnest(cast(:channels AS bigint[]), cast(:days AS date[])) AS u(id, day)
        JOIN channel c ON c.id = u.id
        JOIN team t ON t.id = c.team_id
        LEFT JOIN LATERAL (
            SELECT g.until_no, g.made_at FROM channel_digest g
            LEFT JOIN delivery d ON d.run_id = g.run_id AND d.seq = g.seq
            WHERE g.channel_id = c.id AND (g.run_id IS NULL OR d.state IN {ACCEPTED})
            ORDER BY g.local_date DESC LIMIT 1
        ) g ON true
        ON CONFLICT (channel_id, local_date) DO NOTHING
        RETURNING id, workspace_id, channel_id, local_date, since_no, until_no
    )
    SELECT made.*, c.name, c.kind, t.zone FROM made JOIN channel c ON c.id = made.channel_id
    JOIN team t ON t.id = c.team_id ORDER BY made.id
""")  # noqa: S608  # fixed pieces only


def insert_digests(conn: Conn, channels: Sequence[int], days: Sequence[date], now: datetime) -> list[Row[Any]]:
    """Make the digests of channels on these dates; those that are new, with the numbers they cover."""
    return list(conn.execute(_INSERT, {"channels": list(channels), "days": list(days), "now": now}))


_MARK = text("""
    INSERT INTO channel_digest (workspace_id, channel_id, local_date, since_no, until_no, made_at)
    SELECT c.workspace_id, c.id, :day, t.entry_no, t.entry_no, :now
    FROM channel c JOIN team t ON t.id = c.team_id WHERE c.id = :id
    ON CONFLICT (channel_id, local_date) DO NOTHING
""")


def insert_mark(conn: Conn, channel_id: int, day: date, now: datetime) -> None:
    """A digest that had nothing to say, so that the next one begins after what is written so far."""
    conn.execute(_MARK, {"id": channel_id, "day": day, "now": now})


_POSTED = text("""
    UPDATE channel_digest g SET run_id = u.run_id, seq = u.seq
    FROM unnest(cast(:about AS bigint[]), cast(:run_id AS bigint[]), cast(:seq AS bigint[])) AS u(about, run_id, seq)
    WHERE g.id = u.about
""")


def write_digest_posts(conn: Conn, about: Sequence[int], run_id: Sequence[int], seq: Sequence[int]) -> None:
    """Note at each digest which delivery carries it."""
    if about:
        conn.execute(_POSTED, {"about": list(about), "run_id": list(run_id), "seq": list(seq)})


_ROUNDS = text("""
    SELECT r.id, r.team_id, t.name AS team, r.local_date, r.questions, w.base_url
    FROM round r JOIN team t ON t.id = r.team_id JOIN workspace w ON w.id = r.workspace_id
    WHERE r.workspace_id = :workspace_id AND r.id = ANY(cast(:ids AS bigint[])) ORDER BY r.id
""")
_DIGESTS = text("""
    SELECT g.id, c.team_id, t.name AS team, g.local_date, g.since_no, g.until_no, g.since_at, g.made_at, w.base_url
    FROM channel_digest g JOIN channel c ON c.id = g.channel_id JOIN team t ON t.id = c.team_id
    JOIN workspace w ON w.id = g.workspace_id
    WHERE g.workspace_id = :workspace_id AND g.id = ANY(cast(:ids AS bigint[])) ORDER BY g.id
""")


def rounds(conn: Conn, workspace_id: int, ids: Sequence[int]) -> list[Row[Any]]:
    """Rounds by id, with their team and where the workspace's pages are."""
    return list(conn.execute(_ROUNDS, {"workspace_id": workspace_id, "ids": db.numbers(sorted(set(ids)))}))


def digests(conn: Conn, workspace_id: int, ids: Sequence[int]) -> list[Row[Any]]:
    """Channels' digests by id, the same way."""
    return list(conn.execute(_DIGESTS, {"workspace_id": workspace_id, "ids": db.numbers(sorted(set(ids)))}))


_COVERED = "SELECT u.n, u.id AS round_id FROM unnest(cast(:ids AS bigint[])) WITH ORDINALITY AS u(id, n)"
_ENTRIES = text(f"""
    SELECT c.n - 1 AS range, e.id, e.membership_id, e.kind, e.text, e.question, r.local_date, r.questions
    FROM ({_COVERED}) c
    JOIN round r ON r.id = c.round_id
    JOIN entry e ON e.round_id = r.id AND e.removed_at IS NULL
    WHERE e.workspace_id = :workspace_id
    ORDER BY c.n, e.membership_id, e.question NULLS LAST, e.no
""")  # noqa: S608  # fixed pieces only
_MEMBERS = text(f"WITH covered AS ({_COVERED}) {MEMBERS}")


def entries_of(conn: Conn, workspace_id: int, round_ids: Sequence[int]) -> list[Row[Any]]:
    """The entries of each round (`range` is its place in the list), by person and question."""
    return list(conn.execute(_ENTRIES, {"workspace_id": workspace_id, "ids": db.numbers(round_ids)}))


def members_of(conn: Conn, workspace_id: int, round_ids: Sequence[int]) -> list[Row[Any]]:
    """Each team member's part, or lack of one, in each round, by name."""
    return list(conn.execute(_MEMBERS, {"workspace_id": workspace_id, "ids": db.numbers(round_ids)}))
