"""Statements of the canaries: when queues were asked for a sign of life, and when they gave one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from engine.db import Conn


def asked(conn: Conn, queues: Sequence[str]) -> None:
    """Write that the broker has just taken the question to these queues. A pause of 30 s begins a new row of them."""
    statement = text("""
        INSERT INTO canary (queue, asked_since, asked_at)
        SELECT q, clock_timestamp(), clock_timestamp() FROM unnest(cast(:queues AS text[])) AS q ORDER BY q
        ON CONFLICT (queue) DO UPDATE SET asked_at = excluded.asked_at,
            asked_since = CASE WHEN canary.asked_at > clock_timestamp() - interval '30 s' THEN canary.asked_since
                               ELSE excluded.asked_since END
    """)
    conn.execute(statement, {"queues": list(queues)})


def taken(conn: Conn, queue: str, owner: str) -> None:
    """Write that `owner` has just taken something from a queue."""
    statement = text(
        "INSERT INTO canary (queue, taken_at, owner) VALUES (:queue, clock_timestamp(), :owner)"
        " ON CONFLICT (queue) DO UPDATE SET taken_at = excluded.taken_at, owner = excluded.owner"
    )
    conn.execute(statement, {"queue": queue, "owner": owner})


def ages(conn: Conn) -> dict[str, float]:
    """Seconds since each queue gave a sign of life, or, if it never did, since it is asked for one."""
    statement = text(
        "SELECT queue, extract(epoch FROM clock_timestamp() - coalesce(taken_at, asked_since))::float8 AS age"
        " FROM canary ORDER BY queue"
    )
    return {row.queue: row.age for row in conn.execute(statement)}


def silences(conn: Conn) -> dict[str, float]:
    """The queues that are being asked at this time, and for how many seconds they have not answered."""
    statement = text("""
        SELECT queue, extract(epoch FROM clock_timestamp() - greatest(taken_at, asked_since))::float8 AS age
        FROM canary WHERE asked_at > clock_timestamp() - interval '30 s' ORDER BY queue
    """)
    return {row.queue: row.age for row in conn.execute(statement)}
