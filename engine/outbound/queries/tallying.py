"""Statements that count rows into tallies, and those that read tallies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.providers import DOMAINS, OTHER

OVERLAP = 30.0  # seconds an event may be written before its transaction commits

# Four reasons to count a run: it goes on, it ended since, nobody ever did, or something was written about it later.
# The more rows are under way, the less often they are counted: at 0.3 ms of pause a row, and 1 to 5 microseconds to
# count it, the recount takes a hundredth of a core or so.
_DUE = text("""
    SELECT r.id, r.workspace_id, r.size, r.state IN ('done', 'cancelled') AS over, w.mail_from
    FROM (
        SELECT r.id FROM run r LEFT JOIN tallied t ON t.run_id = r.id
        WHERE r.state NOT IN ('done', 'cancelled') AND (t.run_id IS NULL
              OR t.at < clock_timestamp() - make_interval(secs => greatest(:pause, 0.0003 * (
                  SELECT sum(size) FROM run WHERE state NOT IN ('done', 'cancelled')))::float8))
        UNION SELECT t.run_id FROM tallied t JOIN run r ON r.id = t.run_id
        WHERE NOT t.settled AND r.state IN ('done', 'cancelled')
        UNION SELECT r.id FROM run r
        WHERE r.id > :low AND NOT EXISTS (SELECT FROM tallied t WHERE t.run_id = r.id)
        UNION SELECT t.run_id FROM (
            SELECT run_id, max(written_at) AS at FROM delivery_event WHERE written_at > :since GROUP BY 1
        ) e JOIN tallied t ON t.run_id = e.run_id
        WHERE t.settled AND t.at < e.at + make_interval(secs => :overlap)
    ) due JOIN run r USING (id) JOIN workspace w ON w.id = r.workspace_id
    ORDER BY r.id LIMIT :limit
""")


def due(conn: Conn, low: int, since: datetime, pause: float, limit: int) -> Sequence[Row[Any]]:
    """(id, workspace_id, size, over, mail_from) of runs to count, oldest first.

    `low`: runs up to it have all been counted. `since`, by PostgreSQL's clock: events before it have all been seen.
    """
    values = {"low": low, "since": since, "pause": pause, "limit": limit, "overlap": OVERLAP}
    return conn.execute(_DUE, values).all()


def clock(conn: Conn) -> datetime:
    """PostgreSQL's own clock."""
    found: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def newest_run(conn: Conn) -> int:
    """The highest run id, 0 when there is none."""
    return int(conn.execute(text("SELECT coalesce(max(id), 0) FROM run")).scalar_one())


def from_domains(conn: Conn, runs: Sequence[int]) -> dict[int, str]:
    """The From domain under which each run was first counted, where it was: a later change of From is not its own."""
    statement = text(
        "SELECT run_id, max(from_domain) AS name FROM tally WHERE run_id = ANY(cast(:runs AS bigint[]))"
        " AND transport = 'smtp' GROUP BY 1"
    )
    return {row.run_id: row.name for row in conn.execute(statement, {"runs": db.numbers(runs)})}


def forget(conn: Conn, runs: Sequence[int]) -> None:
    """Drop the tallies of these runs, to be counted anew in the same transaction."""
    conn.execute(text("DELETE FROM tally WHERE run_id = ANY(cast(:runs AS bigint[]))"), {"runs": db.numbers(runs)})


# Plain rows say when they were accepted; whatever else happened is an event. Both are read once, by the run's key.
_COUNT = text("""
    INSERT INTO tally (workspace_id, run_id, day, transport, lane, provider, from_domain, tried, accepted, delivered,
                       deferred, bounced, complained, failed, doubted)
    WITH plain AS (
        SELECT run_id, transport, relay_id, lower(split_part(address, '@', -1)) AS domain,
            (sent_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n
        FROM delivery WHERE run_id = ANY(cast(:runs AS bigint[])) AND sent_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ), happened AS (
        SELECT run_id, seq, (at AT TIME ZONE 'UTC')::date AS day,
            bool_or(to_state = 'deferred') AS deferred, bool_or(to_state = 'bounced') AS bounced,
            bool_or(trigger IN ('bounce', 'prove_bounced')) AS refused, bool_or(to_state = 'delivered') AS delivered,
            bool_or(to_state = 'complained') AS complained, bool_or(to_state = 'failed') AS failed,
            bool_or(to_state = 'in_doubt') AS doubted
        FROM delivery_event WHERE run_id = ANY(cast(:runs AS bigint[])) GROUP BY 1, 2, 3
    ), odd AS (
        SELECT h.*, d.transport, d.relay_id, lower(split_part(d.address, '@', -1)) AS domain,
            d.sent_at IS NULL AND (h.delivered OR h.complained) AS shown,
            coalesce((d.sent_at AT TIME ZONE 'UTC')::date = h.day, false) AS same
        FROM happened h JOIN delivery d ON d.run_id = h.run_id AND d.seq = h.seq
    ), facts AS (
        SELECT run_id, transport, relay_id, domain, day, n AS tried, n AS accepted, 0 AS delivered, 0 AS deferred,
            0 AS bounced, 0 AS complained, 0 AS failed, 0 AS doubted FROM plain
        UNION ALL SELECT run_id, transport, relay_id, domain, day,
            count(*) FILTER (WHERE (deferred OR refused OR shown) AND NOT same), count(*) FILTER (WHERE shown),
            count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE deferred), count(*) FILTER (WHERE bounced),
            count(*) FILTER (WHERE complained), count(*) FILTER (WHERE failed), count(*) FILTER (WHERE doubted)
        FROM odd GROUP BY 1, 2, 3, 4, 5
    ), known AS (
        SELECT * FROM unnest(cast(:domains AS text[]), cast(:providers AS text[])) AS k(domain, provider)
    ), chosen AS (
        SELECT * FROM unnest(cast(:runs AS bigint[]), cast(:workspaces AS bigint[]), cast(:froms AS text[]))
            AS c(run_id, workspace_id, from_domain)
    )
    SELECT c.workspace_id, f.run_id, f.day, f.transport,
        CASE WHEN f.transport <> 'smtp' THEN '' ELSE coalesce('relay:' || f.relay_id, 'instance') END,
        CASE WHEN f.transport <> 'smtp' THEN '' ELSE coalesce(k.provider, :other) END,
        CASE WHEN f.transport <> 'smtp' THEN '' ELSE c.from_domain END,
        sum(tried), sum(accepted), sum(delivered), sum(deferred), sum(bounced), sum(complained), sum(failed),
        sum(doubted)
    FROM facts f JOIN chosen c ON c.run_id = f.run_id LEFT JOIN known k ON k.domain = f.domain
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(tried + delivered + bounced + complained + failed + doubted) > 0
""")


