"""What an operator asks of an instance, in few statements: processes, queues, lag, the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

# One row, so that the page stays within its statements. `own` is the workspace's; the rest is the instance's.
_FACTS = text("""
    SELECT pg_database_size(current_database()) AS size, current_setting('server_version_num')::int AS server,
        (SELECT version_num FROM alembic_version) AS migration, to_regclass('pgmq.meta') IS NOT NULL AS queues_here,
        coalesce((SELECT shift FROM clock WHERE id = 1), interval '0') AS shift,
        (SELECT to_jsonb(b) FROM backup b ORDER BY id DESC LIMIT 1) AS backup,
        (SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'delivery'::regclass AND substring(c.relname FROM '^delivery_p([0-9]+)$')::bigint
                > (SELECT coalesce(max(id), 0) FROM run)) AS partitions_ahead,
        (SELECT extract(epoch FROM cast(:now AS timestamptz) - min(next_prompt_at))::float8 FROM membership
            WHERE next_prompt_at IS NOT NULL) AS prompt_lag,
        (SELECT extract(epoch FROM cast(:now AS timestamptz) - min(next_digest_at))::float8 FROM membership
            WHERE next_digest_at IS NOT NULL) AS digest_lag,
        (SELECT count(*) FROM membership WHERE next_prompt_at <= :now) AS due_slots,
        (SELECT extract(epoch FROM cast(:now AS timestamptz) - min(received_at))::float8 FROM inbound
            WHERE state = 'received' AND source <> 'import') AS inbound_lag,
        (SELECT count(*) FROM inbound WHERE state = 'received') AS unread,
        held.mails AS own_held_mails, held.of_newcomers AS own_newcomer_mails,
        (SELECT count(*) FROM run WHERE state = 'held' AND workspace_id = :w) AS own_held_runs,
        (SELECT count(DISTINCT (e.run_id, e.seq)) FROM delivery_event e
            JOIN delivery d ON d.run_id = e.run_id AND d.seq = e.seq
            WHERE e.trigger = 'doubt' AND d.state = 'in_doubt' AND d.workspace_id = :w) AS own_doubts,
        (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.what), '[]') FROM tidying t) AS tidyings
    -- As the pages list them (engine.inbound.queries.waiting): newcomers' apart, nobody's where no other may be meant.
    FROM (SELECT count(*) FILTER (WHERE c.id IS NULL) AS mails, count(c.id) AS of_newcomers
        FROM inbound i LEFT JOIN contact c ON c.id = i.contact_id AND c.standing = 'held'
        WHERE i.state IN ('held', 'parked')
            AND (i.workspace_id = :w OR i.workspace_id IS NULL AND (SELECT count(*) FROM workspace) = 1)) held
""")
_PROCESSES = text("""
    SELECT process, array_agg(DISTINCT role ORDER BY role) AS roles, max(version) AS version,
        extract(epoch FROM clock_timestamp() - max(seen_at))::float8 AS age
    FROM heartbeat WHERE seen_at > clock_timestamp() - make_interval(secs => :within)
    GROUP BY process ORDER BY min(role), process LIMIT 200
""")
_QUEUES = text("""
    SELECT queue, extract(epoch FROM clock_timestamp() - coalesce(taken_at, asked_since))::float8 AS age,
        extract(epoch FROM clock_timestamp() - asked_at)::float8 AS asked, coalesce(owner, '') AS owner
    FROM canary ORDER BY queue
""")
_TABLES = text("""
    SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name,
        sum(pg_total_relation_size(c.oid)) AS size, sum(greatest(c.reltuples, 0))::bigint AS rows
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    GROUP BY 1 ORDER BY 2 DESC LIMIT :limit
""")
_BREAKERS = text("""
    SELECT p.lane, p.provider, p.breaker, p.next_at, p.reason, coalesce(nullif(o.name, ''), o.host, '') AS name
    FROM pace p LEFT JOIN relay o ON p.lane = 'relay:' || o.id AND o.workspace_id = :w
    WHERE (p.lane LIKE 'instance%' OR o.id IS NOT NULL OR p.lane LIKE '%:' || :w AND p.lane NOT LIKE 'relay:%')
        AND (p.breaker <> 'closed' OR p.next_at > :now)
    ORDER BY p.lane, p.provider LIMIT 50
""")


def facts(conn: Conn, workspace_id: int, now: datetime) -> Row[Any]:
    """Everything that is one number; lags are seconds, NULL where nothing is due."""
    return conn.execute(_FACTS, {"w": workspace_id, "now": now}).one()


def processes(conn: Conn, within: float) -> Sequence[Row[Any]]:
    """(process, roles, version, age) of those that showed life within so many seconds, by PostgreSQL's clock."""
    return conn.execute(_PROCESSES, {"within": within}).all()


def queues(conn: Conn) -> Sequence[Row[Any]]:
    """(queue, age of its last sign of life, seconds since it was asked for one, who gave it)."""
    return conn.execute(_QUEUES).all()


def depths(conn: Conn) -> dict[str, int]:
    """How many messages lie in each queue, where the queues are in this database."""
    found = conn.execute(text("SELECT queue_name, queue_length FROM pgmq.metrics_all()"))
    return {row.queue_name: int(row.queue_length) for row in found}


def tables(conn: Conn, limit: int) -> Sequence[Row[Any]]:
    """(name, size in bytes with indexes, rows as PostgreSQL estimates them) of the largest; partitions in one."""
    return conn.execute(_TABLES, {"limit": limit}).all()


def breakers(conn: Conn, workspace_id: int, now: datetime) -> Sequence[Row[Any]]:
    """What rests or is slowed down at this instant: of the instance's relays and of the workspace's own lanes."""
    return conn.execute(_BREAKERS, {"w": workspace_id, "now": now}).all()
