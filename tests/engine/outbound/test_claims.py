"""Claims and sweeps beside what people and faults do in the same moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.outbound import record, stop, sweep
from engine.outbound.pace import routing
from engine.outbound.queries.claiming import ANY
from engine.outbound.settle.queries import doubting
from scheduler.rescue import rescue
from tests.engine.outbound.world import Office

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_a_claim_that_began_before_a_pause_committed_takes_nothing_of_the_run(engine_db: Engine) -> None:
    """A pause changes no batch that nobody holds, so a claim with an older snapshot would not see it."""
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    office.run_sql("UPDATE batch SET lease_until = '-infinity'")  # makes the claim look at the clock while it scans
    office.run_sql(
        "CREATE SCHEMA shim; CREATE FUNCTION shim.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN pg_catalog.clock_timestamp(); END $$"
    )
    found: list[Any] = []

    def claim() -> None:
        with engine_db.begin() as conn:
            conn.execute(text("SET LOCAL search_path = shim, public, pg_catalog"))
            found.extend(record.claim(conn, "w", datetime(2100, 1, 1, tzinfo=UTC), 5, 30))

    claiming = threading.Thread(target=claim)
    with engine_db.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(77)"))
        claiming.start()
        _until_blocked(office)
        stop.pause(conn, planned.run_id, NOW, "ann")
    claiming.join(10)

    office.run_sql("DROP SCHEMA shim CASCADE")
    assert found == []


def _until_blocked(office: Office) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if office.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            return
        waiting.wait(0.02)
    raise AssertionError("the claim never waited")


def test_a_run_cancelled_while_its_doubts_are_resent_stays_cancelled(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    office.run_sql("UPDATE delivery SET state = 'in_doubt'")
    office.run_sql(
        "INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state, written_at)"
        " SELECT run_id, seq, workspace_id, now(), 0, 'doubt', 'in_doubt', now() - interval '1 hour' FROM delivery"
    )
    look = doubting.to_resend

    def and_then_somebody_cancels(*args: Any) -> Any:
        found = look(*args)
        assert found
        with engine_db.begin() as other:
            stop.cancel(other, planned.run_id, NOW, "ann")
        return found

    monkeypatch.setattr(doubting, "to_resend", and_then_somebody_cancels)
    with engine_db.begin() as conn:
        sweep.resend_doubts(conn, db.now(conn), 900)
        sweep.finish_cancelled(conn, db.now(conn))

    assert office.value("SELECT state FROM run") == "cancelled"
    assert office.states(planned.run_id) == {"cancelled": 1}


def test_a_step_of_the_rescue_that_fails_keeps_no_lease_from_being_freed(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    with engine_db.begin() as conn:
        record.claim(conn, "dead", db.now(conn), 5, 0.0)
    office.run_sql("UPDATE batch SET lease_until = '-infinity'")
    monkeypatch.setattr(sweep, "resend_doubts", lambda conn, *_: conn.execute(text("SELECT 1 / 0")))

    with engine_db.begin() as conn:
        found = rescue(conn, db.now(conn), office.settings)

    assert found.batches == planned.batch_ids
    assert office.value("SELECT owner FROM batch") is None


def test_a_crowded_lane_gets_nothing_but_what_is_more_urgent(engine_db: Engine) -> None:
    office, other = Office.open(engine_db, 1), Office.open(engine_db, 1)
    other.relay(1)
    for kind in ("digest", "prompt", "notice"):
        office.plan(["a@x.test"], kind)
    other.plan(["a@x.test"], "digest")

    with engine_db.begin() as conn:
        crowded = [("instance", ANY, 1)]
        found = routing.claim(conn, "me", db.now(conn), 9, 30, office.settings, crowded).batches

    assert [(c.workspace_id, c.kind) for c, _ in found] == [
        (office.workspace_id, "notice"),
        (other.workspace_id, "digest"),
    ]


OURS = "its worker mail7:41 stopped before an answer was recorded"
DEAD = "mail7:41:9f3a"


def left_by_the_dead(office: Office, relay_id: int | None) -> int:
    """A run whose first two rows were announced by a worker that died."""
    planned = office.plan([f"{n}@x.test" for n in range(4)])
    with office.engine.begin() as conn:
        [(claimed, _)] = record.claim(conn, DEAD, db.now(conn), 5, 60)
    office.run_sql("UPDATE batch SET horizon = 2, relay_id = :relay WHERE id = :b", relay=relay_id, b=claimed.id)
    return planned.run_id


@pytest.mark.parametrize("how", ["claim", "rescue"])
def test_a_doubt_names_the_worker_that_died_and_the_relay_that_it_had(engine_db: Engine, how: str) -> None:
    office = Office.open(engine_db, 1)
    first, second = (int(office.relay(1, rank=rank).split(":")[1]) for rank in (0, 1))
    run_id = left_by_the_dead(office, second)
    office.run_sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s'")

    with engine_db.begin() as conn:
        now = db.now(conn)
        if how == "claim":
            routing.claim(conn, "mail7:42:aaaa", now, 5, 60, office.settings)
        else:
            record.rescue(conn, now)

    assert office.column(run_id, "state") == ["in_doubt"] * 2 + ["queued"] * 2
    assert office.column(run_id, "reason") == [OURS] * 2 + [""] * 2
    assert office.column(run_id, "relay_id") == [second] * 2 + [None] * 2
    said = office.value("SELECT array_agg(DISTINCT reply) FROM delivery_event WHERE trigger = 'doubt'")
    assert said == [OURS]
    routed = office.value("SELECT relay_id FROM batch")
    assert routed == (first if how == "claim" else second)


def test_batches_of_several_dead_workers_each_name_their_own(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    runs = [left_by_the_dead(office, None) for _ in range(2)]
    office.run_sql("UPDATE batch SET owner = 'mail8:5:bb' WHERE run_id = :r", r=runs[1])
    office.run_sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s'")

    with engine_db.begin() as conn:
        record.rescue(conn, db.now(conn))

    assert office.column(runs[0], "reason")[0] == OURS
    assert office.column(runs[1], "reason")[0] == OURS.replace("mail7:41", "mail8:5")