def count(conn: Conn, runs: Sequence[Row[Any]], froms: Mapping[int, str]) -> None:
    """Count the rows and events of these runs into tallies, which must not be there."""
    values = {
        "runs": db.numbers([run.id for run in runs]),
        "workspaces": db.numbers([run.workspace_id for run in runs]),
        "froms": db.texts([froms[run.id] for run in runs]),
        "domains": db.texts(DOMAINS.keys()),
        "providers": db.texts(DOMAINS.values()),
        "other": OTHER,
    }
    conn.execute(_COUNT, values)


def remember(conn: Conn, runs: Sequence[Row[Any]], now: datetime) -> None:
    """Write down when these runs were counted, whether their numbers have moved since, and whether all went plainly.

    Plainly: the run is over and nothing was counted but that each row was accepted, and delivered perhaps.
    """
    statement = text("""
        INSERT INTO tallied (run_id, workspace_id, at, total, moved_at, settled, odd)
        SELECT c.id, c.workspace_id, clock_timestamp(), coalesce(s.total, 0), :now, c.over,
            NOT c.over OR coalesce(s.accepted, 0) < c.size OR s.wrong > 0
        FROM unnest(cast(:runs AS bigint[]), cast(:workspaces AS bigint[]), cast(:over AS boolean[]),
            cast(:sizes AS bigint[])) AS c(id, workspace_id, over, size)
        LEFT JOIN (SELECT run_id, sum(accepted) AS accepted,
                   sum(deferred + bounced + complained + failed + doubted) AS wrong,
                   sum(tried + accepted + delivered + deferred + bounced + complained + failed + doubted)
                   AS total FROM tally WHERE run_id = ANY(cast(:runs AS bigint[])) GROUP BY 1) s ON s.run_id = c.id
        ON CONFLICT (run_id) DO UPDATE SET at = excluded.at, total = excluded.total, settled = excluded.settled,
            odd = excluded.odd,
            moved_at = CASE WHEN tallied.total = excluded.total THEN tallied.moved_at ELSE excluded.moved_at END
    """)
    values = {
        "runs": db.numbers([run.id for run in runs]),
        "workspaces": db.numbers([run.workspace_id for run in runs]),
        "over": [run.over for run in runs],
        "sizes": db.numbers([run.size for run in runs]),
        "now": now,
    }
    conn.execute(statement, values)


_SUMS = ", ".join(
    f"sum({name}) AS {name}"
    for name in ("tried", "accepted", "delivered", "deferred", "bounced", "complained", "failed", "doubted")
)


def sums(conn: Conn, since: date) -> Sequence[Row[Any]]:
    """Mails since a day, of every workspace, by relay, provider and From domain."""
    statement = text(
        f"SELECT workspace_id, lane, provider, from_domain, {_SUMS} FROM tally"  # noqa: S608
        " WHERE day >= :since AND transport = 'smtp' GROUP BY 1, 2, 3, 4"
    )
    return conn.execute(statement, {"since": since}).all()


def of_workspace(conn: Conn, workspace_id: int, since: date) -> Sequence[Row[Any]]:
    """A workspace's tallies since a day, by day, transport, relay, provider and From domain."""
    statement = text(
        f"SELECT day, transport, lane, provider, from_domain, {_SUMS} FROM tally"  # noqa: S608
        " WHERE workspace_id = :w AND day >= :since GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 2, 3, 4, 5"
    )
    return conn.execute(statement, {"w": workspace_id, "since": since}).all()


def of_day(conn: Conn, day: date) -> Sequence[Row[Any]]:
    """The whole instance's tallies of a day: by transport, relay and provider (`from_domain` NULL), and once more by
    transport and From domain (`lane` and `provider` NULL).
    """
    statement = text(
        f"SELECT transport, lane, provider, from_domain, {_SUMS} FROM tally WHERE day = :day"  # noqa: S608
        " GROUP BY GROUPING SETS ((transport, lane, provider), (transport, from_domain)) ORDER BY 1, 2, 3, 4"
    )
    return conn.execute(statement, {"day": day}).all()
