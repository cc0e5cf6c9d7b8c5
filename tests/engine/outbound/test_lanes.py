"""The slots of many lanes in one loop: none waits for another, and each ends with the mail it has in hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine import db
from engine.outbound import pacer, record
from engine.outbound.drafts import Draft, Row
from engine.outbound.held import Held
from tests.engine.outbound.world import Office, plain_drafts
from tests.fakes.smtp_sink import sink_process


def test_nothing_of_a_batch_is_taken_while_it_is_being_let_go_though_a_new_slice_begins(
    engine_db: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that had come back would leave here, and again from the "again" batch."""
    takeable: list[bool] = []
    real = record.let_go
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        office.plan([f"late=0.2+{n}@x.test" for n in range(40)])
        with office.sender() as sender:

            def let_go(conn: db.Conn, owner: str, held: Held, now: datetime) -> bool:
                sender.desk.draining = False  # the next slice begins now
                takeable.append(bool(held.waiting or held.loose) and sender.desk.may_take(held))
                sender.desk.draining = True
                return real(conn, owner, held, now)

            monkeypatch.setattr(record, "let_go", let_go)
            sender.work(0.7)

    assert takeable
    assert not any(takeable)


def test_contents_that_load_slowly_keep_no_finished_batch_from_being_let_go(engine_db: Engine, tmp_path: Path) -> None:
    finished: list[bool] = []
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        quick, slow = office.plan(["a@x.test"], "notice"), office.plan(["b@x.test"], "digest")

        def slowly(conn: db.Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
            finished.append(_soon_done(office, quick.batch_ids[0]))
            return plain_drafts(conn, workspace_id, rows)

        with office.sender() as sender:
            sender.makers._contents = {"notice": plain_drafts, "digest": slowly}
            sender.work(20)

    assert finished == [True]
    assert office.states(slow.run_id) == {"sent": 1}


def _soon_done(office: Office, batch_id: int) -> bool:
    waiting = threading.Event()
    for _ in range(100):
        if office.value("SELECT state FROM batch WHERE id = :b", b=batch_id) == "done":
            return True
        waiting.wait(0.05)
    return False


def test_a_relay_whose_settings_change_finishes_the_mail_it_has_in_hand(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        old = office.plan(["late=3+1@x.test", "late=3+2@x.test"])
        with office.sender() as sender:
            working = threading.Thread(target=sender.work, args=(20,))
            working.start()
            _until(lambda: office.value("SELECT max(horizon) FROM batch") == 2)
            threading.Event().wait(0.2)  # out, and not answered
            sender.makers.settings = office.settings.model_copy(update={"relay_connections": 1})
            new = office.plan(["a@x.test"])
            working.join(20)

    assert office.column(old.run_id, "state") == ["sent", "sent"]
    assert office.states(new.run_id) == {"sent": 1}


def test_slots_of_a_lane_without_work_end_and_open_again(
    engine_db: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacer, "IDLE", 0.0)
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port, lease_seconds=6)
        first = office.plan(["a@x.test"])
        with office.sender() as sender:
            sender.work(20)
            _until(lambda: not sender.pacer.lanes and not sender.pacer.closing)
            second = office.plan(["b@x.test"])
            sender.work(20)

    assert office.states(first.run_id) == office.states(second.run_id) == {"sent": 1}


def test_a_new_slice_goes_on_with_what_the_last_one_kept(engine_db: Engine, tmp_path: Path) -> None:
    """A reply that is awaited keeps its batch leased over the slice's end; nothing new is there to be claimed."""
    with sink_process(tmp_path / "sink.log", "--no-pipelining") as sink:
        office = Office.open(engine_db, sink.port, lease_seconds=300)
        planned = office.plan(["hang@x.test", "late=1+2@x.test", "a@x.test"])
        with office.sender(drain=0.2) as sender:
            sender.work(0.5)
            _until(lambda: office.column(planned.run_id, "state")[1] == "sent")
            before = office.column(planned.run_id, "state")
            sender.work(1)
            after = office.column(planned.run_id, "state")

    assert before == ["queued", "sent", "queued"]
    assert after == ["queued", "sent", "sent"]


def _until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it never came true")


def test_relays_that_hang_keep_nobody_else_waiting(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        stuck = [Office.open(engine_db, sink.port) for _ in range(6)]
        others = [Office.open(engine_db, sink.port) for _ in range(50)]
        for office in stuck:
            office.relay(sink.port)
            office.plan([f"hang+{n}@x.test" for n in range(3)], "notice")
        for office in others:
            office.plan(["a@x.test"])
        with stuck[0].sender(drain=0.2) as sender:
            sender.work(6)
            sent = stuck[0].value("SELECT count(*) FROM delivery WHERE state = 'sent'")

    assert sent == 50
