"""Statements of corrections: which posts they mend, and how those stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

REMOTE = """
    LEFT JOIN LATERAL (
        SELECT i.remote_id FROM remote_id i WHERE i.run_id = d.run_id AND i.seq = d.seq ORDER BY i.remote_id LIMIT 1
    ) i ON true
"""

# `tried`: this correction was in doubt and is sent once more, so that a second post of it might be one too many.
_POSTS = text(f"""
    SELECT c.id, d.run_id, d.seq, r.kind, d.about, d.state, i.remote_id,
        d.state IN ('queued', 'deferred') AND b.owner IS NOT NULL AS in_hand,
        EXISTS (SELECT FROM delivery_event e WHERE e.run_id = x.run_id AND e.seq = x.seq AND e.trigger = 'resend')
            AS tried
    FROM unnest(cast(:ids AS bigint[]), cast(:runs AS bigint[]), cast(:seqs AS bigint[])) AS x(id, run_id, seq)
    JOIN correction c ON c.id = x.id AND c.workspace_id = :w
    JOIN delivery d ON d.run_id = c.run_id AND d.seq = c.seq AND d.workspace_id = :w
    JOIN batch b ON b.id = d.batch_id
    JOIN run r ON r.id = d.run_id
    {REMOTE}
    WHERE NOT EXISTS (SELECT FROM correction n WHERE n.run_id = c.run_id AND n.seq = c.seq AND n.id > c.id)
""")  # noqa: S608  # fixed pieces only


def posts(conn: Conn, workspace_id: int, rows: Sequence[tuple[int, int, int]]) -> dict[int, Row[Any]]:
    """The post of each correction, by the correction's id; rows are (correction, its run_id, its seq).

    One that has a newer correction is left out.
    """
    ids, runs, seqs = zip(*rows, strict=True) if rows else ((), (), ())
    values = {"w": workspace_id, "ids": db.numbers(ids), "runs": db.numbers(runs), "seqs": db.numbers(seqs)}
    return {row.id: row for row in conn.execute(_POSTS, values)}


class Out(NamedTuple):
    """A post that is out, or in a worker's hands: the delivery, its channel, and when it was last corrected."""

    run_id: int
    seq: int
    kind: str
    channel_id: int
    transport: str
    name: str
    remote_id: str | None
    corrected_at: datetime | None


def lock_batches(conn: Conn, workspace_id: int, posts: Sequence[tuple[int, int]]) -> None:
    """Keep the batches of posts (run_id, about) from being claimed or given back until the transaction ends.

    What is claimed after it reads the new text; what is claimed already is found by `out`, in a statement of its own,
    for one that has waited here would show the rows as they were before.
    """
    statement = text("""
        SELECT b.id FROM batch b WHERE b.workspace_id = :w AND b.id IN (
            SELECT d.batch_id FROM unnest(cast(:runs AS bigint[]), cast(:abouts AS bigint[])) AS k(run_id, about)
            JOIN delivery d ON d.run_id = k.run_id AND d.about = k.about)
        ORDER BY b.id FOR SHARE OF b
    """)
    conn.execute(statement, {"w": workspace_id, **_keys(posts)})


_OUT = text(f"""
    SELECT d.run_id, d.seq, r.kind, d.recipient, d.transport, ch.name, i.remote_id,
        (SELECT max(c.made_at) FROM correction c WHERE c.run_id = d.run_id AND c.seq = d.seq) AS corrected_at
    FROM unnest(cast(:runs AS bigint[]), cast(:abouts AS bigint[])) AS k(run_id, about)
    JOIN run r ON r.id = k.run_id AND r.workspace_id = :w
    JOIN delivery d ON d.run_id = k.run_id AND d.about = k.about
    JOIN batch b ON b.id = d.batch_id
    JOIN channel ch ON ch.id = d.recipient AND ch.workspace_id = :w AND ch.state <> 'off' AND ch.kind = d.transport
    {REMOTE}
    WHERE d.state IN ('sent', 'delivered') OR (d.state IN ('queued', 'deferred') AND b.owner IS NOT NULL)
    ORDER BY d.run_id, d.seq
""")  # noqa: S608  # fixed pieces only


def out(conn: Conn, workspace_id: int, posts: Sequence[tuple[int, int]]) -> list[Out]:
    """The deliveries of posts (run_id, about) that say, or may come to say, what they were rendered with."""
    return [Out(*row) for row in conn.execute(_OUT, {"w": workspace_id, **_keys(posts)})]


def _keys(posts: Sequence[tuple[int, int]]) -> dict[str, str]:
    runs, abouts = zip(*posts, strict=True) if posts else ((), ())
    return {"runs": db.numbers(runs), "abouts": db.numbers(abouts)}


def insert_corrections(conn: Conn, workspace_id: int, of: Sequence[Out], now: datetime) -> list[int]:
    """The ids of new corrections of these posts, in their order."""
    statement = text("""
        INSERT INTO correction (workspace_id, channel_id, run_id, seq, made_at)
        SELECT :w, channel_id, run_id, seq, :now
        FROM unnest(cast(:channels AS bigint[]), cast(:runs AS bigint[]), cast(:seqs AS bigint[]))
            WITH ORDINALITY AS p(channel_id, run_id, seq, n) ORDER BY n
        RETURNING id, run_id, seq
    """)
    values = {
        "w": workspace_id, "now": now, "channels": db.numbers([p.channel_id for p in of]),
        "runs": db.numbers([p.run_id for p in of]), "seqs": db.numbers([p.seq for p in of]),
    }  # fmt: skip
    made = {(row.run_id, row.seq): int(row.id) for row in conn.execute(statement, values)}
    return [made[p.run_id, p.seq] for p in of]
