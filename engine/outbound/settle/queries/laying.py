"""Statements that put rows of a run into new batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, TextClause, and_, any_, cast, func, literal, select, text

from engine import db
from engine.db import Conn
from engine.models import Delivery, DeliveryEvent, Run

_NUMBERS: Any = ARRAY(BigInteger)


def domains(conn: Conn, run_id: int, seqs: Sequence[int]) -> list[tuple[str, str, list[int]]]:
    """(transport, domain, seqs in order) of these rows of a run; the domain is of mail, else empty."""
    statement = text("""
        SELECT d.transport, CASE d.transport WHEN 'smtp' THEN substring(d.address FROM '[^@]*$') ELSE '' END AS domain,
            array_agg(d.seq ORDER BY d.seq) AS seqs
        FROM delivery d WHERE d.run_id = :run AND d.seq = ANY(cast(:seqs AS bigint[])) GROUP BY 1, 2 ORDER BY 1, 2
    """)
    found = conn.execute(statement, {"run": run_id, "seqs": db.numbers(seqs)})
    return [(str(transport), str(domain), list(group)) for transport, domain, group in found]


def run_of(conn: Conn, run_id: int) -> tuple[int, str]:
    """(workspace_id, kind) of a run."""
    workspace_id, kind = conn.execute(select(Run.workspace_id, Run.kind).where(Run.id == run_id)).one()
    return int(workspace_id), str(kind)


def new_batches(conn: Conn, run_id: int, transport: str, provider: str, count: int, next_at: datetime) -> list[int]:
    """The ids of `count` new batches of a run, claimable at `next_at`."""
    statement = text(
        "INSERT INTO batch (workspace_id, run_id, transport, provider, urgency, next_at)"
        " SELECT r.workspace_id, r.id, :transport, :provider, r.urgency, :at"
        " FROM run r, generate_series(1, :count) WHERE r.id = :run RETURNING id"
    )
    values = {"run": run_id, "transport": transport, "provider": provider, "count": count, "at": next_at}
    return sorted(conn.execute(statement, values).scalars())


def batch_of(batch_ids: Sequence[int], firsts: Sequence[int]) -> TextClause:
    """The batch of a row, found by its seq: the n-th batch begins at the n-th of `firsts`."""
    found = "(cast(:lay_ids AS bigint[]))[width_bucket(delivery.seq, cast(:lay_firsts AS bigint[]))]"
    return text(found).bindparams(lay_ids=db.numbers(batch_ids), lay_firsts=db.numbers(firsts))


def among(run_id: int, seqs: Sequence[int]) -> ColumnElement[bool]:
    """These rows of a run, as one array: a run may have a million."""
    return and_(Delivery.run_id == run_id, Delivery.seq == any_(_array(seqs)))


def _array(values: Sequence[int]) -> ColumnElement[list[int]]:
    return cast(literal(db.numbers(values)), _NUMBERS)


def pairs(rows: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """The rows (run_id, seq) of any runs."""
    runs, seqs = [run for run, _ in rows], [seq for _, seq in rows]
    chosen = text(
        "(delivery.run_id, delivery.seq) IN (SELECT * FROM unnest(cast(:pair_runs AS bigint[]),"
        " cast(:pair_seqs AS bigint[]))) AND delivery.run_id = ANY(cast(:all_runs AS bigint[]))"
    ).bindparams(pair_runs=db.numbers(runs), pair_seqs=db.numbers(seqs), all_runs=db.numbers(sorted(set(runs))))
    return and_(chosen)


def doubted_at(now: datetime) -> ColumnElement[datetime]:
    """When a row last came into doubt, which is when its content may have left; `now` where nothing says so."""
    e = DeliveryEvent
    last = select(func.max(e.at)).where(e.run_id == Delivery.run_id, e.seq == Delivery.seq, e.trigger == "doubt")
    return func.coalesce(last.scalar_subquery(), now)


def later_of(until: datetime) -> ColumnElement[datetime]:
    """The useful_until of a row, or `until` where that is later."""
    return func.greatest(Delivery.useful_until, until)


def next_attempt() -> ColumnElement[int]:
    """The attempt of a row plus one."""
    return Delivery.attempt + 1


def this_run(run_id: int) -> ColumnElement[bool]:
    """One run, for engine.move."""
    return Run.id == run_id


def done_run(run_id: int) -> ColumnElement[bool]:
    """One run if it is done: one that was cancelled meanwhile stays so."""
    return and_(Run.id == run_id, Run.state == "done")


def lock_run(conn: Conn, run_id: int) -> str | None:
    """The state of a run, its row locked."""
    return conn.execute(select(Run.state).where(Run.id == run_id).with_for_update()).scalar_one_or_none()


def has_open_batches(conn: Conn, run_id: int) -> bool:
    """Whether any batch of the run is open."""
    statement = text("SELECT EXISTS (SELECT FROM batch WHERE run_id = :run AND state = 'open')")
    return bool(conn.execute(statement, {"run": run_id}).scalar_one())


def within(workspace_id: int, where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those of the rows that belong to a workspace."""
    return and_(Delivery.workspace_id == workspace_id, where)


def is_doubt_of(conn: Conn, run_id: int, seq: int, workspace_id: int, membership_id: int) -> bool:
    """Whether a delivery in doubt is to this membership of this workspace."""
    statement = text(
        "SELECT EXISTS (SELECT FROM delivery d JOIN run r ON r.id = d.run_id WHERE d.run_id = :run AND d.seq = :seq"
        " AND d.state = 'in_doubt' AND d.workspace_id = :w AND d.recipient = :m"
        " AND r.kind IN ('prompt', 'nudge', 'digest', 'comment'))"
    )
    values = {"run": run_id, "seq": seq, "w": workspace_id, "m": membership_id}
    return bool(conn.execute(statement, values).scalar_one())
