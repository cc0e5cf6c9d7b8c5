"""Statements of the deliveries pages. Each reads one workspace; none writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.kinds import TO_CHANNELS, TO_CONTACTS

# `sending` is no column: an open row at or below its batch's horizon, while a worker holds the batch.
STATE = (
    "CASE WHEN d.state IN ('queued', 'deferred') AND d.seq <= b.horizon AND b.owner IS NOT NULL"
    " THEN 'sending' ELSE d.state END"
)

_RUNS = text(f"""
    WITH newest AS (
        SELECT id, kind, state, reason, size, made_at, doubt_policy FROM run
        WHERE workspace_id = :w AND (cast(:run_id AS bigint) IS NULL OR id = :run_id)
        ORDER BY id DESC LIMIT :limit
    )
    SELECT n.id, n.kind, n.state, n.reason, n.size, n.made_at, n.doubt_policy, s.counts,
        (SELECT count(*) FROM delivery_event e WHERE e.run_id = n.id AND e.trigger = 'resend') AS doubt_resent,
        (SELECT b.id FROM batch b WHERE b.run_id = n.id AND b.state = 'open' AND b.workspace_id = :w
         ORDER BY coalesce(b.lease_until > clock_timestamp(), false), b.next_at, b.id LIMIT 1) AS next_batch
    FROM newest n
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(g.state, g.n) AS counts
        FROM (SELECT {STATE} AS state, count(*) AS n FROM delivery d JOIN batch b ON b.id = d.batch_id
              WHERE d.run_id = n.id GROUP BY 1) g
    ) s ON true
    ORDER BY n.id DESC
""")  # noqa: S608  # fixed pieces only


def runs(conn: Conn, workspace_id: int, limit: int, run_id: int | None = None) -> Sequence[Row[Any]]:
    """The newest runs (or the one): their rows by state, `sending` apart, how many copies a doubt made, and the open
    batch that is next: one that waits before one that a worker has."""
    return conn.execute(_RUNS, {"w": workspace_id, "limit": limit, "run_id": run_id}).all()


Key = tuple[int, int]  # run_id, seq

_ASKED = "unnest(cast(:runs AS bigint[]), cast(:seqs AS int[])) AS asked(run_id, seq)"
_DELIVERIES = text(f"""
    SELECT d.run_id, d.seq, d.batch_id, d.recipient, d.about, d.address, d.transport, d.state AS stored,
        {STATE} AS state, d.attempt, d.code, d.reply, d.queue_id, d.reason, d.sent_at, d.useful_until,
        r.kind, r.state AS run_state, r.reason AS run_reason, r.size, r.made_at, b.owner, b.epoch, b.lease_until,
        b.next_at, b.stop
    FROM {_ASKED} JOIN delivery d ON d.run_id = asked.run_id AND d.seq = asked.seq
    JOIN run r ON r.id = d.run_id JOIN batch b ON b.id = d.batch_id
    WHERE d.workspace_id = :w
""")  # noqa: S608  # fixed pieces only
_EVENTS = text(f"""
    SELECT e.run_id, e.seq, e.at, e.attempt, e.trigger, e.to_state, e.code, e.reply, e.actor
    FROM {_ASKED} JOIN delivery_event e ON e.run_id = asked.run_id AND e.seq = asked.seq
    WHERE e.workspace_id = :w ORDER BY e.no
""")  # noqa: S608  # fixed pieces only
_REPORTED = text(f"""
    SELECT e.* FROM {_ASKED} CROSS JOIN LATERAL (
        SELECT run_id, seq, at, source, kind, code, words FROM provider_event v
        WHERE v.run_id = asked.run_id AND v.seq = asked.seq AND v.workspace_id = :w ORDER BY at, event_id LIMIT 100
    ) e
""")  # noqa: S608  # fixed pieces only


def deliveries(conn: Conn, workspace_id: int, keys: Sequence[Key]) -> dict[Key, Row[Any]]:
    """These deliveries, each with its run and the batch that holds it now."""
    return {(row.run_id, row.seq): row for row in conn.execute(_DELIVERIES, _of(workspace_id, keys))}


def reported(conn: Conn, workspace_id: int, keys: Sequence[Key]) -> dict[Key, list[Row[Any]]]:
    """What the relay's provider reported about deliveries, oldest first."""
    return _by_key(conn.execute(_REPORTED, _of(workspace_id, keys)))


def events(conn: Conn, workspace_id: int, keys: Sequence[Key]) -> dict[Key, list[Row[Any]]]:
    """What was not plain about deliveries, in order."""
    return _by_key(conn.execute(_EVENTS, _of(workspace_id, keys)))


def _of(workspace_id: int, keys: Sequence[Key]) -> dict[str, Any]:
    runs, seqs = db.numbers([run for run, _ in keys]), db.numbers([seq for _, seq in keys])
    return {"w": workspace_id, "runs": runs, "seqs": seqs}


