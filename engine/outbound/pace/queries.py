"""Statements on the rows that say how fast a relay may be served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.pace import caps


def in_the_way(conn: Conn, now: datetime) -> Sequence[Row[Any]]:
    """The rows of pace that may keep mail back, with the caps that hold today where a workspace's relay says them."""
    statement = text("""
        SELECT p.lane, p.provider, p.breaker, p.next_at, p.reason, p.failures, p.day_used, p.day_cap,
            p.day = :day AND p.day_used >= p.day_cap - p.day_cap / :kept AS nearly_full, r.id IS NOT NULL AS own,
            r.uses, r.per_day, r.warmup_from, r.warmup_first, r.warmup_growth
        FROM pace p LEFT JOIN relay r ON p.lane = 'relay:' || r.id
        WHERE p.breaker <> 'closed' OR p.next_at > :now
            OR (p.day = :day AND p.day_used >= p.day_cap - p.day_cap / :kept)
    """)
    return conn.execute(statement, {"now": now, "day": now.date(), "kept": caps.KEPT}).all()


def locked(conn: Conn, lanes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """The rows of these lanes (lane, provider), made where they lack, and locked in their order until the end."""
    wanted = sorted(set(lanes))
    found = _locked(conn, wanted)
    if missing := [lane for lane in wanted if lane not in found]:
        statement = text(
            "INSERT INTO pace (lane, provider) SELECT * FROM unnest(cast(:lanes AS text[]), cast(:providers AS text[]))"
            " ON CONFLICT DO NOTHING"
        )
        conn.execute(statement, _columns(missing))
        found = _locked(conn, wanted)
    return found


def _locked(conn: Conn, lanes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    statement = text("""
        SELECT p.lane, p.provider, p.second_at, p.day, p.day_used, p.day_cap, p.allowed, p.breaker, p.failures,
            p.next_at, p.reason
        FROM pace p JOIN unnest(cast(:lanes AS text[]), cast(:providers AS text[])) AS a(lane, provider)
            USING (lane, provider)
        ORDER BY p.lane, p.provider FOR UPDATE OF p
    """)
    return {(row.lane, row.provider): row for row in conn.execute(statement, _columns(lanes))}


def _columns(lanes: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {"lanes": db.texts(lane for lane, _ in lanes), "providers": db.texts(provider for _, provider in lanes)}


def seats(conn: Conn, lanes: Iterable[str]) -> Sequence[Row[Any]]:
    """(lane, provider, owner, wanted, seats, urgency) of the processes that live; what expired goes."""
    names = {"lanes": db.texts(sorted(set(lanes)))}
    conn.execute(text("DELETE FROM seat WHERE lane = ANY(cast(:lanes AS text[])) AND until < clock_timestamp()"), names)
    statement = text(
        "SELECT lane, provider, owner, wanted, seats, urgency FROM seat WHERE lane = ANY(cast(:lanes AS text[]))"
    )
    return conn.execute(statement, names).all()


class SeatRow(NamedTuple):
    """A process's seats as they are to be."""

    lane: str
    provider: str
    wanted: int
    seats: int
    urgency: int


def put_seats(conn: Conn, owner: str, rows: Sequence[SeatRow], lease: float) -> None:
    """Write a process's seats, good for `lease` seconds of PostgreSQL's clock; those it has no longer go."""
    conn.execute(
        text("""
            WITH mine AS (
                SELECT * FROM unnest(cast(:lanes AS text[]), cast(:providers AS text[]), cast(:wanted AS bigint[]),
                    cast(:seats AS bigint[]), cast(:urgencies AS bigint[]))
                    AS m(lane, provider, wanted, seats, urgency)
            ), gone AS (
                DELETE FROM seat s WHERE s.owner = :owner
                    AND NOT EXISTS (SELECT FROM mine m WHERE m.lane = s.lane AND m.provider = s.provider)
            )
            INSERT INTO seat (lane, provider, owner, wanted, seats, urgency, until)
            SELECT lane, provider, :owner, wanted, seats, urgency, clock_timestamp() + make_interval(secs => :lease)
            FROM mine
            ON CONFLICT (lane, provider, owner) DO UPDATE SET wanted = excluded.wanted, seats = excluded.seats,
                urgency = excluded.urgency, until = excluded.until
        """),
        {
            "owner": owner,
            "lease": lease,
            "lanes": db.texts(row.lane for row in rows),
            "providers": db.texts(row.provider for row in rows),
            "wanted": db.numbers(row.wanted for row in rows),
            "seats": db.numbers(row.seats for row in rows),
            "urgencies": db.numbers(row.urgency for row in rows),
        },
    )


def give_up_seats(conn: Conn, owner: str) -> None:
    """A process ends: its connections are anybody's."""
    conn.execute(text("DELETE FROM seat WHERE owner = :owner"), {"owner": owner})


_REMOVED = "x.lane LIKE 'relay:%' AND NOT EXISTS (SELECT FROM relay r WHERE x.lane = 'relay:' || r.id)"


def forget_removed(conn: Conn) -> None:
    """Forget pace and seats of relays that no workspace has any longer, once no worker has a connection to them.

    A worker that serves one to its end would make the rows anew, so they go by a sweep, not with the relay. It passes
    over what a worker has locked: that is for the next time.
    """
    seats = f"SELECT lane, provider, owner FROM seat x WHERE {_REMOVED} AND until < clock_timestamp()"  # noqa: S608
    unused = "NOT EXISTS (SELECT FROM seat s WHERE s.lane = x.lane)"
    paces = f"SELECT lane, provider FROM pace x WHERE {_REMOVED} AND {unused}"  # noqa: S608  # fixed pieces only
    skip = "FOR UPDATE OF x SKIP LOCKED"
    conn.execute(text(f"DELETE FROM seat WHERE (lane, provider, owner) IN ({seats} {skip})"))  # noqa: S608
    conn.execute(text(f"DELETE FROM pace WHERE (lane, provider) IN ({paces} {skip})"))  # noqa: S608


class Spent(NamedTuple):
    """What a step changes in one row of pace."""

    lane: str
    provider: str
    second_at: datetime | None
    day: date | None
    day_used: int
    day_cap: int | None
    allowed: float | None
    failures: int


def put_spent(conn: Conn, rows: Sequence[Spent]) -> None:
    """Write what was taken and learnt; the rows are locked."""
    statement = text(
        "UPDATE pace SET second_at = :second_at, day = :day, day_used = :day_used, day_cap = :day_cap,"
        " allowed = :allowed, failures = :failures, at = now(),"
        " next_at = CASE WHEN breaker = 'closed' AND failures > :failures THEN NULL ELSE next_at END,"
        " reason = CASE WHEN breaker = 'closed' AND failures > :failures THEN '' ELSE reason END"
        " WHERE lane = :lane AND provider = :provider"
    )
    conn.execute(statement, [row._asdict() for row in rows])


def open_breaker(conn: Conn, lane: str, words: str, at_least: float, now: datetime) -> None:
    """Open a relay's breaker for 5 s, doubled with each failure in a row, at most 5 min, and `at_least` seconds.

    Where another worker has just opened it, that was the same failure.
    """
    statement = text("""
        INSERT INTO pace (lane, breaker, failures, next_at, reason, at)
        VALUES (:lane, 'open', 1, :now + make_interval(secs => greatest(5, :least)), :words, :now)
        ON CONFLICT (lane, provider) DO UPDATE SET breaker = 'open', failures = pace.failures + 1,
            reason = excluded.reason, at = excluded.at,
            next_at = :now + make_interval(secs => greatest(least(5 * 2 ^ least(pace.failures, 10), 300), :least))
        WHERE pace.breaker <> 'open' OR pace.next_at IS NULL OR pace.next_at <= :now
    """)
    conn.execute(statement, {"lane": lane, "words": words[:500], "least": at_least, "now": now})


def try_again(conn: Conn, lanes: Sequence[str], now: datetime, patience: float) -> set[str]:
    """The lanes whose open breaker has rested and that the caller alone may try, for `patience` seconds."""
    statement = text(
        "UPDATE pace SET breaker = 'trying', next_at = :now + make_interval(secs => :patience), at = :now"
        " WHERE lane = ANY(cast(:lanes AS text[])) AND provider = '' AND breaker <> 'closed'"
        " AND (next_at IS NULL OR next_at <= :now) RETURNING lane"
    )
    return set(conn.execute(statement, {"lanes": list(lanes), "now": now, "patience": patience}).scalars())


def go_on_trying(conn: Conn, lanes: Sequence[str], now: datetime, patience: float) -> None:
    """Whoever tries is still at it."""
    statement = text(
        "UPDATE pace SET next_at = :now + make_interval(secs => :patience)"
        " WHERE lane = ANY(cast(:lanes AS text[])) AND provider = '' AND breaker = 'trying'"
    )
    conn.execute(statement, {"lanes": list(lanes), "now": now, "patience": patience})


def close_breaker(conn: Conn, lane: str, now: datetime) -> None:
    """The one who tried was answered: everybody may go on."""
    statement = text(
        "UPDATE pace SET breaker = 'closed', failures = 0, next_at = NULL, reason = '', at = :now"
        " WHERE lane = :lane AND provider = '' AND breaker = 'trying'"
    )
    conn.execute(statement, {"lane": lane, "now": now})


def give_up_trying(conn: Conn, lane: str, now: datetime) -> None:
    """The one who tried ends without an answer: somebody else may try at once."""
    statement = text(
        "UPDATE pace SET breaker = 'open', next_at = :now WHERE lane = :lane AND provider = '' AND breaker = 'trying'"
    )
    conn.execute(statement, {"lane": lane, "now": now})


def rest(conn: Conn, lane: str, provider: str, words: str, at_least: float, now: datetime) -> None:
    """Let a relay, or one receiving provider, be for a while that grows as a breaker's does, its breaker untouched."""
    statement = text("""
        INSERT INTO pace (lane, provider, failures, next_at, reason, at)
        VALUES (:lane, :provider, 1, :now + make_interval(secs => greatest(5, :least)), :words, :now)
        ON CONFLICT (lane, provider) DO UPDATE SET failures = pace.failures + 1,
            reason = excluded.reason, at = excluded.at,
            next_at = :now + make_interval(secs => greatest(least(5 * 2 ^ least(pace.failures, 10), 300), :least))
        WHERE pace.breaker = 'closed' AND (pace.next_at IS NULL OR pace.next_at <= :now)
    """)
    values = {"lane": lane, "provider": provider, "words": words[:500], "least": at_least, "now": now}
    conn.execute(statement, values)


# ---- for people


def waiting(
    conn: Conn, workspace_id: int, batch_ids: Sequence[int], seq: int | None, now: datetime
) -> Sequence[Row[Any]]:
    """The open batches among these, with their run, who stopped it, and of what has a time of its own one deferred row
    (only `seq`, if given)."""
    statement = text("""
        SELECT b.id, b.transport, b.provider, b.next_at, r.kind, r.state AS run_state, r.reason,
            coalesce(b.lease_until > clock_timestamp(), false) AS held,
            coalesce(c.name, h.actor, '') AS actor, coalesce(d.attempt, 0) AS attempt, coalesce(d.reply, '') AS reply
        FROM batch b JOIN run r ON r.id = b.run_id
        LEFT JOIN LATERAL (
            SELECT h.actor FROM history h WHERE h.noun = 'run' AND h.object_id = r.id
                AND h.trigger IN ('pause', 'hold') AND r.state IN ('paused', 'held') ORDER BY h.id DESC LIMIT 1
        ) h ON true
        LEFT JOIN account a ON a.workspace_id = b.workspace_id
            AND a.id = cast(substring(h.actor FROM '^account:([0-9]{1,18})$') AS bigint)
        LEFT JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id AND c.name <> ''
        LEFT JOIN LATERAL (
            SELECT d.attempt, d.reply FROM delivery d
            WHERE d.run_id = b.run_id AND d.batch_id = b.id AND d.state = 'deferred'
                AND b.next_at > :now AND (cast(:seq AS bigint) IS NULL OR d.seq = :seq) LIMIT 1
        ) d ON true
        WHERE b.workspace_id = :w AND b.id = ANY(cast(:ids AS bigint[])) AND b.state = 'open'
    """)
    return conn.execute(statement, {"w": workspace_id, "ids": list(batch_ids), "seq": seq, "now": now}).all()


def known(conn: Conn, lanes: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
    """The rows of pace of these lanes, those of their providers too."""
    statement = text("SELECT * FROM pace WHERE lane = ANY(cast(:lanes AS text[]))")
    return {(row.lane, row.provider): row for row in conn.execute(statement, {"lanes": list(lanes)})}


def seated(conn: Conn, lanes: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """(connections in use, messages wanted) of these lanes and their providers, by processes that live."""
    statement = text("""
        SELECT lane, provider, sum(seats)::int AS seats, sum(wanted)::int AS wanted FROM seat
        WHERE lane = ANY(cast(:lanes AS text[])) AND until > clock_timestamp() GROUP BY 1, 2
    """)
    found = conn.execute(statement, {"lanes": list(lanes)})
    return {(row.lane, row.provider): (row.seats, row.wanted) for row in found}
