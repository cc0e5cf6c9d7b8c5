"""The sending loop end to end: real PostgreSQL, real SMTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import SinkProcess, read_log, sink_process


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with sink_process(tmp_path / "sink.log") as running:
        yield running


@pytest.fixture
def office(engine_db: Engine, sink: SinkProcess) -> Office:
    return Office.open(engine_db, sink.port)


def accepted(sink: SinkProcess) -> Counter[str]:
    return Counter(mail.message_id for mail in read_log(sink.log))


def test_every_row_is_sent_once_and_says_so(office: Office, sink: SinkProcess) -> None:
    planned = office.plan([f"ok+{n}@x.test" for n in range(450)])

    with office.sender() as sender:
        more = sender.work(30)

    assert not more
    assert office.states(planned.run_id) == {"sent": 450}
    assert accepted(sink) == Counter({f"<{planned.run_id}.{n}@test>": 1 for n in range(1, 451)})
    assert office.value("SELECT count(*) FROM delivery_event") == 0
    assert office.value("SELECT count(*) FROM batch WHERE state <> 'done' OR owner IS NOT NULL") == 0
    assert all(office.column(planned.run_id, "queue_id"))


def test_each_refusal_becomes_its_own_state_with_the_words_of_the_server(office: Office) -> None:
    planned = office.plan(["ok@x.test", "unknown@x.test", "tempfail@x.test", "policy@x.test", "losedot@x.test"])

    with office.sender() as sender:
        sender.work(30)

    assert office.column(planned.run_id, "state") == ["sent", "bounced", "deferred", "bounced", "in_doubt"]
    replies = office.column(planned.run_id, "reply")
    assert "5.1.1" in replies[1]
    assert "4.2.0" in replies[2]
    assert "5.7.1" in replies[3]
    assert office.value("SELECT count(*) FROM suppression") == 1, "5.1.1 suppresses, 5.7.1 never"
    assert office.value("SELECT attempt FROM delivery WHERE seq = 3") == 1
    waits = office.value(
        "SELECT extract(epoch FROM b.next_at - now()) FROM batch b JOIN delivery d ON d.batch_id = b.id AND d.seq = 3"
    )
    assert 230 < waits < 400, "the first step of the ladder is five minutes, give or take a fifth"
    assert office.value("SELECT count(*) FROM delivery_event") == 4


def test_rows_that_are_late_or_suppressed_never_leave(office: Office, sink: SinkProcess) -> None:
    late = office.plan(["ok+late@x.test"], useful=timedelta(seconds=-1))
    office.plan(["unknown@x.test"])
    with office.sender() as sender:
        sender.work(30)

    suppressed = office.plan(["unknown@x.test", "ok@x.test"])
    with office.sender() as sender:
        sender.work(30)

    assert office.column(late.run_id, "state") == ["expired"]
    assert office.column(suppressed.run_id, "state") == ["suppressed", "sent"]
    assert sum(accepted(sink).values()) == 1


def test_an_instance_that_is_not_production_sends_only_to_its_allow_list(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.settings = office.settings.model_copy(update={"env": "staging", "allow": "@ours.test"})
    planned = office.plan(["ok@x.test", "ok@ours.test"])

    with office.sender() as sender:
        sender.work(30)

    assert office.column(planned.run_id, "state") == ["suppressed", "sent"]
    assert "not on SIXPM_ALLOW" in office.column(planned.run_id, "reason")[0]


def test_a_relay_that_is_away_burns_no_attempt_and_backs_off(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)  # nobody listens there
    planned = office.plan(["ok@x.test"] * 1 + ["ok+2@x.test"])

    with office.sender() as sender:
        sender.work(1.5)

    assert office.column(planned.run_id, "state") == ["queued", "queued"]
    assert set(office.column(planned.run_id, "attempt")) == {0}
    assert office.value("SELECT failures FROM pace") >= 1
    assert office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL") == 0


def test_a_refused_envelope_sender_holds_the_run_and_bounces_nobody(engine_db: Engine, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"b+x@reply.test": "mail550"}')
    with sink_process(tmp_path / "sink.log", "--script", str(script)) as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["a@x.test", "b@x.test"])

        with office.sender() as sender:
            sender.work(2)

    assert office.states(planned.run_id) == {"queued": 2}
    assert office.value("SELECT state FROM run") == "held"
    assert "550" in office.value("SELECT reason FROM run")


def test_a_stopped_loop_gives_its_leases_back_with_nothing_in_doubt(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan([f"late=0.2+{n}@x.test" for n in range(40)])
        with office.sender() as sender:
            sender.work(0.7)
        states = office.states(planned.run_id)

    assert states["sent"] > 0
    assert states["queued"] > 0
    assert sum(states.values()) == 40
    assert set(states) == {"sent", "queued"}
    assert office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL") == 0
