"""Statements that lease, renew, take over, release and finish batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, text

from engine.db import Conn
from engine.models import Batch, Delivery
from engine.outbound.drafts import Row
from engine.states.delivery import OPEN


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch as leased: rows above `horizon` are ours to take, rows at or below it became doubts."""

    id: int
    workspace_id: int
    run_id: int
    kind: str
    urgency: int
    transport: str
    epoch: int
    horizon: int


def claim(
    conn: Conn, owner: str, now: datetime, limit: int, lease: float, crowded: Sequence[tuple[int, str, int]] = ()
) -> list[Claimed]:
    """Lease up to `limit` claimable batches to `owner` for `lease` seconds, most urgent first, skipping locked ones.

    Claimable: open, due by business time, not stopped, its lease over by PostgreSQL's own clock, its run open, its
    transport not backing off, and the database still on the cluster that wrote it (H15). The run is locked for share,
    for a pause that commits while this statement runs changes no batch that nobody holds, and would not be seen
    otherwise. Batches, not rows: with an old snapshot open, row claims fall from 33,000 to 6,600 a second, batch
    claims hardly (docs/delivery.md). `crowded` names lanes and the
    urgency (workspace_id, transport, urgency) from which on the caller wants no more of them.
    """
    statement = text("""
        WITH free AS (
            SELECT b.id, r.kind, b.owner IS NOT NULL AS orphan
            FROM batch b JOIN run r ON r.id = b.run_id
            WHERE EXISTS (SELECT FROM origin o, pg_control_system() s, pg_control_checkpoint() c
                          WHERE o.cluster = s.system_identifier AND o.timeline = c.timeline_id)
              AND b.state = 'open' AND b.next_at <= :now AND NOT b.stop AND r.state = 'open'
              AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
              AND NOT EXISTS (SELECT FROM transport_state t WHERE t.workspace_id = b.workspace_id
                              AND t.transport = b.transport AND t.backoff_until > :now)
              AND NOT EXISTS (SELECT FROM unnest(cast(:workspaces AS bigint[]), cast(:transports AS text[]),
                              cast(:urgencies AS int[])) AS c(workspace_id, transport, urgency)
                              WHERE c.workspace_id = b.workspace_id AND c.transport = b.transport
                              AND c.urgency <= b.urgency)
            ORDER BY b.urgency, b.next_at, b.id LIMIT :limit
            FOR UPDATE OF b SKIP LOCKED FOR SHARE OF r SKIP LOCKED
        )
        UPDATE batch b SET owner = :owner, epoch = b.epoch + 1, takeovers = b.takeovers + free.orphan::int,
            lease_until = clock_timestamp() + make_interval(secs => :lease)
        FROM free WHERE b.id = free.id
        RETURNING b.id, b.workspace_id, b.run_id, free.kind, b.urgency, b.transport, b.epoch, b.horizon
    """)
    values: dict[str, Any] = {"now": now, "owner": owner, "limit": limit, "lease": lease}
    values |= {
        "workspaces": [workspace for workspace, _, _ in crowded],
        "transports": [transport for _, transport, _ in crowded],
        "urgencies": [urgency for _, _, urgency in crowded],
    }
    found = [Claimed(**row._mapping) for row in conn.execute(statement, values)]
    return sorted(found, key=lambda batch: (batch.urgency, batch.id))


def open_rows(conn: Conn, batches: Sequence[Claimed]) -> dict[int, list[Row]]:
    """The open rows above the horizon of each claimed batch, in seq order, by batch id.

    The run is not named, though it would prune partitions: where the statistics are those of an empty partition, the
    primary key then looks as good as the index by batch, and PostgreSQL read the whole run for every claim (16 ms with
    20,000 rows, 40 with 50,000, instead of 1). Looking into the index of every partition costs microseconds.
    """
    statement = text("""
        SELECT d.batch_id, d.seq, d.recipient, d.about, d.address, d.attempt, d.useful_until
        FROM unnest(cast(:batches AS bigint[]), cast(:horizons AS bigint[])) AS c(batch_id, horizon)
        JOIN delivery d ON d.batch_id = c.batch_id AND d.seq > c.horizon
        WHERE d.state IN ('queued', 'deferred')
        ORDER BY d.batch_id, d.seq
    """)
    values = {"batches": [b.id for b in batches], "horizons": [b.horizon for b in batches]}
    rows: dict[int, list[Row]] = {b.id: [] for b in batches}
    known = {b.id: (b.run_id, b.transport) for b in batches}  # all rows of a batch go the same way
    # all() and not row by row: SQLAlchemy's iteration asks the driver once for each, 3 µs a time.
    for batch_id, seq, recipient, about, address, attempt, until in conn.execute(statement, values).all():
        run_id, transport = known[batch_id]
        rows[batch_id].append(Row(run_id, seq, recipient, about, transport, address, attempt, until))
    return rows


