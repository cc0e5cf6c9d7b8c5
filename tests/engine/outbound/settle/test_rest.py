"""Send the rest: what did not go out is queued again as a new attempt of the same row, and nothing else is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from engine import config, db
from engine.errors import Invalid, NotFound
from engine.outbound import record, stop, sweep
from engine.outbound.settle import doubts, rest
from engine.outbound.settle.rest import Requeued, Rest
from engine.people import suppression
from tests import factories
from tests.engine.outbound.settle.scene import doubted, events, run_of, those
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.smtp_sink import read_log, sink_process

ANN = "account:7"
FOUR_HOURS = timedelta(hours=4)
SENT = ("sent", "delivered", "complained", "in_doubt", "queued")


@pytest.fixture
def office(engine_db: Engine) -> Office:
    config.settings.cache_clear()
    return Office.open(engine_db, 1)


def requeue(office: Office, run_id: int, *states: str, **words: Any) -> Requeued:
    with office.engine.begin() as conn:
        now = db.now(conn)
        which = Rest(office.workspace_id, run_id, states or rest.STATES, **words)
        return rest.requeue(conn, which, now, ANN, now + FOUR_HOURS, "the relay was mended")


def run_state(office: Office, run_id: int) -> str:
    return str(office.value("SELECT state FROM run WHERE id = :r", r=run_id))


def claimed(office: Office) -> list[int]:
    """The seqs that a worker would take now."""
    with office.engine.begin() as conn:
        return sorted(row.seq for _, rows in record.claim(conn, "eager", db.now(conn), 100, 30) for row in rows)


@pytest.mark.parametrize("state", ["failed", "bounced", "expired", "cancelled"])
def test_rows_that_did_not_go_out_become_new_attempts_of_the_same_rows(office: Office, state: str) -> None:
    run_id = run_of(office, [state, "sent", state])
    office.run_sql("UPDATE delivery SET useful_until = now() - interval '1 day', code = '5.0.0', reply = 'no'")

    done = requeue(office, run_id, state)

    assert done.rows == 2
    assert office.column(run_id, "state") == ["queued", "sent", "queued"]
    assert office.column(run_id, "attempt") == [1, 0, 1]
    assert office.column(run_id, "code") == ["", "5.0.0", ""]
    assert events(office, run_id) == [(1, "requeue", ANN), (3, "requeue", ANN)]
    assert "the relay was mended" in office.column(run_id, "reason")[0]
    assert run_state(office, run_id) == "open"
    assert claimed(office) == [1, 3]
    assert office.value("SELECT count(*) FROM delivery WHERE useful_until > now()") == 2


def test_a_row_that_was_sent_or_may_have_been_is_never_queued_again(office: Office) -> None:
    run_id = run_of(office, SENT)

    assert requeue(office, run_id).rows == 0
    assert requeue(office, run_id, seqs=(1, 2, 3, 4, 5)).rows == 0
    for state in SENT:
        with pytest.raises(Invalid, match="a row that was sent is never sent again"):
            requeue(office, run_id, state)

    assert office.column(run_id, "state") == list(SENT)
    assert run_state(office, run_id) == "done"


def test_what_was_given_up_after_a_doubt_is_not_offered_for_it_may_have_arrived(office: Office) -> None:
    run_id = doubted(office, 2)
    with office.engine.begin() as conn:
        doubts.give_up(conn, those(office, rows=((run_id, 1),)), db.now(conn), ANN)

    assert requeue(office, run_id).rows == 0
    with office.engine.begin() as conn:
        assert rest.given_up(conn, office.workspace_id, run_id) == 1
        assert rest.reasons(conn, office.workspace_id, run_id) == ()


def test_suppressed_rows_go_out_only_where_the_address_may_get_mail_again(office: Office) -> None:
    run_id = run_of(office, ["suppressed", "suppressed"])
    with office.engine.begin() as conn:
        addresses = ["p1@gmail.com", "p2@example.org"]
        suppression.add(conn, office.workspace_id, SECRET, addresses, "bounce", db.now(conn))
        suppression.lift(conn, office.workspace_id, SECRET, addresses[1:])

    done = requeue(office, run_id)

    assert (done.rows, done.preview.suppressed) == (1, 1)
    assert office.column(run_id, "state") == ["suppressed", "queued"]


def test_a_deferred_row_stops_waiting_and_burns_no_attempt(office: Office) -> None:
    run_id = run_of(office, ["deferred", "deferred"], state="open")
    assert claimed(office) == []

    assert requeue(office, run_id, "deferred", seqs=(2,)).rows == 1
    assert claimed(office) == [2]
    assert requeue(office, run_id, "deferred").rows == 1

    assert office.column(run_id, "attempt") == [1, 1]
    assert claimed(office) == [1]
    assert events(office, run_id) == [(2, "hurry", ANN), (1, "hurry", ANN)]
    done = (
        "SELECT count(*) FROM batch b WHERE state = 'open' AND NOT EXISTS (SELECT FROM delivery WHERE batch_id = b.id)"
    )
    assert office.value(done) == 0, "the retry batch that it left stays open"


def test_a_deferred_row_in_a_workers_hands_is_left_to_it(office: Office) -> None:
    run_id = run_of(office, ["deferred"], state="open")
    office.run_sql("UPDATE batch SET next_at = now() WHERE state = 'open'")
    assert claimed(office) == [1]

    assert requeue(office, run_id, "deferred").rows == 0


def test_a_reason_can_be_chosen(office: Office) -> None:
    run_id = run_of(office, ["bounced", "bounced", "failed", "failed", "failed"])
    office.run_sql("UPDATE delivery SET code = '5.1.1', reply = '550 5.1.1 <p1@x> unknown' WHERE seq = 1")
    office.run_sql("UPDATE delivery SET code = '5.7.1', reply = '550 5.7.1 blocked' WHERE seq = 2")
    office.run_sql("UPDATE delivery SET reason = 'it could not be made: KeyError' WHERE seq IN (3, 4)")
    office.run_sql("UPDATE delivery SET reason = 'too large' WHERE seq = 5")

    with office.engine.begin() as conn:
        offered = rest.reasons(conn, office.workspace_id, run_id)
    by_code = requeue(office, run_id, code="5.7.1").rows
    picked = requeue(office, run_id, picks=(("failed", "", "too large"), ("bounced", "5.1.1", ""))).rows
    by_words = requeue(office, run_id, reason="KeyError").rows

    assert (offered[0].state, offered[0].reason, offered[0].n) == ("failed", "it could not be made: KeyError", 2)
    assert Counter(r.n for r in offered) == {2: 1, 1: 3}
    assert (by_code, picked, by_words) == (1, 2, 2)
    assert set(office.column(run_id, "state")) == {"queued"}


def test_a_preview_says_what_would_move_and_moves_nothing(office: Office) -> None:
    run_id = run_of(office, ["failed", "failed", "expired", "sent"])

    with office.engine.begin() as conn:
        seen = rest.preview(conn, Rest(office.workspace_id, run_id))

    assert (seen.rows, dict(seen.states), seen.more) == (3, {"failed": 2, "expired": 1}, False)
    assert office.column(run_id, "state") == ["failed", "failed", "expired", "sent"]


def test_a_cancelled_run_opens_for_the_rows_that_were_chosen_and_the_others_stay_cancelled(office: Office) -> None:
    planned = office.plan(["a@x.test", "b@x.test", "c@x.test"])
    with office.engine.begin() as conn:
        stop.cancel(conn, planned.run_id, db.now(conn), ANN)

    requeue(office, planned.run_id, "cancelled", seqs=(2,))

    assert run_state(office, planned.run_id) == "open"
    assert office.column(planned.run_id, "state") == ["cancelled", "queued", "cancelled"]
    assert claimed(office) == [2]


def test_a_run_whose_cancel_goes_on_is_not_opened(office: Office) -> None:
    planned = office.plan(["a@x.test", "b@x.test"])
    with office.engine.begin() as conn:
        record.claim(conn, "busy", db.now(conn), 5, 30)
        stop.cancel(conn, planned.run_id, db.now(conn), ANN)

    with pytest.raises(Invalid, match="still being cancelled"):
        requeue(office, planned.run_id)

    assert office.column(planned.run_id, "state") == ["cancelled", "cancelled"]


@pytest.mark.parametrize("state", ["paused", "held"])
def test_rows_of_a_stopped_run_wait_until_a_person_lets_it_go_on(office: Office, state: str) -> None:
    run_id = run_of(office, ["failed"], state=state)

    assert requeue(office, run_id).rows == 1
    assert (run_state(office, run_id), claimed(office)) == (state, [])
    with office.engine.begin() as conn:
        stop.resume(conn, run_id, db.now(conn), ANN)
    assert claimed(office) == [1]


def test_two_people_who_press_at_once_queue_each_row_once(office: Office) -> None:
    run_id = run_of(office, ["failed"] * 300)
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(requeue(office, run_id).rows)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [0, 0, 0, 300]
    assert set(office.column(run_id, "attempt")) == {1}
    assert len(claimed(office)) == 300


def statements(office: Office, act: Any) -> int:
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(office.engine, "before_cursor_execute", note)
    act()
    event.remove(office.engine, "before_cursor_execute", note)
    return len(seen)


def test_ten_times_the_rows_take_the_same_statements(office: Office) -> None:
    few, many = run_of(office, ["failed"] * 250), run_of(office, ["failed"] * 2500)

    assert statements(office, lambda: requeue(office, few)) == statements(office, lambda: requeue(office, many))
    batches = office.column(many, "batch_id")
    assert batches == sorted(batches)
    assert max(Counter(batches).values()) == 200


def test_a_run_with_more_rows_than_one_act_takes_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "LIMIT", 2)
    run_id = run_of(office, ["failed"] * 3)

    first, second = requeue(office, run_id), requeue(office, run_id)

    assert (first.rows, first.preview.more) == (2, True)
    assert (second.rows, second.preview.more) == (1, False)


def test_what_was_bounced_goes_out_at_last(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["unknown@x.test", "ok@x.test"])
        with office.sender() as sender:
            sender.work(20)
        with office.engine.begin() as conn:
            sweep.finish_runs(conn, db.now(conn))
        office.run_sql("DELETE FROM suppression")
        office.run_sql("UPDATE delivery SET address = 'ok+1@x.test' WHERE seq = 1")  # somebody made the mailbox
        requeue(office, planned.run_id, "bounced")
        with office.sender() as sender:
            sender.work(20)
        ids = Counter(mail.message_id for mail in read_log(sink.log))

    assert office.column(planned.run_id, "state") == ["sent", "sent"]
    assert ids == {f"<{planned.run_id}.{seq}@test>": 1 for seq in (1, 2)}
    assert sum(office.states(planned.run_id).values()) == office.value("SELECT size FROM run")


def test_another_workspaces_run_is_not_there(office: Office) -> None:
    run_id = run_of(office, ["failed"])
    with office.engine.begin() as conn:
        other, now = factories.workspace(conn, "Elsewhere").id, db.now(conn)
        with pytest.raises(NotFound):
            rest.requeue(conn, Rest(other, run_id), now, ANN, now + FOUR_HOURS)
        assert rest.preview(conn, Rest(other, run_id)).rows == 0


def test_a_time_that_is_over_is_refused(office: Office) -> None:
    run_id = run_of(office, ["failed"])
    with office.engine.begin() as conn:
        now = db.now(conn)
    with office.engine.begin() as conn, pytest.raises(Invalid, match="still to come"):
        rest.requeue(conn, Rest(office.workspace_id, run_id), now, ANN, now - timedelta(seconds=1))


@pytest.mark.parametrize(("kind", "hours"), [("prompt", 6), ("nudge", 3), ("digest", 12), ("post", 24), ("notice", 24)])
def test_how_long_a_row_is_useful_again_depends_on_its_kind(office: Office, kind: str, hours: int) -> None:
    run_id = run_of(office, ["failed"], kind)
    with office.engine.begin() as conn:
        now: datetime = db.now(conn)
        assert rest.useful_until(conn, Rest(office.workspace_id, run_id), now) == now + timedelta(hours=hours)


def test_picks_name_states_that_may_be_queued_again_alone() -> None:
    picks: Sequence[tuple[str, str, str]] = [("failed", "", "x"), ("sent", "", "")]

    assert rest.only(Rest(1, 1), picks).states == ("failed",)