def _by_key(rows: Iterable[Row[Any]]) -> dict[Key, list[Row[Any]]]:
    found: dict[Key, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault((row.run_id, row.seq), []).append(row)
    return found


def remote_ids(conn: Conn, workspace_id: int, run_id: int, seq: int) -> Sequence[str]:
    """The services' own ids of one delivery."""
    statement = text(
        "SELECT remote_id FROM remote_id WHERE workspace_id = :w AND run_id = :run_id AND seq = :seq ORDER BY remote_id"
    )
    return list(conn.execute(statement, {"w": workspace_id, "run_id": run_id, "seq": seq}).scalars())


# By the run's kind, `about` is a participation (prompt, nudge), a digest, a comment, an answer (post) or a notice.
_ABOUT = {
    "prompt": "SELECT p.team_id, p.membership_id, p.local_date FROM participation p",
    "nudge": "SELECT p.team_id, p.membership_id, p.local_date FROM participation p",
    "digest": "SELECT p.team_id, p.membership_id, p.local_date FROM digest p",
    "comment": "SELECT p.team_id, e.membership_id, p.local_date FROM comment p"
    " JOIN entry e ON e.workspace_id = p.workspace_id AND e.id = p.entry_id",
    "post": "SELECT q.team_id, p.membership_id, q.local_date FROM answer p"
    " JOIN participation q ON q.workspace_id = p.workspace_id AND q.id = p.participation_id",
}


def about(conn: Conn, workspace_id: int, kind: str, ident: int) -> Row[Any] | None:
    """Team, person and local date that a delivery of `kind` tells of; None for a notice or where they are gone."""
    if kind not in _ABOUT:
        return None
    statement = text(
        f"SELECT x.team_id, x.membership_id, x.local_date, t.name AS team_name, c.id AS contact_id, c.name, c.email"  # noqa: S608
        f" FROM ({_ABOUT[kind]} WHERE p.workspace_id = :w AND p.id = :ident) x"
        " JOIN team t ON t.workspace_id = :w AND t.id = x.team_id"
        " JOIN membership m ON m.workspace_id = :w AND m.id = x.membership_id"
        " JOIN contact c ON c.workspace_id = :w AND c.id = m.contact_id"
    )
    return conn.execute(statement, {"w": workspace_id, "ident": ident}).one_or_none()


def kin(conn: Conn, workspace_id: int, kind: str, ident: int) -> Sequence[Row[Any]]:
    """The other deliveries of the same part: its prompt and its nudge, as (kind, run_id, seq)."""
    if kind not in ("prompt", "nudge"):
        return []
    statement = text(
        "SELECT 'prompt' AS kind, prompt_run_id AS run_id, prompt_seq AS seq FROM participation"
        " WHERE workspace_id = :w AND id = :ident AND prompt_run_id IS NOT NULL UNION ALL"
        " SELECT 'nudge', nudge_run_id, nudge_seq FROM participation"
        " WHERE workspace_id = :w AND id = :ident AND nudge_run_id IS NOT NULL"
    )
    return conn.execute(statement, {"w": workspace_id, "ident": ident}).all()


_PIECE = text(f"""
    SELECT p.*, coalesce(nullif(c.name, ''), ch.name, '') AS name
    FROM (
        SELECT d.seq, d.workspace_id, d.recipient, r.kind, d.address, {STATE} AS state, d.attempt, d.code, d.reply,
            d.reason, d.sent_at
        FROM delivery d JOIN run r ON r.id = d.run_id JOIN batch b ON b.id = d.batch_id
        WHERE d.run_id = :run_id AND d.workspace_id = :w AND d.seq > :after
        ORDER BY d.seq LIMIT :limit
    ) p
    LEFT JOIN membership m ON p.kind IN ('prompt', 'nudge', 'digest', 'comment') AND m.id = p.recipient
        AND m.workspace_id = p.workspace_id
    LEFT JOIN contact c ON c.workspace_id = p.workspace_id
        AND c.id = CASE WHEN p.kind IN {TO_CONTACTS} THEN p.recipient ELSE m.contact_id END
    LEFT JOIN channel ch ON p.kind IN {TO_CHANNELS} AND ch.id = p.recipient AND ch.workspace_id = p.workspace_id
    ORDER BY p.seq
""")  # noqa: S608  # fixed pieces only


def piece(conn: Conn, workspace_id: int, run_id: int, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next rows of a run after the seq `after`, in order."""
    return conn.execute(_PIECE, {"w": workspace_id, "run_id": run_id, "after": after, "limit": limit}).all()


def open_batches(conn: Conn, workspace_id: int, run_id: int) -> dict[int, int]:
    """How many open rows each batch of a run has that has any; such a batch is open (H14)."""
    statement = text("""
        SELECT batch_id, count(*) FROM delivery
        WHERE run_id = :run_id AND workspace_id = :w AND state IN ('queued', 'deferred') GROUP BY 1
    """)
    return {int(i): int(n) for i, n in conn.execute(statement, {"w": workspace_id, "run_id": run_id})}
