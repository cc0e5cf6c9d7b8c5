"""The one door that writes state columns: guarded updates whose source states come from the tables.

A move that changes 0 rows is normal: somebody was first. Every move writes its event row in the same statement,
save those the table calls quiet, which can be read from the row itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from engine import db
from engine import models as m
from engine.db import Conn
from engine.states import DELIVERY, TABLES
from engine.states.machine import state_after
from engine.states.table import StateTable

Where = ColumnElement[bool]

MODELS: dict[str, Any] = {
    "run": m.Run,
    "batch": m.Batch,
    "delivery": m.Delivery,
    "round": m.Round,
    "participation": m.Participation,
    "inbound": m.Inbound,
    "channel": m.Channel,
    "campaign": m.Campaign,
    "import": m.Import,
}

WIRE = ("accept", "defer", "bounce", "fail", "suppress", "expire", "doubt")
PROOF = {"accept": "prove_sent", "bounce": "prove_bounced", "defer": "prove_deferred"}


def one(
    conn: Conn,
    noun: str,
    ident: int,
    trigger: str,
    at: datetime,
    *,
    actor: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
) -> str:
    """Move one object through its Machine, row locked, and return its new state.

    Raises IllegalMove when the table has no such move from its state, LookupError when there is no such row.
    """
    model = MODELS[noun]
    state = conn.execute(
        select(model.state).where(model.id == ident).with_for_update(key_share=True)
    ).scalar_one_or_none()
    if state is None:
        raise LookupError(f"There is no {noun} {ident}.")
    dest = state_after(TABLES[noun], state, trigger)
    by_ids(conn, noun, trigger, [ident], at, actor=actor, note=note, values=values)
    return dest


def by_ids(
    conn: Conn,
    noun: str,
    trigger: str,
    ids: Sequence[int],
    at: datetime,
    *,
    actor: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
) -> Sequence[Any]:
    """`many` for rows by their ids: where moves come one by one, building the statement took as long as running it."""
    given = values or {}
    facts = {"ids": list(ids), "at": at, "actor": actor, "note": note}
    statement = _by_ids(noun, trigger, tuple(sorted(given)))
    return conn.execute(statement, {**facts, **{f"new_{name}": value for name, value in given.items()}}).all()


@lru_cache
def _by_ids(noun: str, trigger: str, names: tuple[str, ...]) -> Any:
    model = MODELS[noun]
    where = model.id == func.any(bindparam("ids", type_=ARRAY(BigInteger)))
    values = {name: bindparam(f"new_{name}", type_=getattr(model, name).type) for name in names}
    at = bindparam("at", type_=DateTime(timezone=True))
    return _moving(noun, trigger, where, (at, bindparam("actor", type_=Text), bindparam("note", type_=Text)), values)


def many(
    conn: Conn,
    noun: str,
    trigger: str,
    where: Where,
    at: datetime,
    *,
    actor: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
) -> Sequence[Any]:
    """Move every row that matches `where` and stands in a source state of `trigger`; return the moved (id, workspace).

    For deliveries use `deliveries`, whose events are of another kind.
    """
    told = tuple(literal(fact) for fact in (at, actor, note))
    return conn.execute(_moving(noun, trigger, where, told, values or {})).all()


def _moving(noun: str, trigger: str, where: Where, told_by: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """The statement of a move; `told_by` are instant, actor and note."""
    model, move = MODELS[noun], TABLES[noun].move(trigger)
    moved = (
        update(model)
        .where(and_(model.state.in_(move.sources), where))
        .values(state=move.dest, **values)
        .returning(model.id, model.workspace_id)
        .cte("moved")
    )
    answer = select(moved.c.id, moved.c.workspace_id)
    if not move.quiet:
        columns = ["workspace_id", "noun", "object_id", "at", "trigger", "to_state", "actor", "note"]
        at, actor, note = told_by
        facts = [at, literal(trigger), literal(move.dest), actor, note]
        told = select(moved.c.workspace_id, literal(noun), moved.c.id, *facts).where(moved.c.workspace_id.isnot(None))
        answer = answer.add_cte(insert(m.History).from_select(columns, told).cte("told"))
    return answer


def deliveries(
    conn: Conn,
    trigger: str,
    where: Where,
    at: datetime,
    *,
    actor: str = "",
    reason: str | ColumnElement[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Sequence[Any]:
    """Move every delivery that matches `where` by `trigger`, with an event row each; return (run_id, seq, batch_id).

    `reason` may be an expression over the row, where one statement moves rows for different reasons.
    """
    d, move = m.Delivery, DELIVERY.move(trigger)
    changes: dict[str, Any] = {"state": move.dest, **(values or {})}
    if reason is not None:
        changes["reason"] = reason
    moved = (
        update(d)
        .where(and_(d.state.in_(move.sources), where))
        .values(**changes)
        .returning(d.run_id, d.seq, d.batch_id, d.workspace_id, d.attempt, d.code, d.reply, d.reason)
        .cte("moved")
    )
    columns = ["run_id", "seq", "workspace_id", "at", "attempt", "trigger", "to_state", "code", "reply", "actor"]
    c = moved.c
    told = select(
        c.run_id, c.seq, c.workspace_id, literal(at), c.attempt, literal(trigger), literal(move.dest), c.code,
        c.reason if reason is not None else c.reply, literal(actor),
    )  # fmt: skip
    logged = insert(m.DeliveryEvent).from_select(columns, told).cte("told")
    return conn.execute(select(c.run_id, c.seq, c.batch_id).add_cte(logged)).all()


def deliveries_made(conn: Conn, trigger: str, rows: Select[Any], at: datetime) -> None:
    """Insert deliveries that begin where `trigger` leads from a new one, with an event row each.

    `rows` names all columns but the state; its `reason` is what the event says. A freeze makes and leaves out in one:
    as an insert and an update each of them would be two versions of a row.
    """
    move, fresh = DELIVERY.move(trigger), rows.cte("fresh")
    if DELIVERY.initial not in move.sources:
        raise ValueError(f"A new delivery cannot {trigger}.")
    c = fresh.c
    names = [column.name for column in c]
    made = insert(m.Delivery).from_select([*names, "state"], select(*c, literal(move.dest))).cte("made")
    columns = ["run_id", "seq", "workspace_id", "at", "attempt", "trigger", "to_state", "reply"]
    told = select(
        c.run_id, c.seq, c.workspace_id, literal(at), literal(0), literal(trigger), literal(move.dest), c.reason
    )
    conn.execute(insert(m.DeliveryEvent).from_select(columns, told).add_cte(made))


@dataclass(frozen=True, slots=True)
class Recorded:
    """One outcome on its way into the ledger. `to_batch` is the retry batch of a deferral, else None."""

    run_id: int
    seq: int
    batch_id: int
    attempt: int
    trigger: str  # one of WIRE
    code: str = ""
    reply: str = ""
    queue_id: str = ""
    reason: str = ""
    to_batch: int | None = None
    relay_id: int | None = None  # of the workspace's own that gave the answer


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{n}'" for n in names)


def _case(table: StateTable, triggers: Sequence[str]) -> str:
    whens = " ".join(f"WHEN '{t}' THEN '{table.move(t).dest}'" for t in triggers)
    return f"CASE o.trigger {whens} END"


def _shared_sources(triggers: Sequence[str]) -> str:
    sources = {DELIVERY.move(t).sources for t in triggers}
    if len(sources) != 1:
        raise ValueError(f"The moves {triggers} of the flush must leave the same states.")
    return _quoted(sources.pop())


# `= ANY(:runs)` repeats what the join says, so that the executor prunes partitions before it starts.
_RECORD = """
WITH moved AS (
    UPDATE delivery d SET
        state = {case},
        attempt = d.attempt + (o.trigger IN ('defer', 'prove_deferred'))::int,
        batch_id = coalesce(o.to_batch, d.batch_id),
        code = o.code, reply = o.reply, queue_id = o.queue_id, reason = o.reason, relay_id = o.relay_id,
        sent_at = CASE WHEN o.trigger IN ('accept', 'prove_sent') THEN :at ELSE d.sent_at END
    FROM unnest(cast(:run_id AS bigint[]), cast(:seq AS bigint[]), cast(:batch_id AS bigint[]),
                cast(:attempt AS smallint[]), cast(:trigger AS text[]), cast(:code AS text[]), cast(:reply AS text[]),
                cast(:queue_id AS text[]), cast(:reason AS text[]), cast(:to_batch AS bigint[]),
                cast(:relay_id AS bigint[]))
      AS o(run_id, seq, batch_id, attempt, trigger, code, reply, queue_id, reason, to_batch, relay_id)
    WHERE d.run_id = o.run_id AND d.seq = o.seq AND d.attempt = o.attempt {guard}
      AND d.state IN ({sources}) AND d.run_id = ANY(cast(:run_id AS bigint[]))
    RETURNING d.run_id, d.seq, d.workspace_id, o.attempt, o.trigger, d.state, d.code, d.reply, d.reason
), told AS (
    INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state, code, reply)
    SELECT run_id, seq, workspace_id, :at, attempt, trigger, state, code, coalesce(nullif(reply, ''), reason)
    FROM moved WHERE trigger NOT IN ({quiet}) OR attempt > 0
)
SELECT run_id, seq FROM moved
"""

_FLUSH = text(
    _RECORD.format(
        case=_case(DELIVERY, WIRE),
        guard="AND d.batch_id = o.batch_id",
        sources=_shared_sources(WIRE),
        quiet=_quoted([t for t in WIRE if DELIVERY.move(t).quiet]),
    )
).bindparams(bindparam("at"))
_PROVE = text(
    _RECORD.format(
        case=_case(DELIVERY, tuple(PROOF.values())),
        guard="",
        sources=_shared_sources(tuple(PROOF.values())),
        quiet="''",
    )
).bindparams(bindparam("at"))


_TEXTS = ("trigger", "code", "reply", "queue_id", "reason")


def _columns(rows: Sequence[Recorded]) -> dict[str, str]:
    names = Recorded.__slots__  # the dataclass's fields, in order
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return {name: (db.texts if name in _TEXTS else db.numbers)(column) for name, column in columns.items()}


def record(conn: Conn, rows: Sequence[Recorded], at: datetime) -> set[tuple[int, int]]:
    """Write outcomes of batches this process still holds (the caller checked, H8); return the (run_id, seq) written.

    Guarded by batch, attempt as read, and an open state, so that repeating it changes nothing (H7).
    """
    return {(r.run_id, r.seq) for r in conn.execute(_FLUSH, {**_columns(rows), "at": at})} if rows else set()


def prove(conn: Conn, rows: Sequence[Recorded], at: datetime) -> set[tuple[int, int]]:
    """Write outcomes of batches that were taken over, as proof: in_doubt → sent, bounced or deferred (H13).

    Guarded by (run_id, seq, attempt) alone; outcomes that prove nothing (expired, suppressed …) are left out.
    """
    proofs = [replace(r, trigger=PROOF[r.trigger]) for r in rows if r.trigger in PROOF]
    if not proofs:
        return set()
    return {(r.run_id, r.seq) for r in conn.execute(_PROVE, {**_columns(proofs), "at": at})}


class Raised(NamedTuple):
    """A batch the flush still holds: its committed-to-be horizon, and whether somebody stopped it."""

    id: int
    horizon: int
    stop: bool


class Accepted(NamedTuple):
    """A first attempt that was accepted and left nothing to be told but the answer: the plain case of the flush."""

    run_id: int
    seq: int
    batch_id: int
    code: str
    reply: str
    queue_id: str


# The batch rows are locked in id order before anything else, and rows are written only where their batch was still
# held (H8). Whatever another transaction did meanwhile is seen, since PostgreSQL looks again at a row it had to wait
# for: an epoch that moved on, a stop, a row that was cancelled.
_RAISE_SQL = """
WITH asked AS (
    SELECT * FROM unnest(cast(%(ids)s AS bigint[]), cast(%(epochs)s AS bigint[]), cast(%(tops)s AS bigint[]))
        AS a(id, epoch, top)
), held AS (
    SELECT b.id FROM batch b JOIN asked a USING (id)
    WHERE b.epoch = a.epoch AND b.owner = %(owner)s ORDER BY b.id FOR UPDATE OF b
), raised AS (
    UPDATE batch b SET horizon = CASE WHEN b.stop THEN b.horizon ELSE greatest(b.horizon, a.top) END
    FROM asked a JOIN held h ON h.id = a.id
    WHERE b.id = a.id AND b.epoch = a.epoch AND b.owner = %(owner)s
    RETURNING b.id, b.horizon, b.stop, b.relay_id
), accepted AS (
    UPDATE delivery d SET state = '{sent}', code = o.code, reply = o.reply,
        queue_id = o.queue_id, reason = '', sent_at = %(at)s, relay_id = r.relay_id
    FROM unnest(cast(%(run_id)s AS bigint[]), cast(%(seq)s AS bigint[]), cast(%(batch_id)s AS bigint[]),
                cast(%(code)s AS text[]), cast(%(reply)s AS text[]), cast(%(queue_id)s AS text[]))
      AS o(run_id, seq, batch_id, code, reply, queue_id)
    JOIN raised r ON r.id = o.batch_id
    WHERE d.run_id = o.run_id AND d.seq = o.seq AND d.batch_id = o.batch_id AND d.attempt = 0
      AND d.state IN ({open}) AND d.run_id = ANY(cast(%(runs)s AS bigint[]))
)
SELECT id, horizon, stop FROM raised
"""
_ACCEPT = DELIVERY.move("accept")
_RAISE = _RAISE_SQL.format(sent=_ACCEPT.dest, open=_quoted(_ACCEPT.sources))


def raise_horizons(
    conn: Conn, owner: str, asked: Sequence[tuple[int, int, int]], accepted: Sequence[Accepted], at: datetime
) -> dict[int, Raised]:
    """Raise the horizons (batch_id, epoch, highest seq taken) of batches still held by `owner`, and write what was
    accepted of them; one statement, so that the plain flush needs no transaction around it (H7, H8).

    A stopped batch keeps its horizon (H11). What is missing from the answer is lost, and nothing of it was written.
    The permit is what this returned, once it is committed (H2).
    """
    runs, seqs, batches, codes, replies, queue_ids = zip(*accepted, strict=True) if accepted else ((),) * 6
    values = {
        "owner": owner,
        "ids": db.numbers([i for i, _, _ in asked]),
        "epochs": db.numbers([e for _, e, _ in asked]),
        "tops": db.numbers([t for _, _, t in asked]),
        "run_id": db.numbers(runs),
        "seq": db.numbers(seqs),
        "batch_id": db.numbers(batches),
        "code": db.texts(codes),
        "reply": db.texts(replies),
        "queue_id": db.texts(queue_ids),
        "runs": db.numbers(sorted(set(runs))),
        "at": at,
    }
    return {row[0]: Raised(*row) for row in db.plain(conn, _RAISE, values)}
