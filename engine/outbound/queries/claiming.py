"""Statements that lease, renew, take over, release and finish batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, or_, select, text

from engine.db import Conn
from engine.models import Batch, Delivery
from engine.outbound.drafts import Row
from engine.people.relays import RelaySettings
from engine.states.delivery import OPEN


class Lane(NamedTuple):
    """Rows of one lane go through the same slots, whatever their workspace.

    `name`: a relay's ("instance", "relay:<id>"), with the receiving `provider` where that is visible; or the posts of
    one workspace by one transport ("slack:<workspace>").
    """

    name: str
    provider: str = ""


NOWHERE = Lane("")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch as leased: rows above `horizon` are ours to take, rows at or below it became doubts.

    `relay` is the one it was routed to, None for posts, and where there is none to be had; `relay_id` is that of the
    owner before, and `before` is who it was that did not give the lease back.
    """

    id: int
    workspace_id: int
    run_id: int
    kind: str
    urgency: int
    transport: str
    epoch: int
    horizon: int
    provider: str = ""
    relay_id: int | None = None
    before: str | None = None
    relay: RelaySettings | None = None
    lane: Lane = NOWHERE

    def __post_init__(self) -> None:
        if self.lane is NOWHERE:
            object.__setattr__(self, "lane", Lane(f"{self.transport}:{self.workspace_id}"))

    @property
    def via(self) -> int | None:
        """The id of the relay it was routed to, if that is a workspace's own."""
        return self.relay.id if self.relay is not None else None


@dataclass(frozen=True, slots=True)
class Gates:
    """What a claim may not take. `broken` lanes have an open breaker: their mail goes to the next relay by rank.

    `shut` is (lane, provider, urgency): nothing of that urgency or less goes there now; provider ANY is all of them.
    `instance` names the instance's relays by rank, for transactional mail and for `bulk` kinds; `own` says whether a
    workspace's own relays count.
    """

    broken: tuple[str, ...] = ()
    shut: tuple[tuple[str, str, int], ...] = ()
    instance: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    own: bool = True
    bulk: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """For the statements that have OWN in them."""
        whole = [next((lane for lane in lanes if lane not in self.broken), None) for lanes in self.instance]
        return {
            "gated": bool(self.broken or self.shut),
            "own": self.own,
            "broken": list(self.broken),
            "kinds": list(self.bulk),
            "lane": whole[0],
            "bulk_lane": whole[1],
            "lanes": [lane for lane, _, _ in self.shut],
            "providers": [provider for _, provider, _ in self.shut],
            "urgencies": [urgency for _, _, urgency in self.shut],
        }


ANY = "*"
OPEN_GATES = Gates()

# Where nothing is broken or shut, `own` reads nothing and the rest is one constant.
OWN = """
    own AS MATERIALIZED (
        SELECT o.workspace_id, p.bulk, (array_agg('relay:' || o.id ORDER BY o.rank, o.uses = 'all')
            FILTER (WHERE 'relay:' || o.id <> ALL(cast(:broken AS text[]))))[1] AS lane
        FROM relay o, (VALUES (false), (true)) AS p(bulk)
        WHERE :gated AND :own AND o.uses IN ('all', CASE WHEN p.bulk THEN 'bulk' ELSE 'transactional' END)
        GROUP BY 1, 2
    )"""
_SAME_CLUSTER = """EXISTS (SELECT FROM origin o, pg_control_system() s, pg_control_checkpoint() c
                          WHERE o.cluster = s.system_identifier AND o.timeline = c.timeline_id) AND"""
OF_OWN = "LEFT JOIN own ON own.workspace_id = b.workspace_id AND own.bulk = (r.kind = ANY(cast(:kinds AS text[])))"
_LANE = """SELECT CASE
    WHEN b.transport || ':' || b.workspace_id = ANY(cast(:broken AS text[])) THEN NULL
    WHEN b.transport <> 'smtp' THEN b.transport || ':' || b.workspace_id
    WHEN own.workspace_id IS NOT NULL THEN own.lane
    WHEN r.kind = ANY(cast(:kinds AS text[])) THEN cast(:bulk_lane AS text)
    ELSE cast(:lane AS text) END AS lane"""
_SHUT = """EXISTS (
    SELECT FROM unnest(cast(:lanes AS text[]), cast(:providers AS text[]), cast(:urgencies AS int[]))
        AS s(lane, provider, urgency)
    WHERE s.lane = w.lane AND s.provider IN ('*', b.provider) AND s.urgency <= b.urgency)"""
# FREE: there is a lane that the batch would go to now, and nothing shuts it. SHUT: there is one, and something does.
FREE = f"(NOT :gated OR EXISTS (SELECT FROM ({_LANE}) w WHERE w.lane IS NOT NULL AND NOT {_SHUT}))"
SHUT = f"(:gated AND EXISTS (SELECT FROM ({_LANE}) w WHERE {_SHUT}))"
_OPEN = f"""
    FROM batch b JOIN run r ON r.id = b.run_id {OF_OWN}
    WHERE {{where}} b.state = 'open' AND b.next_at <= :now AND NOT b.stop AND r.state = 'open'
      AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
      AND {FREE}
    ORDER BY b.urgency, b.next_at, b.id LIMIT :limit"""