def renew(conn: Conn, owner: str, leases: Sequence[tuple[int, int]], lease: float) -> set[int]:
    """Prolong the leases (batch_id, epoch) still ours, in id order; return the batch ids that are."""
    statement = text("""
        WITH held AS (
            SELECT b.id FROM batch b
            JOIN unnest(cast(:ids AS bigint[]), cast(:epochs AS bigint[])) AS a(id, epoch) USING (id)
            WHERE b.epoch = a.epoch AND b.owner = :owner ORDER BY b.id FOR UPDATE OF b
        )
        UPDATE batch b SET lease_until = clock_timestamp() + make_interval(secs => :lease)
        FROM held WHERE b.id = held.id RETURNING b.id
    """)
    ids, epochs = [i for i, _ in leases], [e for _, e in leases]
    return set(conn.execute(statement, {"ids": ids, "epochs": epochs, "owner": owner, "lease": lease}).scalars())


def release(conn: Conn, owner: str, batch_id: int, epoch: int) -> bool:
    """Give a lease back; False when it was no longer ours. Nothing of the batch may be left in memory after it."""
    statement = text(
        "UPDATE batch SET owner = NULL, lease_until = NULL, stop = false, takeovers = 0"
        " WHERE id = :id AND epoch = :epoch AND owner = :owner"
    )
    return conn.execute(statement, {"id": batch_id, "epoch": epoch, "owner": owner}).rowcount == 1


def give_back_later(conn: Conn, owner: str, batch_id: int, epoch: int, now: datetime) -> bool:
    """Give a lease back and let the batch rest for a minute from `now`; nothing of it was taken."""
    statement = text(
        "UPDATE batch SET owner = NULL, lease_until = NULL, stop = false, next_at = :now + interval '1 minute'"
        " WHERE id = :id AND epoch = :epoch AND owner = :owner"
    )
    return conn.execute(statement, {"id": batch_id, "epoch": epoch, "owner": owner, "now": now}).rowcount == 1


def still_ours(conn: Conn, owner: str, batch_id: int, epoch: int) -> bool:
    """Whether the lease is ours; locks the batch row until the transaction ends."""
    statement = text("SELECT FROM batch WHERE id = :id AND epoch = :epoch AND owner = :owner FOR UPDATE")
    return conn.execute(statement, {"id": batch_id, "epoch": epoch, "owner": owner}).first() is not None


def expired_leases(conn: Conn, limit: int) -> list[tuple[int, int, int, int]]:
    """(batch_id, run_id, horizon, takeovers + 1) of open batches whose lease is over, rows locked."""
    statement = text("""
        SELECT id, run_id, horizon, takeovers + 1 FROM batch
        WHERE state = 'open' AND owner IS NOT NULL AND lease_until < clock_timestamp()
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """)
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in conn.execute(statement, {"limit": limit})]


def free(conn: Conn, batch_ids: Sequence[int]) -> None:
    """End the leases of batches locked by `expired_leases`; the epoch moves on, so the old owner can write no more."""
    conn.execute(
        text(
            "UPDATE batch SET owner = NULL, lease_until = NULL, stop = false, epoch = epoch + 1,"
            " takeovers = takeovers + 1 WHERE id = ANY(cast(:ids AS bigint[]))"
        ),
        {"ids": list(batch_ids)},
    )


def at_or_below(batches: Sequence[tuple[int, int, int]]) -> ColumnElement[bool]:
    """The rows at or below the horizon of any of (batch_id, run_id, horizon)."""
    d = Delivery
    return or_(*(and_(d.run_id == run, d.batch_id == batch, d.seq <= top) for batch, run, top in batches))


def finished(batch_ids: Sequence[int]) -> ColumnElement[bool]:
    """Those of the batches that no open row names (H14). Why the run is not named: see `open_rows`."""
    d = Delivery
    left = exists(select(1).where(d.batch_id == Batch.id, d.state.in_(OPEN)))
    return and_(Batch.id.in_(batch_ids), ~left)


def rows_of(batch_id: int, run_id: int) -> ColumnElement[bool]:
    """All rows of one batch."""
    return and_(Delivery.run_id == run_id, Delivery.batch_id == batch_id)


def among(batch_ids: Sequence[int]) -> ColumnElement[bool]:
    """The batches with these ids."""
    return Batch.id.in_(batch_ids)
