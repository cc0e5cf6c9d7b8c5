"""Rates that are refused and lines that are dropped: the relay's fault, or one mail's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.engine.outbound.pace.at_work import at_work, until
from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import SinkProcess, sink_process


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_a_relay_that_calls_us_too_fast_rests_and_no_attempt_is_burnt(
    engine_db: Engine, tmp_path: Path, stage: str
) -> None:
    script = tmp_path / "script.json"
    script.write_text(f'{{"a@x.test": "{stage}451=4.7.650 rate limited"}}')
    with sink_process(tmp_path / "sink.log", "--script", str(script)) as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["a@x.test"])
        with at_work(office, seconds=2):
            until(lambda: office.value("SELECT count(*) FROM pace WHERE next_at > now()"))
        until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))

    assert office.column(planned.run_id, "state") == ["queued"]
    assert office.column(planned.run_id, "attempt") == [0]
    assert office.value("SELECT breaker FROM pace") == "closed"


def test_a_mail_that_breaks_the_line_makes_way_for_the_others_and_fails_in_the_end(
    engine_db: Engine, tmp_path: Path
) -> None:
    with sink_process(tmp_path / "sink.log", "--no-pipelining") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["droprcpt@x.test", *(f"{n}@x.test" for n in range(100))])
        with office.sender() as sender:
            sender.work(20)
            first = office.states(planned.run_id)
            for _ in range(3):
                office.run_sql("UPDATE batch SET next_at = now() WHERE state = 'open'")
                sender.work(3)
        rows = office.column(planned.run_id, "state"), office.column(planned.run_id, "reason")

    assert first == {"deferred": 1, "sent": 100}
    assert rows[0][0] == "failed"
    assert "ended the connection 5 times" in rows[1][0]
    assert office.value("SELECT count(*) FROM pace WHERE breaker <> 'closed'") == 0


def test_a_mail_that_breaks_lines_behind_others_makes_way_after_two_of_them(engine_db: Engine, tmp_path: Path) -> None:
    """Announced with the content of the one before, it costs that one its answer: a listed doubt, each time."""
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan([f"{n}@x.test" if n != 150 else "droprcpt@x.test" for n in range(300)])
        with office.sender() as sender:
            sender.work(20)
        states = office.states(planned.run_id)

    assert states.pop("deferred") == 1
    assert states.pop("in_doubt", 0) <= 2
    assert states.keys() == {"sent"}


def test_lines_that_break_with_every_mail_are_the_relay_s_fault(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    planned = office.plan([f"droprcpt+{n}@x.test" for n in range(30)])

    with at_work(office, seconds=2):
        until(lambda: office.value("SELECT count(*) FROM pace WHERE breaker = 'open'"))

    states = office.states(planned.run_id)
    assert states.keys() <= {"queued", "deferred"}
    assert states["deferred"] <= 2, "no more than had made way when the third line broke"
