"""Flushes that PostgreSQL refuses: what is known of the other rows is written all the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from engine import db
from engine.outbound import record
from engine.outbound.held import Flush, Learnt
from engine.transports.base import Key, Outcome, Verdict
from tests.engine.outbound.world import Office

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_one_outcome_that_postgresql_refuses_keeps_no_other_from_being_written(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test", "b@x.test", "c@x.test"])
    with engine_db.begin() as conn:
        [(claimed, found)] = record.claim(conn, "me", db.now(conn), 5, 60)
    poison = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))  # no index takes it
    learnt = [
        Learnt(claimed, row, Outcome(Key(claimed.id, row.seq, 0), Verdict.SENT, "250", reply="ok", remote_id=remote))
        for row, remote in zip(found, ("1", poison, "3"), strict=True)
    ]
    what = Flush.of(((claimed.id, claimed.epoch, 3),), learnt)
    arguments = "me", what, NOW, lambda address: b"x", random.Random(1)

    with pytest.raises(db.Failure), engine_db.begin() as conn:
        record.flush(conn, *arguments)
    with engine_db.begin() as conn:
        record.flush_apart(conn, *arguments)

    assert office.states(planned.run_id) == {"sent": 3}
    assert office.column(planned.run_id, "reply")[1] == "its answer could not be stored"


def test_rows_proven_unsent_wait_apart_by_provider_as_they_were_planned(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = [office.plan(["a@gmail.com", "b@gmail.com"]), office.plan(["c@gmail.com"]), office.plan(["d@x.test"])]
    for run, provider in zip(planned, ("gmail", "gmail", "other"), strict=True):
        office.run_sql("UPDATE batch SET provider = :p WHERE id = :b", p=provider, b=run.batch_ids[0])
    with engine_db.begin() as conn:
        mine = record.claim(conn, "asleep", db.now(conn), 5, 60)
        asked = tuple((claimed.id, claimed.epoch, len(rows)) for claimed, rows in mine)
        record.flush(conn, "asleep", Flush.of(asked, ()), NOW, lambda address: b"x", random.Random(1))
    office.run_sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s'")
    with engine_db.begin() as conn:
        record.rescue(conn, db.now(conn))
    doubts = [office.states(run.run_id)["in_doubt"] for run in planned]
    unsent = [
        Learnt(claimed, row, Outcome(Key(claimed.id, row.seq, 0), Verdict.NOT_SENT))
        for claimed, rows in mine
        for row in rows
    ]

    with engine_db.begin() as conn:
        record.flush(conn, "asleep", Flush.of((), unsent), db.now(conn), lambda address: b"x", random.Random(1))

    assert doubts == [2, 1, 1]
    assert [office.states(run.run_id)["queued"] for run in planned] == [2, 1, 1]
    found = (
        "SELECT string_agg(b.provider, ' ' ORDER BY d.run_id, d.seq) FROM delivery d JOIN batch b ON b.id = d.batch_id"
    )
    assert office.value(f"{found} WHERE b.state = 'open'") == "gmail gmail gmail other"
    assert office.value("SELECT count(*) FROM batch WHERE state = 'open'") == 3
    assert office.value("SELECT count(*) FROM run WHERE state = 'open'") == 3
