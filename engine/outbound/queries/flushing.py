"""Statements of the flush beside engine.move: retry batches, suppressions, remote ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, text

from engine import db
from engine.db import Conn
from engine.models import Delivery


def later_batch(conn: Conn, run_id: int, transport: str, next_at: datetime, provider: str = "") -> int:
    """A batch of the run for rows to be taken at `next_at`: never claimed and held against claims, or new (H6)."""
    found = conn.execute(
        text(
            "SELECT id FROM batch WHERE run_id = :run AND transport = :transport AND next_at = :at AND epoch = 0"
            " AND provider = :provider AND state = 'open' LIMIT 1 FOR SHARE SKIP LOCKED"
        ),
        {"run": run_id, "transport": transport, "at": next_at, "provider": provider},
    ).scalar_one_or_none()
    if found is not None:
        return int(found)
    statement = text(
        "INSERT INTO batch (workspace_id, run_id, transport, provider, urgency, next_at)"
        " SELECT workspace_id, id, :transport, :provider, urgency, :at FROM run WHERE id = :run RETURNING id"
    )
    values = {"run": run_id, "transport": transport, "at": next_at, "provider": provider}
    return int(conn.execute(statement, values).scalar_one())


def in_doubt(conn: Conn, rows: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """(run_id, seq) of those of the rows (run_id, seq, attempt) that are in doubt at that attempt; they stay locked."""
    statement = text(
        "SELECT d.run_id, d.seq FROM delivery d JOIN unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[]),"
        " cast(:attempts AS bigint[])) AS a(run_id, seq, attempt)"
        " ON a.run_id = d.run_id AND a.seq = d.seq AND a.attempt = d.attempt"
        " WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND d.state = 'in_doubt'"
        " ORDER BY d.run_id, d.seq FOR UPDATE OF d"
    )
    values = dict(
        zip(("runs", "seqs", "attempts"), (db.numbers(column) for column in zip(*rows, strict=True)), strict=True)
    )
    return [(int(run_id), int(seq)) for run_id, seq in conn.execute(statement, values)]


def put_again(conn: Conn, run_id: int, batch_id: int, seqs: Sequence[int], again_id: int) -> None:
    """Move rows that were taken but never out to an unclaimed batch, their state and the old horizon untouched (H5)."""
    conn.execute(
        text(
            "UPDATE delivery SET batch_id = :again WHERE run_id = :run AND batch_id = :batch"
            " AND seq = ANY(cast(:seqs AS bigint[])) AND state IN ('queued', 'deferred')"
        ),
        {"again": again_id, "run": run_id, "batch": batch_id, "seqs": list(seqs)},
    )


def add_suppressions(conn: Conn, facts: Sequence[tuple[int, bytes, str, str, str]]) -> None:
    """Suppress (workspace_id, address_hash, reason, evidence, the address's key) each, unless it is already."""
    conn.execute(
        text(
            "INSERT INTO suppression (workspace_id, address_hash, reason, evidence, contact_id)"
            " SELECT DISTINCT ON (w, h) w, h, r, e, c.id FROM unnest(cast(:w AS bigint[]), cast(:h AS bytea[]),"
            " cast(:r AS text[]), cast(:e AS text[]), cast(:k AS text[])) AS f(w, h, r, e, k)"
            " LEFT JOIN contact c ON c.workspace_id = f.w AND c.email_key = f.k"
            " ON CONFLICT (workspace_id, channel, address_hash) DO NOTHING"
        ),
        dict(zip("whrek", (list(column) for column in zip(*facts, strict=True)), strict=True)),
    )


def add_remote_ids(conn: Conn, facts: Sequence[tuple[str, str, int, int, int]]) -> None:
    """Remember (transport, remote_id, workspace_id, run_id, seq) each, unless it is known."""
    conn.execute(
        text(
            "INSERT INTO remote_id (transport, remote_id, workspace_id, run_id, seq)"
            " SELECT * FROM unnest(cast(:t AS text[]), cast(:i AS text[]), cast(:w AS bigint[]), cast(:r AS bigint[]),"
            " cast(:s AS bigint[])) ON CONFLICT DO NOTHING"
        ),
        dict(zip("tiwrs", (list(column) for column in zip(*facts, strict=True)), strict=True)),
    )


def these(run_id: int, seqs: Sequence[int]) -> ColumnElement[bool]:
    """The rows `seqs` of one run."""
    return and_(Delivery.run_id == run_id, Delivery.seq.in_(seqs))
