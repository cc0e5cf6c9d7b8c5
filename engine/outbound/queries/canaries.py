"""Statements of the canaries: when queues were asked for a sign of life, and when they gave one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

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


def taken(conn: Conn, queue: str, owner: str, canaries: int = 0) -> None:
    """Write that `owner` has just taken something from a queue, `canaries` of it canaries."""
    statement = text(
        "INSERT INTO canary (queue, taken_at, owner, canaries) VALUES (:queue, clock_timestamp(), :owner, :canaries)"
        " ON CONFLICT (queue) DO UPDATE SET taken_at = excluded.taken_at, owner = excluded.owner,"
        " canaries = canary.canaries + excluded.canaries"
    )
    conn.execute(statement, {"queue": queue, "owner": owner, "canaries": canaries})


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


def standing(conn: Conn, queues: Sequence[str], owner: str) -> Sequence[Row[Any]]:
    """Of each queue: canaries taken ever, when `owner` last gave a sign of life, how many other workers did.

    Others count for 10 minutes: of many idle ones each gets a canary now and then only.
    """
    statement = text("""
        SELECT c.queue, c.canaries, max(h.seen_at) FILTER (WHERE h.process = :owner) AS own,
            count(*) FILTER (WHERE h.process <> :owner AND h.seen_at > clock_timestamp() - interval '10 min') AS others
        FROM canary c LEFT JOIN heartbeat h ON h.role = 'queue:' || c.queue
        WHERE c.queue = ANY(:queues) GROUP BY c.queue ORDER BY c.queue
    """)
    return conn.execute(statement, {"queues": list(queues), "owner": owner}).all()


def may_end(conn: Conn, queues: Sequence[str]) -> bool:
    """Whether a worker of these queues may end alone, and if so that it did: no other one of them for 2 minutes.

    That is longer than ending (20 s) and being started again (30 s at most in a row of deaths) take.
    """
    names = {"queues": list(queues)}
    statement = text(
        "SELECT coalesce(ended_at > clock_timestamp() - interval '2 min', false) FROM canary"
        " WHERE queue = ANY(:queues) ORDER BY queue FOR UPDATE"
    )
    if any(conn.execute(statement, names).scalars().all()):
        return False
    conn.execute(text("UPDATE canary SET ended_at = clock_timestamp() WHERE queue = ANY(:queues)"), names)
    return True
