"""Why rows of a run wait: every open row has its sentence, and batches of one sentence are one line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from engine import db
from engine.outbound import record
from engine.outbound.pace import queries
from engine.outbound.pace.why import Why
from engine.outbound.report import waits
from engine.outbound.report.waits import Wait
from tests.engine.outbound.world import Office

LATER = "UPDATE batch SET next_at = now() + make_interval(secs => id) WHERE run_id = :r"


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def told(office: Office, run_id: int) -> tuple[Wait, ...]:
    with office.engine.begin() as conn:
        return waits.waits(conn, office.settings, office.workspace_id, run_id, db.now(conn))


def test_rows_are_counted_by_their_sentence_and_add_up(office: Office) -> None:
    planned = office.plan([f"{n}@x.test" for n in range(450)])
    with office.engine.begin() as conn:
        record.claim(conn, "w", db.now(conn), 1, 30)
    office.run_sql("UPDATE delivery SET state = 'sent' WHERE seq <= 50")

    assert told(office, planned.run_id) == (
        Wait(250, Why("waits for a worker")), Wait(150, Why("a worker has it")),
    )  # fmt: skip


def test_a_relay_that_rests_is_one_line_for_all_its_batches(office: Office) -> None:
    planned = office.plan([f"{n}@x.test" for n in range(450)])
    with office.engine.begin() as conn:
        now = db.now(conn)
        queries.open_breaker(conn, "instance", "421 4.3.2 too busy", 60, now)

    assert told(office, planned.run_id) == (
        Wait(450, Why("the relay rests: 421 4.3.2 too busy", now + timedelta(seconds=60))),
    )


def test_deferrals_with_words_of_their_own_end_in_a_line_for_the_rest(office: Office) -> None:
    planned = office.plan([f"{n}@x.test" for n in range(2200)])  # 11 batches
    office.run_sql("UPDATE delivery SET state = 'deferred', attempt = 1, reply = '451 id ' || batch_id")
    office.run_sql(LATER, r=planned.run_id)

    found = told(office, planned.run_id)

    assert [wait.rows for wait in found] == [200] * 7 + [800]
    assert found[0].why.words.startswith("deferred: 451 id ")
    assert found[-1].why.words == "for other reasons, each in the list"
    assert found[-1].why.at is not None


def test_a_run_of_two_thousand_batches_takes_as_many_statements_as_one_of_one(office: Office) -> None:
    small, large = office.plan(["a@x.test"]), office.plan([f"{n}@x.test" for n in range(2000)])
    batches = (
        "INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at, state)"
        " SELECT workspace_id, run_id, transport, urgency, next_at + n * interval '1 min', state"
        " FROM batch, generate_series(1, 1990) n WHERE id = (SELECT min(id) FROM batch WHERE run_id = :r)"
    )
    office.run_sql(batches, r=large.run_id)
    office.run_sql(
        "UPDATE delivery d SET batch_id = b.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM batch"
        " WHERE run_id = :r) b WHERE d.run_id = :r AND d.seq = b.n", r=large.run_id,
    )  # fmt: skip
    asked = [0]
    event.listen(office.engine, "before_cursor_execute", lambda *_: asked.__setitem__(0, asked[0] + 1))

    told(office, small.run_id)
    few = asked[0]
    found = told(office, large.run_id)

    assert sum(wait.rows for wait in found) == 2000
    assert asked[0] == 2 * few
