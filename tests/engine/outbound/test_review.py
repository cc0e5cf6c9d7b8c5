"""Interleavings that a review found: rows taken twice, batches forgotten, faults that stall everybody else."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db, tokens
from engine.clock import steady
from engine.move import Raised
from engine.outbound import record, render, send, stop, sweep
from engine.outbound.content import Makers
from engine.outbound.desk import Desk, Flush, Learnt
from engine.outbound.drafts import Draft, MailDraft, Row
from engine.outbound.queries import sweeping
from engine.outbound.queries.claiming import Claimed
from engine.transports.base import Key, Mail, Outcome, Verdict
from scheduler.rescue import rescue
from tests.engine.outbound.world import SECRET, Office, plain_drafts
from tests.fakes.smtp_sink import sink_process

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
LANE = (1, "smtp")


def batch(ident: int = 1, epoch: int = 1) -> Claimed:
    return Claimed(ident, 1, 9, "prompt", 1, "smtp", epoch, 0)


def rows(*seqs: int) -> list[Row]:
    return [Row(9, seq, seq, seq, "smtp", f"{seq}@x.test", 0, NOW + timedelta(hours=1)) for seq in seqs]


def taken(desk: Desk) -> int | None:
    found = desk.take(LANE, NOW)
    return found[1].seq if found else None


def commit(desk: Desk) -> None:
    what = desk.snapshot()
    assert what is not None
    desk.applied(what, {i: Raised(i, top, False) for i, _, top in what.asked})


# ---- the desk


def test_a_lost_batch_goes_though_a_row_of_it_had_come_back() -> None:
    desk = Desk("me")
    desk.lay(batch(), rows(1, 2), steady() + 1000)
    taken(desk)
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT, announced=True))

    desk.renewed([(1, 1)], set(), steady() + 1000)

    assert [held.claimed.id for held in desk.ready_to_go()] == [1]


def test_a_row_in_a_slow_slot_is_not_taken_by_a_second_one_when_its_batch_is_leased_anew() -> None:
    """Else both hold the same key, and the permit of the new lease lets both contents out."""
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1, 2), steady() + 1000)
    assert taken(desk) == 1
    desk.renewed([(1, 1)], set(), steady() + 1000)

    desk.lay(batch(epoch=2), rows(1, 2), steady() + 1000)

    assert taken(desk) is None
    assert desk.hopeless(Key(1, 1, 0))
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT))
    assert taken(desk) == 1


def test_a_row_forgotten_at_a_stop_is_not_taken_again_before_its_slot_has_let_it_go() -> None:
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1, 2), steady() + 1000)
    assert taken(desk) == 1
    what = desk.snapshot()
    assert what is not None
    desk.applied(what, {1: Raised(1, 0, True)})
    for held in desk.ready_to_go():
        desk.forget(held)

    desk.lay(batch(epoch=2), rows(1, 2), steady() + 1000)

    assert taken(desk) is None
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT))
    assert taken(desk) == 1


def test_forgetting_an_old_lease_leaves_the_new_one() -> None:
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1), steady() + 1000)
    old = desk.held[1]
    desk.lay(batch(epoch=2), rows(1), steady() + 1000)

    desk.forget(old)

    assert desk.held[1].claimed.epoch == 2


# ---- contents


def test_letting_an_old_lease_go_keeps_the_contents_of_the_new_one(engine_db: Engine) -> None:
    """Else all its rows would expire with nothing left to say."""
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    makers = Makers(office.settings, {"prompt": plain_drafts})
    with engine_db.begin() as conn:
        [(old, found)] = record.claim(conn, "me", db.now(conn), 5, 30)
        new = replace(old, epoch=old.epoch + 1)
        makers.load(conn, old, found)
        makers.load(conn, new, found)

    makers.forget(old)

    assert planned.size == 1
    assert makers.refusal(new, found[0]) is None


def broken_for(*seqs: int) -> Any:
    def contents(conn: db.Conn, workspace_id: int, rows: list[Row]) -> dict[int, MailDraft]:
        for row in rows:
            if row.seq in seqs:
                conn.execute(text("SELECT 1 / 0"))
        return plain_drafts(conn, workspace_id, rows)

    return contents


def test_one_row_whose_content_raises_keeps_nobody_else_from_being_asked(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["a@x.test", "b@x.test", "c@x.test"])
        with office.sender() as sender:
            sender.makers._contents = {"prompt": broken_for(2)}
            sender.work(20)

    assert office.column(planned.run_id, "state") == ["sent", "failed", "sent"]
    assert "division by zero" in office.column(planned.run_id, "reason")[1]


def test_contents_that_raise_for_every_row_are_our_fault_and_rest_for_a_minute(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test", "b@x.test"])
    office.run_sql("UPDATE batch SET next_at = next_at - interval '3 hours'")

    with office.sender() as sender:
        sender.makers._contents = {"prompt": broken_for(1, 2)}
        more = sender.work(20)

    assert not more
    assert office.states(planned.run_id) == {"queued": 2}
    assert office.value("SELECT epoch FROM batch") == 1, "it was claimed once, not over and over"
    assert 30 < office.value("SELECT extract(epoch FROM next_at - now()) FROM batch") <= 60


def test_a_relay_that_cannot_be_used_keeps_no_other_workspace_waiting(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        bad, good = Office.open(engine_db, sink.port), Office.open(engine_db, sink.port)
        theirs, ours = bad.plan(["a@x.test"]), good.plan(["b@x.test"])
        with good.sender() as sender:
            make = sender.makers.mail_transport

            def refuse(lane: tuple[int, str]) -> Any:
                if lane[0] == bad.workspace_id:
                    raise ValueError("a user and no password")
                return make(lane)

            sender.makers.mail_transport = refuse  # type: ignore[method-assign]
            sender.work(20)
        states = bad.states(theirs.run_id), good.states(ours.run_id)

    assert states == ({"queued": 1}, {"sent": 1})
    assert good.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL") == 0


# ---- the loop


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

            def let_go(*args: Any) -> bool:
                sender.desk.draining = False  # the next slice begins now
                takeable.append(sender.desk.busy((office.workspace_id, "smtp")))
                sender.desk.draining = True
                return real(*args)

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


# ---- people and claims


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
    look = sweeping.doubts_to_resend

    def and_then_somebody_cancels(*args: Any) -> Any:
        found = look(*args)
        assert found
        with engine_db.begin() as other:
            stop.cancel(other, planned.run_id, NOW, "ann")
        return found

    monkeypatch.setattr(sweeping, "doubts_to_resend", and_then_somebody_cancels)
    with engine_db.begin() as conn:
        sweep.resend_doubts(conn, db.now(conn), 900)
        sweep.finish_cancelled(conn, db.now(conn))

    assert office.value("SELECT state FROM run") == "cancelled"
    assert office.states(planned.run_id) == {"cancelled": 1}


# ---- words and addresses


def test_words_the_database_cannot_hold_do_not_stop_every_later_flush(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    with engine_db.begin() as conn:
        [(claimed, [row])] = record.claim(conn, "me", db.now(conn), 5, 30)
        reply, remote = "a\0b \ud800", "ts\0"
        outcome = Outcome(Key(claimed.id, 1, 0), Verdict.SENT, "250", reply=reply, remote_id=remote)
        what = Flush.of(((claimed.id, claimed.epoch, 1),), (Learnt(claimed, row, outcome),))
        record.flush(conn, "me", what, db.now(conn), str.encode, random.Random(1))

    assert office.column(planned.run_id, "state") == ["sent"]
    assert office.column(planned.run_id, "reply") == ["250 a\ufffdb ?"]


@pytest.mark.parametrize(
    ("address", "to", "utf8"),
    [
        ("jo@example.test", "Jo <jo@example.test>", False),
        ("jo@exämple.test", "Jo <jo@xn--exmple-cua.test>", False),
        ("jörg@example.test", "Jo <jörg@example.test>", True),
    ],
)
def test_addresses_that_are_not_ascii_need_smtputf8_only_where_they_must(address: str, to: str, utf8: bool) -> None:
    mail = rendered(address, "A")

    assert mail.smtputf8 is utf8
    assert f"\r\nTo: {to}\r\n".encode() in mail.content


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Rockets: EU", '"Rockets: EU" <team-7.reply.test>'),
        ('"a\\\r\nBcc: b@x.test', '"a Bcc: b@x.test" <team-7.reply.test>'),
        ("Müller, Team", "=?utf-8?b?TcO8bGxlciwgVGVhbQ==?= <team-7.reply.test>"),
        ("", "<team-7.reply.test>"),
    ],
)
def test_the_name_of_a_team_makes_a_list_id_that_can_be_read(name: str, header: str) -> None:
    assert f"\r\nList-Id: {header}\r\n".encode() in rendered("a@x.test", name).content


def rendered(address: str, list_name: str) -> Mail:
    sign = render.Sign("A", "A <a@x.test>", "reply.test", "https://x.test", tokens.Keys.of(SECRET))
    draft = MailDraft("notice_test", {}, to_name="Jo", list_id="team-7", list_name=list_name)
    return render.Press().mail(draft, rows(1)[0]._replace(address=address), 1, 1, sign, NOW)


# ---- lanes


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
    monkeypatch.setattr(send, "IDLE", 0.0)
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port, lease_seconds=6)
        first = office.plan(["a@x.test"])
        with office.sender() as sender:
            sender.work(20)
            _until(lambda: not sender._slots and not sender._closing)
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


def _until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(200):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it never came true")


def test_a_row_taken_at_the_end_of_a_slice_still_leaves() -> None:
    """Else every slot that waits for a flush would have to drop its connection after the 354 (H12)."""
    desk = Desk("me")
    desk.lay(batch(), rows(1, 2), steady() + 1000)
    taken(desk)

    desk.draining = True

    assert not desk.hopeless(Key(1, 1, 0))
    commit(desk)
    assert desk.allows(Key(1, 1, 0))
    assert taken(desk) is None


def test_a_crowded_lane_gets_nothing_but_what_is_more_urgent(engine_db: Engine) -> None:
    office, other = Office.open(engine_db, 1), Office.open(engine_db, 1)
    for kind in ("digest", "prompt", "notice"):
        office.plan(["a@x.test"], kind)
    other.plan(["a@x.test"], "digest")

    with engine_db.begin() as conn:
        crowded = [(office.workspace_id, "smtp", 1)]
        found = record.claim(conn, "me", db.now(conn), 9, 30, crowded)

    assert [(c.workspace_id, c.kind) for c, _ in found] == [
        (office.workspace_id, "notice"),
        (other.workspace_id, "digest"),
    ]


def test_relays_that_hang_keep_nobody_else_waiting(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        stuck = [Office.open(engine_db, sink.port) for _ in range(6)]
        others = [Office.open(engine_db, sink.port) for _ in range(50)]
        for office in stuck:
            office.plan([f"hang+{n}@x.test" for n in range(3)], "notice")
        for office in others:
            office.plan(["a@x.test"])
        with stuck[0].sender(drain=0.2) as sender:
            sender.work(6)
            sent = stuck[0].value("SELECT count(*) FROM delivery WHERE state = 'sent'")

    assert sent == 50
