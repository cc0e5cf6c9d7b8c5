"""What the scheduler heals: doubts re-sent once and late enough (H15), orphans, poison, ended runs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine import db
from engine.outbound import record, stop, sweep
from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import read_log, sink_process


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def doubted(office: Office, kind: str, age: timedelta, useful: timedelta = timedelta(hours=9)) -> int:
    """A run with one row in doubt for so long."""
    planned = office.plan(["ok+1@x.test"], kind, useful)
    with office.engine.begin() as conn:
        record.claim(conn, "dead", db.now(conn), 5, 0.0)
    office.run_sql("UPDATE batch SET horizon = 1, lease_until = '-infinity' WHERE run_id = :r", r=planned.run_id)
    with office.engine.begin() as conn:
        record.rescue(conn, db.now(conn))
    office.run_sql("UPDATE delivery_event SET written_at = clock_timestamp() - cast(:age AS interval)", age=age)
    assert office.column(planned.run_id, "state") == ["in_doubt"]
    return planned.run_id


def resend(office: Office, after: float = 900.0) -> None:
    with office.engine.begin() as conn:
        sweep.resend_doubts(conn, db.now(conn), after)


def test_a_doubt_is_not_resent_before_its_quarter_of_an_hour(office: Office) -> None:
    """H15: bytes of a dead process may still arrive; 600 s for the dot, the lease, and a margin."""
    run_id = doubted(office, "prompt", timedelta(minutes=14))

    resend(office)

    assert office.column(run_id, "state") == ["in_doubt"]


def test_a_doubt_of_a_prompt_is_resent_once_and_listed(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        run_id = doubted(office, "prompt", timedelta(minutes=16))

        resend(office)
        with office.sender() as sender:
            sender.work(20)
        resend(office)

        ids = Counter(mail.message_id for mail in read_log(sink.log))
    assert ids == {f"<{run_id}.1@test>": 1}
    assert office.column(run_id, "state") == ["sent"]
    assert office.column(run_id, "attempt") == [1]
    assert office.value("SELECT count(*) FROM delivery_event WHERE trigger = 'resend'") == 1


def test_a_doubt_is_resent_only_once(office: Office) -> None:
    run_id = doubted(office, "prompt", timedelta(minutes=16))
    resend(office)
    office.run_sql("UPDATE delivery SET state = 'in_doubt' WHERE run_id = :r", r=run_id)

    resend(office)

    assert office.column(run_id, "state") == ["in_doubt"]


def test_doubts_of_a_run_that_holds_wait_for_a_person(office: Office) -> None:
    run_id = doubted(office, "post", timedelta(days=1))

    resend(office)

    assert office.column(run_id, "state") == ["in_doubt"]


def test_a_doubt_that_is_no_longer_useful_is_not_resent(office: Office) -> None:
    run_id = doubted(office, "prompt", timedelta(minutes=16), useful=timedelta(seconds=-1))

    resend(office)

    assert office.column(run_id, "state") == ["in_doubt"]


def test_a_batch_that_kills_five_workers_is_not_offered_a_sixth_time(office: Office) -> None:
    planned = office.plan(["ok@x.test"])
    for _ in range(record.POISON):
        with office.engine.begin() as conn:
            record.claim(conn, "dead", db.now(conn), 5, 0.0)
        office.run_sql("UPDATE batch SET lease_until = '-infinity'")
        with office.engine.begin() as conn:
            record.rescue(conn, db.now(conn))

    assert office.column(planned.run_id, "state") == ["failed"]
    assert "workers died" in office.column(planned.run_id, "reason")[0]
    assert office.value("SELECT state FROM batch") == "poisoned"


def test_a_run_is_done_when_no_batch_is_open_and_its_numbers_balance(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["ok@x.test", "unknown@x.test", "losedot@x.test"])
        with office.sender() as sender:
            sender.work(20)

    with office.engine.begin() as conn:
        assert sweep.finish_runs(conn, db.now(conn)) == 1
        assert sweep.audit(conn) == 0
    assert office.value("SELECT state FROM run") == "done"
    assert sum(office.states(planned.run_id).values()) == office.value("SELECT size FROM run")


def test_after_a_restore_nothing_is_claimed_until_every_unfinished_run_is_held(office: Office) -> None:
    """H15: a backup knows nothing of the mails sent since; the cluster that serves it tells that it was restored."""
    planned = office.plan(["ok@x.test"])
    office.run_sql("UPDATE origin SET cluster = cluster - 1")  # as a dump looks, restored into another cluster

    with office.engine.begin() as conn:
        before = record.claim(conn, "eager", db.now(conn), 5, 30)
    with office.engine.begin() as conn:
        held = sweep.hold_after_restore(conn, db.now(conn)), sweep.hold_after_restore(conn, db.now(conn))
        after = record.claim(conn, "eager", db.now(conn), 5, 30)

    assert (before, held, after) == ([], (1, 0), [])
    assert office.value("SELECT state FROM run WHERE id = :r", r=planned.run_id) == "held"
    assert "restored from a backup" in office.value("SELECT reason FROM run WHERE id = :r", r=planned.run_id)


def test_a_run_held_after_a_restore_goes_on_when_a_person_says_so(office: Office) -> None:
    planned = office.plan(["ok@x.test"])
    office.run_sql("UPDATE origin SET timeline = timeline + 1")  # as the promotion of a replica looks
    with office.engine.begin() as conn:
        sweep.hold_after_restore(conn, db.now(conn))

    with office.engine.begin() as conn:
        stop.resume(conn, planned.run_id, db.now(conn), "ann")
        claimed = record.claim(conn, "eager", db.now(conn), 5, 30)

    assert [batch.run_id for batch, _ in claimed] == [planned.run_id]


def test_rows_of_a_run_that_is_stopped_for_too_long_expire(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    late, early = office.plan(["a@x.test"], useful=timedelta(hours=1)), office.plan(["b@x.test"])
    with engine_db.begin() as conn:
        for run_id in (late.run_id, early.run_id):
            stop.pause(conn, run_id, db.now(conn), "somebody")
        expired = sweep.expire_stopped(conn, db.now(conn) + timedelta(hours=2))

    assert expired == 1
    assert office.column(late.run_id, "state") == ["expired"]
    assert office.column(early.run_id, "state") == ["queued"]
    assert office.value("SELECT state FROM batch WHERE run_id = :r", r=late.run_id) == "done"
