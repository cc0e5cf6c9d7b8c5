"""H9: leases live apart from the flush, and nothing that changes all the time is indexed."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Engine, text

from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import sink_process


def test_a_flush_that_is_blocked_does_not_cost_the_lease(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port, lease_seconds=6.0)  # of which 5 s are margin
        planned = office.plan([f"late=0.3+{n}@x.test" for n in range(8)])
        with office.sender() as sender:
            blocker = engine_db.connect()
            blocker.execute(text("SELECT pg_advisory_lock(1)"))
            blocker.execute(text("LOCK TABLE delivery_event IN ACCESS EXCLUSIVE MODE"))
            blocker.execute(text("SELECT * FROM delivery FOR UPDATE"))
            before = office.value("SELECT clock_timestamp()")
            sender.work(1.0)
            time.sleep(4)  # the flush is blocked, the renewals go on
            leased = office.value("SELECT min(lease_until) FROM batch WHERE owner IS NOT NULL")
            blocker.rollback()
            blocker.close()
            time.sleep(4)

    assert leased is not None
    assert (leased - before).total_seconds() > 6.0, "nobody renewed the lease while the flush was blocked"
    assert "in_doubt" not in office.states(planned.run_id)


def test_nothing_that_changes_with_every_flush_is_indexed(engine_db: Engine) -> None:
    statement = text("SELECT indexdef FROM pg_indexes WHERE tablename = 'batch' OR tablename LIKE 'delivery%'")
    with engine_db.begin() as conn:
        definitions = list(conn.execute(statement).scalars())

    assert definitions
    for definition in definitions:
        columns = definition[definition.index("(") :]
        assert not any(word in columns for word in ("horizon", "lease_until", "epoch", "sent_at")), definition
        if " ON public.delivery" in definition:
            assert "state" not in columns, definition


def test_updates_of_deliveries_stay_hot(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan([f"ok+{n}@x.test" for n in range(300)])
        with office.sender() as sender:
            sender.work(30)
        office.run_sql("SELECT pg_stat_force_next_flush()")
        time.sleep(0.5)
        hot, updated = (
            office.value(f"SELECT sum({column}) FROM pg_stat_user_tables WHERE relname LIKE 'delivery_p%'")
            for column in ("n_tup_hot_upd", "n_tup_upd")
        )

    assert office.states(planned.run_id) == {"sent": 300}
    assert updated == 300, "one row write for each plain delivery"
    assert hot / updated > 0.8
