"""Doubts end by proof, by a person's word that can be taken back, or by being sent once more in the open."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from engine import config, db, move
from engine.errors import Invalid
from engine.outbound import stop, sweep
from engine.outbound.queries.flushing import these
from engine.outbound.settle import doubts, rest
from engine.outbound.settle.rest import Rest
from tests import factories
from tests.engine.outbound.settle.scene import DIED, LINE, QUARTER, doubted, events, run_of, those
from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import read_log, sink_process

ANN = "account:7"


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def run_state(office: Office, run_id: int) -> str:
    return str(office.value("SELECT state FROM run WHERE id = :r", r=run_id))


# -- listed


def test_a_doubt_of_a_dead_worker_says_so_and_one_of_a_broken_line_shows_what_was_said(office: Office) -> None:
    died, line = doubted(office), doubted(office, why=LINE)

    with office.engine.begin() as conn:
        found = doubts.listed(conn, those(office), QUARTER)

    assert [(d.run_id, d.cause, d.transcript) for d in found] == [(line, "line", LINE), (died, "died", DIED)]
    assert found[1].why == "its worker died; nobody heard the answer"
    assert not found[0].young


def test_a_lost_line_leaves_a_doubt_with_its_smtp_transcript(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["losedot@x.test"])
        with office.sender() as sender:
            sender.work(20)

    with office.engine.begin() as conn:
        [doubt] = doubts.listed(conn, those(office, planned.run_id), QUARTER)

    assert doubt.cause == "line"
    assert "> RCPT TO:<losedot@x.test>" in doubt.transcript
    assert "bytes of content, with its final dot" in doubt.transcript
    assert doubt.young


@pytest.mark.parametrize(
    ("words", "seqs"),
    [
        ({"provider": "gmail.com"}, [1, 3]),
        ({"cause": "died"}, [1, 2, 3]),
        ({"cause": "line"}, []),
        ({"kind": "digest"}, []),
        ({"rows": "second"}, [2]),
    ],
)
def test_doubts_are_narrowed_by_run_kind_provider_cause_and_row(
    office: Office, words: dict[str, Any], seqs: list[int]
) -> None:
    run_id = doubted(office, 3)
    doubted(office, 1, "notice", why=LINE)
    if "rows" in words:
        words = {"rows": ((run_id, 2),)}

    with office.engine.begin() as conn:
        found = doubts.listed(conn, those(office, run_id, **words), QUARTER)
        groups = doubts.counted(conn, those(office, run_id, **words), QUARTER)

    assert [d.seq for d in found] == seqs
    assert sum(group.n for group in groups) == len(seqs)


def test_a_list_of_doubts_is_paged_without_losing_or_repeating_a_row(office: Office) -> None:
    newer, older = doubted(office, 3), doubted(office, 2)
    newer, older = max(newer, older), min(newer, older)

    found: list[tuple[int, int]] = []
    with office.engine.begin() as conn:
        while page := doubts.listed(conn, those(office), QUARTER, 2, found[-1] if found else None):
            found += [(d.run_id, d.seq) for d in page]

    assert found == [(newer, 1), (newer, 2), (older, 1), (older, 2), (older, 3)]


def test_another_workspaces_doubts_are_neither_seen_nor_touched(office: Office) -> None:
    run_id = doubted(office)
    with office.engine.begin() as conn:
        other = Office(office.engine, office.settings, factories.workspace(conn, "Elsewhere").id)

        now = db.now(conn)
        seen = doubts.listed(conn, those(other), QUARTER)
        changed = doubts.arrived(conn, those(other, run_id), now, ANN), doubts.give_up(conn, those(other), now, ANN)
        resent = doubts.resend(conn, those(other), now, ANN, QUARTER)

    assert (seen, changed, resent.rows) == ((), (0, 0), 0)
    assert office.column(run_id, "state") == ["in_doubt"]


# -- a person's word


def test_what_a_person_knows_to_have_arrived_is_sent_since_it_came_into_doubt(office: Office) -> None:
    run_id = doubted(office, 2)

    with office.engine.begin() as conn:
        changed = [doubts.arrived(conn, those(office, rows=((run_id, 1),)), db.now(conn), ANN) for _ in range(2)]

    assert changed == [1, 0]
    assert office.column(run_id, "state") == ["sent", "in_doubt"]
    told = "SELECT at FROM delivery_event WHERE run_id = :r AND seq = 1 AND trigger = 'doubt'"
    assert office.column(run_id, "sent_at")[0] == office.value(told, r=run_id)
    assert (1, "mark_arrived", ANN) in events(office, run_id)


def test_what_a_person_gives_up_is_failed_with_the_reason(office: Office) -> None:
    run_id = doubted(office, 2)

    with office.engine.begin() as conn:
        assert doubts.give_up(conn, those(office, run_id), db.now(conn), ANN) == 2

    assert office.column(run_id, "state") == ["failed", "failed"]
    assert "given up" in office.column(run_id, "reason")[0]


@pytest.mark.parametrize("word", ["arrived", "give_up"])
def test_a_persons_word_can_be_taken_back_while_nothing_followed(office: Office, word: str) -> None:
    run_id = doubted(office)
    with office.engine.begin() as conn:
        getattr(doubts, word)(conn, those(office), db.now(conn), ANN)
        assert [(s.run_id, s.seq, s.actor) for s in doubts.settled(conn, office.workspace_id)] == [(run_id, 1, ANN)]

    with office.engine.begin() as conn:
        changed = [
            doubts.take_back(conn, [(run_id, 1)], office.workspace_id, db.now(conn), "account:8") for _ in range(2)
        ]

    assert changed == [1, 0]
    assert office.column(run_id, "state") == ["in_doubt"]
    assert office.column(run_id, "sent_at") == [None]
    assert events(office, run_id)[-1] == (1, "take_back", "account:8")
    with office.engine.begin() as conn:
        assert doubts.settled(conn, office.workspace_id) == ()
        assert len(doubts.listed(conn, those(office), QUARTER)) == 1


def test_a_word_that_was_followed_by_a_bounce_is_not_taken_back(office: Office) -> None:
    run_id = doubted(office)
    with office.engine.begin() as conn:
        now = db.now(conn)
        doubts.arrived(conn, those(office), now, ANN)
        move.deliveries(conn, "return_", these(run_id, [1]), now, reason="no such user")
        assert doubts.take_back(conn, [(run_id, 1)], office.workspace_id, now, ANN) == 0

    assert office.column(run_id, "state") == ["bounced"]


def test_what_the_relay_took_is_nobodys_to_take_back(office: Office) -> None:
    plain, proven = run_of(office, ["sent", "failed"]), doubted(office)
    with office.engine.begin() as conn:
        now = db.now(conn)
        doubts.proved_by(conn, proven, 1, "reply", now)
        assert doubts.take_back(conn, [(plain, 1), (plain, 2), (proven, 1)], office.workspace_id, now, ANN) == 0


# -- sent once more


def test_a_person_sends_doubts_once_more_with_the_same_message_id(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["losedot@x.test", "ok@x.test"])
        with office.sender() as sender:
            sender.work(20)
        with office.engine.begin() as conn:
            sweep.finish_runs(conn, db.now(conn))
            resent = doubts.resend(conn, those(office, planned.run_id), db.now(conn), ANN, 0.0)
        office.run_sql("UPDATE delivery SET address = 'ok+1@x.test' WHERE seq = 1")  # this time the line holds
        office.run_sql("DELETE FROM pace")  # a line that was lost may have let the relay rest
        with office.sender() as sender:
            sender.work(20)
        ids = Counter(mail.message_id for mail in read_log(sink.log))

    assert (resent.rows, resent.young, len(resent.followup.batches)) == (1, 0, 1)
    assert office.column(planned.run_id, "state") == ["sent", "sent"]
    assert office.column(planned.run_id, "attempt") == [1, 0]
    assert ids[f"<{planned.run_id}.1@test>"] <= 2
    assert (1, "resend", ANN) in events(office, planned.run_id)
    assert run_state(office, planned.run_id) == "open"


def test_a_doubt_younger_than_a_quarter_of_an_hour_stays_one(office: Office) -> None:
    """H15 holds for people as well: bytes of the first copy may still be on their way."""
    young, old = doubted(office, age=timedelta(minutes=14)), doubted(office)

    with office.engine.begin() as conn:
        resent = doubts.resend(conn, those(office), db.now(conn), ANN, QUARTER)

    assert (resent.rows, resent.young) == (1, 1)
    assert (office.column(young, "state"), office.column(old, "state")) == (["in_doubt"], ["queued"])


def test_a_doubt_that_came_again_is_as_young_as_its_last_one(office: Office) -> None:
    run_id = doubted(office, age=timedelta(hours=1))
    with office.engine.begin() as conn:
        now = db.now(conn)
        move.deliveries(conn, "prove_unsent", these(run_id, [1]), now)
        move.deliveries(conn, "doubt", these(run_id, [1]), now, reason=DIED)

        sweep.resend_doubts(conn, now, QUARTER)
        by_hand = doubts.resend(conn, those(office), now, ANN, QUARTER)

    assert (by_hand.rows, by_hand.young) == (0, 1)
    assert office.column(run_id, "state") == ["in_doubt"]


def test_what_a_person_sends_once_more_is_useful_again(office: Office) -> None:
    run_id = doubted(office, useful=timedelta(minutes=-5))

    with office.engine.begin() as conn:
        now = db.now(conn)
        assert doubts.resend(conn, those(office), now, ANN, QUARTER).rows == 1

    assert office.column(run_id, "useful_until")[0] > now + timedelta(hours=1)


def test_a_cancelled_run_opens_for_a_resend_but_not_while_its_cancel_goes_on(office: Office) -> None:
    run_id = doubted(office, state="cancelled")
    with office.engine.begin() as conn:
        batch = factories.batch(conn, office.workspace_id, run_id, owner="busy", epoch=1)
    with pytest.raises(Invalid, match="still being cancelled"), office.engine.begin() as conn:
        doubts.resend(conn, those(office), db.now(conn), ANN, QUARTER)
    office.run_sql("UPDATE batch SET state = 'done', owner = NULL WHERE id = :b", b=batch)

    with office.engine.begin() as conn:
        doubts.resend(conn, those(office), db.now(conn), ANN, QUARTER)

    assert run_state(office, run_id) == "open"
    assert office.column(run_id, "state") == ["queued"]


def test_many_doubts_of_one_run_fill_batches_in_their_order(office: Office) -> None:
    run_id = doubted(office, 450)

    with office.engine.begin() as conn:
        doubts.resend(conn, those(office), db.now(conn), ANN, QUARTER)

    batches = office.column(run_id, "batch_id")
    assert batches == sorted(batches)
    assert sorted(Counter(batches).values()) == [50, 200, 200]


# -- proof


@pytest.mark.parametrize("how", ["reply", "auto-reply", "click", "unsubscribe"])
def test_who_acts_on_a_mail_has_it(office: Office, how: doubts.How) -> None:
    run_id = doubted(office, 2)

    with office.engine.begin() as conn:
        proven = [doubts.proved_by(conn, run_id, 1, how, db.now(conn)) for _ in range(2)]

    assert proven == [True, False]
    assert office.column(run_id, "state") == ["sent", "in_doubt"]
    assert office.column(run_id, "reason")[0] == doubts.PROOF[how]


@pytest.mark.parametrize("state", ["queued", "sent", "bounced", "cancelled"])
def test_a_click_changes_nothing_about_a_row_without_doubt(office: Office, state: str) -> None:
    run_id = run_of(office, [state])

    with office.engine.begin() as conn:
        assert not doubts.proved_by(conn, run_id, 1, "click", db.now(conn))

    assert office.column(run_id, "state") == [state]


# -- the sweep and the setting


def test_a_run_that_was_closed_while_its_rows_were_queued_again_is_opened_by_the_sweep(office: Office) -> None:
    run_id, other = run_of(office, ["failed"]), run_of(office, ["sent"])
    with office.engine.begin() as conn:
        now = db.now(conn)
        rest.requeue(conn, Rest(office.workspace_id, run_id), now, ANN, now + timedelta(hours=1))
    office.run_sql("UPDATE run SET state = 'done'")  # as a sweep does that began before the requeue committed

    with office.engine.begin() as conn:
        assert sweep.reopen_runs(conn, db.now(conn)) == 1

    assert (run_state(office, run_id), run_state(office, other)) == ("open", "done")


def test_no_setting_of_production_lets_a_doubt_be_sent_again_before_its_quarter_of_an_hour(office: Office) -> None:
    assert office.settings.production
    assert config.load(env="production", doubt_resend_seconds=2).doubt_after == 900
    assert config.load(env="production", doubt_resend_seconds=3600).doubt_after == 3600
    assert config.load(env="staging", doubt_resend_seconds=2).doubt_after == 2


def test_a_cancel_leaves_doubts_in_doubt(office: Office) -> None:
    run_id = doubted(office, state="open")

    with office.engine.begin() as conn:
        stop.cancel(conn, run_id, datetime.now(UTC), ANN)

    assert office.column(run_id, "state") == ["in_doubt"]
