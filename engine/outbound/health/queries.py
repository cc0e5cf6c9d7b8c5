"""The statements behind /readyz and /metrics. Each reads a small or a partial index, or a bounded stretch of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn


def due_lag(conn: Conn, now: datetime) -> dict[str, float]:
    """Seconds since the oldest prompt and digest that fell due and has not been planned."""
    row = conn.execute(
        text(
            "SELECT coalesce(extract(epoch FROM cast(:now AS timestamptz) - min(next_prompt_at)), 0) AS prompt,"
            " (SELECT coalesce(extract(epoch FROM cast(:now AS timestamptz) - min(next_digest_at)), 0)"
            " FROM membership WHERE next_digest_at IS NOT NULL) AS digest"
            " FROM membership WHERE next_prompt_at IS NOT NULL"
        ),
        {"now": now},
    ).one()
    return {"prompt": max(0.0, float(row.prompt)), "digest": max(0.0, float(row.digest))}


def open_batches(conn: Conn, now: datetime) -> Sequence[Row[Any]]:
    """Open batches of runs that may go on, by transport and once more by kind of run, with the other of the two NULL.

    (claimable, leased, overdue, age): overdue is a lease that is over, age the seconds since the oldest one fell due
    that nobody has taken.
    """
    return conn.execute(
        text(
            "SELECT b.transport, r.kind, count(*) FILTER (WHERE b.next_at <= :now AND NOT coalesce(b.lease_until >"
            " clock_timestamp(), false)) AS claimable,"
            " count(*) FILTER (WHERE b.lease_until > clock_timestamp()) AS leased,"
            " count(*) FILTER (WHERE b.lease_until <= clock_timestamp()) AS overdue,"
            " extract(epoch FROM cast(:now AS timestamptz) - min(b.next_at) FILTER (WHERE b.next_at <= :now"
            " AND NOT coalesce(b.lease_until > clock_timestamp(), false)))::float8 AS age"
            " FROM batch b JOIN run r ON r.id = b.run_id WHERE b.state = 'open' AND r.state = 'open'"
            " GROUP BY GROUPING SETS ((b.transport), (r.kind))"
        ),
        {"now": now},
    ).all()


def inbound(conn: Conn, now: datetime) -> tuple[dict[str, int], float]:
    """How many mails wait to be read, are held, and are parked; and the seconds since the oldest unread one came."""
    found = conn.execute(
        text(
            "SELECT state, count(*) AS n,"
            # what was brought in from files came long ago, and is not late for that
            " extract(epoch FROM cast(:now AS timestamptz)"
            " - min(received_at) FILTER (WHERE source <> 'import'))::float8 AS age"
            " FROM inbound WHERE state IN ('received', 'held', 'parked') GROUP BY 1"
        ),
        {"now": now},
    ).all()
    counts = {"received": 0, "held": 0, "parked": 0} | {row.state: int(row.n) for row in found}
    return counts, max([0.0, *(row.age or 0.0 for row in found if row.state == "received")])


def boxes(conn: Conn) -> Sequence[Row[Any]]:
    """Every mailbox that mail is fetched from, by PostgreSQL's clock.

    (name, failure, failing, age, lag, waiting, fetched): seconds since it fails, since all that was there was fetched
    (since it was connected where that never was), and since the oldest mail was seen there that still is not.
    """
    return conn.execute(
        text(
            "SELECT name, failure, waiting, fetched,"
            " extract(epoch FROM clock_timestamp() - failed_at)::float8 AS failing,"
            " extract(epoch FROM clock_timestamp() - coalesce(last_ok_at, connected_at))::float8 AS age,"
            " extract(epoch FROM clock_timestamp() - waiting_since)::float8 AS lag"
            " FROM imap_box ORDER BY name"
        )
    ).all()


def refused_hooks(conn: Conn) -> Sequence[Row[Any]]:
    """(hook, setting, why, calls, since, age): webhooks for mail that were called without a key, by PostgreSQL's clock.

    `since` and `age`: seconds since the first and the last of the calls that came day after day.
    """
    return conn.execute(
        text(
            "SELECT hook, setting, why, calls, extract(epoch FROM clock_timestamp() - first_at)::float8 AS since,"
            " extract(epoch FROM clock_timestamp() - last_at)::float8 AS age FROM refused_hook ORDER BY hook"
        )
    ).all()


# `run_id >=` prunes the partitions below; counting by time alone would read every row there is.
def outcomes(conn: Conn, since: datetime) -> dict[tuple[str, str], int]:
    """How many rows of runs made since then are in each state, by (kind, state)."""
    found = conn.execute(
        text(
            "SELECT r.kind, d.state, count(*) FROM delivery d JOIN run r ON r.id = d.run_id"
            " WHERE d.run_id >= (SELECT min(id) FROM run WHERE made_at >= :since) AND r.made_at >= :since"
            " GROUP BY 1, 2"
        ),
        {"since": since},
    )
    return {(kind, state): int(n) for kind, state, n in found.all()}


def doubts(conn: Conn, since: datetime) -> tuple[int, int]:
    """How many rows of runs made since then are in doubt, and how often such rows were sent once more after a doubt.

    By the events of doubts, of which there are few and which have an index: `state` of a delivery is in none.
    """
    found = conn.execute(
        text(
            "WITH doubted AS (SELECT DISTINCT run_id, seq FROM delivery_event WHERE trigger = 'doubt'"
            " AND run_id >= (SELECT min(id) FROM run WHERE made_at >= :since))"
            " SELECT count(*) FILTER (WHERE d.state = 'in_doubt') AS now, coalesce(sum(e.n), 0) AS resent"
            " FROM doubted x JOIN delivery d ON d.run_id = x.run_id AND d.seq = x.seq"
            " CROSS JOIN LATERAL (SELECT count(*) AS n FROM delivery_event e"
            " WHERE e.run_id = x.run_id AND e.seq = x.seq AND e.trigger = 'resend') e"
        ),
        {"since": since},
    ).one()
    return int(found.now), int(found.resent)


def unfinished(conn: Conn) -> dict[str, int]:
    """How many rows of unfinished runs are in each state."""
    found = conn.execute(
        text(
            "SELECT d.state, count(*) FROM delivery d WHERE d.run_id = ANY("
            " SELECT id FROM run WHERE state NOT IN ('done', 'cancelled')) GROUP BY 1"
        )
    )
    return {state: int(n) for state, n in found.all()}


def troubles(conn: Conn) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """How many runs are paused and held; how many incidents are open, by kind; how often each webhook was refused."""
    found = conn.execute(
        text(
            "SELECT 'run' AS what, state AS name, count(*) AS n FROM run WHERE state IN ('paused', 'held') GROUP BY 2"
            " UNION ALL SELECT 'incident', kind, count(*) FROM incident WHERE over_at IS NULL GROUP BY 2"
            " UNION ALL SELECT 'hook', hook, calls FROM refused_hook"
        )
    ).all()
    runs, incidents, hooks = (
        {row.name: int(row.n) for row in found if row.what == what} for what in ("run", "incident", "hook")
    )
    return {"paused": 0, "held": 0} | runs, incidents, hooks


def breakers(conn: Conn) -> dict[tuple[str, str], str]:
    """The state of each circuit breaker by (lane, provider); the provider is empty for the relay itself."""
    found = conn.execute(text("SELECT lane, provider, breaker FROM pace ORDER BY 1, 2"))
    return {(lane, provider): state for lane, provider, state in found.all()}


def deaf_queues(conn: Conn) -> dict[str, str]:
    """Queues whose watchdog incident is open and still so, with its words."""
    statement = text(
        "SELECT about, words FROM incident WHERE kind = 'watchdog' AND over_at IS NULL AND gone_at IS NULL"
    )
    return {row.about: row.words for row in conn.execute(statement)}


def notice_state(conn: Conn, workspace_id: int, run_id: int) -> Row[Any] | None:
    """The one row of a notice's run; `trouble` is what its relay refused at last, while it rests for that, or None."""
    return conn.execute(
        text(
            "SELECT d.address, d.state, d.code, d.reply, d.reason, (SELECT p.reason FROM pace p"
            " WHERE p.reason <> '' AND (p.breaker <> 'closed' OR p.next_at IS NOT NULL) AND CASE"
            " WHEN EXISTS (SELECT FROM relay o WHERE o.workspace_id = :w)"
            " THEN p.lane IN (SELECT 'relay:' || o.id FROM relay o WHERE o.workspace_id = :w)"
            " ELSE p.lane LIKE 'instance%' END ORDER BY p.at DESC LIMIT 1) AS trouble"
            " FROM delivery d JOIN run r ON r.id = d.run_id"
            " WHERE d.workspace_id = :w AND d.run_id = :run_id AND d.seq = 1 AND r.kind = 'notice'"
        ),
        {"w": workspace_id, "run_id": run_id},
    ).one_or_none()