def claim(conn: Conn, owner: str, now: datetime, limit: int, lease: float, gates: Gates = OPEN_GATES) -> list[Claimed]:
    """Lease up to `limit` claimable batches to `owner` for `lease` seconds, most urgent first, skipping locked ones.

    Claimable: open, due by business time, not stopped, its lease over by PostgreSQL's own clock, its run open, not
    behind one of the `gates`, and the database still on the cluster that wrote it (H15). The run is locked for share,
    for a pause that commits while this statement runs changes no batch that nobody holds, and would not be seen
    otherwise. Batches, not rows: with an old snapshot open, row claims fall from 33,000 to 6,600 a second, batch
    claims hardly (docs/delivery.md).
    """
    statement = text(f"""
        WITH {OWN}, free AS (
            SELECT b.id, r.kind, b.owner AS before
            {_OPEN.format(where=_SAME_CLUSTER)}
            FOR UPDATE OF b SKIP LOCKED FOR SHARE OF r SKIP LOCKED
        )
        UPDATE batch b SET owner = :owner, epoch = b.epoch + 1,
            takeovers = b.takeovers + (free.before IS NOT NULL)::int,
            lease_until = clock_timestamp() + make_interval(secs => :lease)
        FROM free WHERE b.id = free.id
        RETURNING b.id, b.workspace_id, b.run_id, free.kind, b.urgency, b.transport, b.epoch, b.horizon, b.provider,
            b.relay_id, free.before
    """)  # noqa: S608  # fixed pieces only
    values = {"now": now, "owner": owner, "limit": limit, "lease": lease, **gates.values()}
    found = [Claimed(**row._mapping) for row in conn.execute(statement, values)]
    return sorted(found, key=lambda batch: (batch.urgency, batch.id))


def claimable(conn: Conn, now: datetime, limit: int, gates: Gates) -> list[int]:
    """Batches that a claim would take this instant, most urgent first."""
    statement = text(f"WITH {OWN} SELECT b.id {_OPEN.format(where='')}")
    return [int(i) for i in conn.execute(statement, {"now": now, "limit": limit, **gates.values()}).scalars()]


def routed(conn: Conn, batches: Sequence[Claimed]) -> None:
    """Write down which relay each batch goes to, for the answers that will name it."""
    conn.execute(
        text(
            "UPDATE batch b SET relay_id = a.relay_id FROM unnest(cast(:ids AS bigint[]), cast(:relays AS bigint[]))"
            " AS a(id, relay_id) WHERE b.id = a.id"
        ),
        {"ids": [b.id for b in batches], "relays": [b.via for b in batches]},
    )


def may_have_left(conn: Conn, batches: Sequence[Claimed]) -> dict[int, list[int]]:
    """The seqs, by batch id, of open rows that were in doubt once: a copy may be with the relay that had them."""
    statement = text("""
        SELECT d.batch_id, d.seq FROM delivery d
        JOIN unnest(cast(:ids AS bigint[]), cast(:runs AS bigint[])) AS a(id, run_id)
            ON d.run_id = a.run_id AND d.batch_id = a.id
        WHERE d.state IN ('queued', 'deferred') AND EXISTS (
            SELECT FROM delivery_event e WHERE e.run_id = d.run_id AND e.seq = d.seq AND e.trigger = 'doubt')
    """)
    found: dict[int, list[int]] = {}
    for batch_id, seq in conn.execute(statement, {"ids": [b.id for b in batches], "runs": [b.run_id for b in batches]}):
        found.setdefault(int(batch_id), []).append(int(seq))
    return found


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


def give_back(conn: Conn, owner: str, batches: Sequence[Claimed]) -> None:
    """Give leases back of which nothing was taken."""
    conn.execute(
        text("UPDATE batch SET owner = NULL, lease_until = NULL, stop = false WHERE id = ANY(cast(:ids AS bigint[]))"
             " AND owner = :owner"),
        {"ids": [b.id for b in batches], "owner": owner},
    )  # fmt: skip


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


class Left(NamedTuple):
    """A batch as its last owner left it."""

    batch_id: int
    run_id: int
    horizon: int
    owner: str | None


def expired_leases(conn: Conn, limit: int) -> list[tuple[Left, int]]:
    """Open batches whose lease is over, each with its takeovers + 1, rows locked."""
    statement = text("""
        SELECT id, run_id, horizon, owner, takeovers + 1 FROM batch
        WHERE state = 'open' AND owner IS NOT NULL AND lease_until < clock_timestamp()
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    """)
    return [(Left(*left), int(times)) for *left, times in conn.execute(statement, {"limit": limit})]


def free(conn: Conn, batch_ids: Sequence[int]) -> None:
    """End the leases of batches locked by `expired_leases`; the epoch moves on, so the old owner can write no more."""
    conn.execute(
        text(
            "UPDATE batch SET owner = NULL, lease_until = NULL, stop = false, epoch = epoch + 1,"
            " takeovers = takeovers + 1 WHERE id = ANY(cast(:ids AS bigint[]))"
        ),
        {"ids": list(batch_ids)},
    )


def at_or_below(batches: Sequence[Left]) -> ColumnElement[bool]:
    """The rows at or below the horizon of any of the batches."""
    d = Delivery
    return or_(*(and_(d.run_id == run, d.batch_id == batch, d.seq <= top) for batch, run, top, _ in batches))


def by_batch(words: Mapping[int, str]) -> ColumnElement[str]:
    """For each row the words of its batch."""
    return case(dict(words), value=Delivery.batch_id)


def relay_of_batch() -> ScalarSelect[int | None]:
    """For each row the relay that its batch was last routed to."""
    return select(Batch.relay_id).where(Batch.id == Delivery.batch_id).scalar_subquery()


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
