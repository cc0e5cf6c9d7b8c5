"""Under way: pause, resume, cancel, undo; and what the engine does by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from engine import db
from engine.campaigns import approvals, campaigns, flight, launch
from engine.campaigns.queries.flying import Trouble
from engine.campaigns.watching import out_of_line, start_due, watch
from engine.errors import IllegalMove, Invalid, NotFound
from engine.outbound import record, stop
from engine.outbound.stop import NEVER
from tests.engine.campaigns.scene import Scene


def do(scene: Scene, act, campaign_id: int, now: datetime | None = None):  # type: ignore[no-untyped-def]
    with scene.engine.begin() as conn:
        return act(conn, scene.person, campaign_id, now or db.now(conn))


def look(scene: Scene, now: datetime | None = None) -> None:
    with scene.engine.begin() as conn:
        watch(conn, now or db.now(conn))


def end(scene: Scene, run_id: int | None, where: str = "true", state: str = "sent") -> None:
    """Let rows have an outcome, and batches without open rows be over, as workers and the sweep would."""
    trigger = {"bounced": "bounce", "complained": "complain", "failed": "fail"}.get(state)
    scene.do(f"UPDATE delivery SET state = :s, sent_at = CASE WHEN :s IN ('sent', 'complained') THEN now() END"
             f" WHERE run_id = :r AND state = 'queued' AND {where}", r=run_id, s=state)  # fmt: skip
    if trigger:
        scene.do("INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state, reply)"
                 f" SELECT run_id, seq, workspace_id, now(), 0, :t, :s, 'it could not be made: x' FROM delivery"
                 f" WHERE run_id = :r AND state = :s AND {where}", r=run_id, s=state, t=trigger)  # fmt: skip
    scene.do("UPDATE batch b SET state = 'done' WHERE run_id = :r AND NOT EXISTS (SELECT FROM delivery d"
             " WHERE d.batch_id = b.id AND d.state = 'queued')", r=run_id)  # fmt: skip
    scene.do("UPDATE run SET state = 'done' WHERE id = :r AND NOT EXISTS (SELECT FROM batch WHERE run_id = :r"
             " AND state = 'open')", r=run_id)  # fmt: skip


def test_a_launch_from_two_browsers_starts_once(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=20)
    made = scene.campaign()

    def press(_: int) -> str:
        try:
            return scene.launch(made).state
        except IllegalMove:
            return "somebody was first"

    with ThreadPoolExecutor(4) as browsers:
        found = sorted(browsers.map(press, range(4)))

    assert found == ["running", *["somebody was first"] * 3]
    assert scene.value("SELECT count(*) FROM run WHERE campaign_id = :c", c=made) == 1


def test_a_paused_campaign_gives_no_batch_and_goes_on_with_all_of_them(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=600)
    of = scene.launch(scene.campaign())

    do(scene, flight.pause, of.id)
    with scene.engine.begin() as conn:
        paused = record.claim(conn, "me", db.now(conn), 10, 30.0)
    do(scene, flight.resume, of.id)
    with scene.engine.begin() as conn:
        resumed = record.claim(conn, "me", db.now(conn), 10, 30.0)

    assert paused == []
    assert sum(len(rows) for _, rows in resumed) == 600
    assert scene.get(of.id).state == "running"


def test_a_throttle_is_spaced_anew_from_the_resume(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=300)
    of = scene.launch(scene.campaign(per_hour=1200))  # lots of 100, five minutes each
    do(scene, flight.pause, of.id)
    later = scene.now() + timedelta(days=6)

    do(scene, flight.resume, of.id, later)

    found = [row[0] for row in scene.rows("SELECT next_at FROM batch WHERE run_id = :r ORDER BY next_at", r=of.run_id)]
    assert found == [later + n * timedelta(minutes=5) for n in range(3)]
    assert scene.value("SELECT min(useful_until) FROM delivery WHERE run_id = :r", r=of.run_id) > later


def test_a_cancel_leaves_nothing_open(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=600)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id, "seq <= 10")

    assert do(scene, flight.cancel, of.id) == 590

    assert scene.states(of.run_id) == {"sent": 10, "cancelled: cancelled": 590}
    assert scene.get(of.id).state == "cancelled"


def test_a_launch_is_taken_back_while_nothing_has_left(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30)
    of = scene.launch(scene.campaign())
    with scene.engine.begin() as conn:
        record.claim(conn, "me", db.now(conn), 10, 30.0)  # a worker has it, and has asked for no permit

    assert do(scene, flight.undo, of.id) == 30

    assert (scene.get(of.id).state, scene.get(of.id).run_id) == ("draft", None)
    again = scene.launch(of.id)
    assert scene.states(again.run_id) == {"queued": 30}


def test_a_launch_is_not_taken_back_once_a_horizon_was_raised(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30)
    of = scene.launch(scene.campaign())
    scene.do("UPDATE batch SET horizon = 1 WHERE run_id = :r", r=of.run_id)

    with pytest.raises(Invalid, match="has left"):
        do(scene, flight.undo, of.id)

    assert scene.get(of.id).state == "running"
    assert scene.states(of.run_id) == {"queued": 30}


def test_a_launch_whose_run_was_cancelled_on_its_own_page_is_not_taken_back_either(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30)
    of = scene.launch(scene.campaign())
    scene.do("UPDATE batch SET horizon = 10 WHERE run_id = :r", r=of.run_id)
    end(scene, of.run_id, "seq <= 10")
    do(scene, flight.pause, of.id)
    with scene.engine.begin() as conn:
        stop.cancel(conn, of.run_id or 0, db.now(conn), "account:1")

    with pytest.raises(Invalid, match="has left"):  # ten of them would get it twice
        do(scene, flight.undo, of.id)
    look(scene)

    assert scene.get(of.id).state == "finishing"


def test_the_others_follow_a_good_canary(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign(canary=30, canary_minutes=10))
    canary = "batch_id = (SELECT id FROM batch WHERE run_id = :r ORDER BY next_at LIMIT 1)"
    later = scene.now() + timedelta(minutes=11)

    look(scene, later)
    before = scene.get(of.id).state  # its rows are not out
    end(scene, of.run_id, canary)
    look(scene, scene.now() + timedelta(minutes=5))
    early = scene.get(of.id).state
    look(scene, later)

    assert (before, early, scene.get(of.id).state) == ("holding", "holding", "running")
    assert scene.rows("SELECT next_at FROM batch WHERE run_id = :r AND state = 'open'", r=of.run_id) == [(later,)]


def test_the_others_stay_after_a_bad_canary(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign(canary=30, canary_minutes=10))
    canary = "batch_id = (SELECT id FROM batch WHERE run_id = :r ORDER BY next_at LIMIT 1)"
    end(scene, of.run_id, f"{canary} AND seq <= 2", "bounced")
    end(scene, of.run_id, canary)

    look(scene, scene.now() + timedelta(minutes=11))

    found = scene.get(of.id)
    assert (found.state, found.reason) == ("holding", "its canary: 2 of 30 bounced, which is more than 5.0%")
    assert scene.value("SELECT state FROM run WHERE id = :r", r=of.run_id) == "held"
    assert scene.value("SELECT next_at FROM batch WHERE run_id = :r AND state = 'open'", r=of.run_id) == NEVER


@pytest.mark.parametrize("needs_consent", [False, True])
def test_a_canary_that_is_everybody_or_nobody_ends(engine_db: Engine, needs_consent: bool) -> None:
    scene = Scene.make(engine_db, people=5)
    of = scene.launch(scene.campaign(canary=30, needs_consent=needs_consent))  # nobody has said yes
    end(scene, of.run_id)

    look(scene)

    found = scene.get(of.id)
    assert (found.state, found.reason) == ("finishing", "")


def test_a_canary_of_a_local_hour_has_its_minutes_too(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    hour = (scene.now() + timedelta(hours=3)).time()
    of = scene.launch(scene.campaign(canary=30, canary_minutes=60, send_when="local", local_time=hour))
    ((canary, at),) = scene.rows("SELECT id, next_at FROM batch WHERE run_id = :r AND next_at < :never",
                                 r=of.run_id, never=NEVER)  # fmt: skip
    scene.do("UPDATE batch SET epoch = 1 WHERE id = :b", b=canary)  # a worker had it
    end(scene, of.run_id, f"batch_id = {canary}")
    scene.do("UPDATE delivery SET sent_at = :at WHERE sent_at IS NOT NULL", at=at)

    found = []
    for minutes in (1, 59, 60):
        look(scene, at + timedelta(minutes=minutes))
        found.append(scene.get(of.id).state)

    assert found == ["holding", "holding", "running"]


def test_a_canary_paused_and_let_go_on_the_page_of_its_run_still_lets_the_others_follow(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign(canary=30))
    states = []

    for act in (stop.pause, stop.resume):
        with scene.engine.begin() as conn:
            act(conn, of.run_id or 0, db.now(conn), "account:1")
        look(scene)
        states.append(scene.get(of.id).state)
    end(scene, of.run_id, "batch_id = (SELECT id FROM batch WHERE run_id = :r ORDER BY next_at LIMIT 1)")
    look(scene, scene.now() + timedelta(minutes=31))

    assert states == ["paused", "holding"]
    assert scene.get(of.id).state == "running"
    assert scene.value("SELECT count(*) FROM batch WHERE next_at = :never", never=NEVER) == 0


def test_a_held_campaign_goes_on_when_its_run_is_let_go_on_its_own_page(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id, "seq <= 5", "bounced")
    end(scene, of.run_id, "seq <= 40")
    look(scene)

    with scene.engine.begin() as conn:
        stop.resume(conn, of.run_id or 0, db.now(conn), "account:1")
    look(scene)
    look(scene)

    assert (scene.get(of.id).state, scene.get(of.id).reason) == ("running", "")
    assert scene.value("SELECT state FROM run WHERE id = :r", r=of.run_id) == "open"


def test_a_run_held_beside_one_out_of_line_holds_both_once(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id, "seq <= 5", "bounced")
    end(scene, of.run_id, "seq <= 40")
    scene.do("INSERT INTO run (workspace_id, kind, campaign_id, part, state, reason, urgency, doubt_policy, made_at)"
             " SELECT workspace_id, kind, campaign_id, 'rest', 'held', '553 no', urgency, doubt_policy, made_at"
             " FROM run WHERE id = :r", r=of.run_id)  # fmt: skip

    look(scene)

    assert (scene.get(of.id).state, scene.get(of.id).reason) == ("holding", "553 no")
    assert scene.value("SELECT state FROM run WHERE id = :r", r=of.run_id) == "held"


def test_a_person_may_overrule_the_hold_and_old_bounces_hold_it_no_more(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id, "seq <= 5", "bounced")
    end(scene, of.run_id, "seq <= 40")
    look(scene)
    assert scene.get(of.id).state == "holding"

    do(scene, flight.resume, of.id)
    look(scene)

    assert scene.get(of.id).state == "running"
    assert scene.value("SELECT state FROM run WHERE id = :r", r=of.run_id) == "open"


@pytest.mark.parametrize(
    ("found", "accepted", "words"),
    [
        (Trouble(5, 5, 0, 0, 0), 95, ""),
        (Trouble(6, 6, 0, 0, 0), 94, "6 of 100 bounced, which is more than 5.0%"),
        (Trouble(2, 2, 0, 0, 0), 8, ""),
        (Trouble(0, 0, 3, 0, 0), 1000, ""),
        (Trouble(0, 0, 4, 0, 0), 1000, "4 of 1,000 called it spam, which is more than 0.3%"),
        (Trouble(0, 0, 0, 30, 0), 0, "30 of 30 could not be made, which is more than 2.0%"),
        (Trouble(0, 0, 0, 0, 3), 100, "3 of 100 unsubscribed, which is more than 2.0%"),
    ],
)
def test_what_is_out_of_line(found: Trouble, accepted: int, words: str) -> None:
    assert out_of_line(found, accepted) == words


def test_it_ends_days_after_the_last_row(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id)

    look(scene)
    ended = scene.get(of.id)
    look(scene, scene.now() + timedelta(days=4))
    still = scene.get(of.id).state
    look(scene, scene.now() + timedelta(days=6))

    assert (ended.state, still, scene.get(of.id).state) == ("finishing", "finishing", "finished")


def _listen(found: list[str], *given: Any) -> None:
    found.append(given[2])


def test_those_that_only_wait_for_the_end_of_their_days_cost_the_scheduler_nothing(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id)
    look(scene)
    scene.do("INSERT INTO campaign (workspace_id, name, state, ended_at) SELECT :w, 'x', 'finishing', now()"
             " FROM generate_series(1, 50)")  # fmt: skip

    statements: list[str] = []
    listener = partial(_listen, statements)
    event.listen(engine_db, "before_cursor_execute", listener)
    look(scene)
    event.remove(engine_db, "before_cursor_execute", listener)
    scene.do("UPDATE run SET state = 'open' WHERE id = :r", r=of.run_id)  # somebody queued a row once more
    look(scene)

    assert len(statements) < 5
    assert scene.get(of.id).state == "running"


def test_an_answer_that_is_being_written_down_hides_no_campaign_from_the_scheduler(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id)

    with engine_db.begin() as answer:  # a message points to its campaign, whose key is locked until it is there
        answer.execute(text("SELECT FROM campaign WHERE id = :c FOR KEY SHARE"), {"c": of.id})
        look(scene)

    assert scene.get(of.id).state == "finishing"


def test_a_run_held_by_the_engine_holds_its_campaign_with_the_reason(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    of = scene.launch(scene.campaign())
    with scene.engine.begin() as conn:
        stop.hold(conn, of.run_id or 0, "553 sender refused", db.now(conn))

    look(scene)

    assert (scene.get(of.id).state, scene.get(of.id).reason) == ("holding", "553 sender refused")


def test_a_scheduled_campaign_starts_at_its_instant_and_not_before(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    at = scene.now() + timedelta(hours=3)
    of = scene.launch(scene.campaign(send_when="at", send_at=at))
    assert (of.state, of.run_id) == ("scheduled", None)

    for now, state in ((at - timedelta(seconds=1), "scheduled"), (at, "running"), (at, "running")):
        with scene.engine.begin() as conn:
            start_due(conn, now)
        assert scene.get(of.id).state == state

    assert scene.value("SELECT count(*) FROM run WHERE campaign_id = :c", c=of.id) == 1


def test_a_change_takes_a_scheduled_campaign_back(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    of = scene.launch(scene.campaign(send_when="at", send_at=scene.now() + timedelta(hours=3)))

    with scene.engine.begin() as conn:
        campaigns.change(conn, scene.person, of.id, db.now(conn), canary=5)

    assert scene.get(of.id).state == "draft"


def test_another_workspace_s_campaign_is_not_there(engine_db: Engine) -> None:
    scene, other = Scene.make(engine_db, people=1), Scene.make(engine_db, people=1)
    made = scene.campaign()

    for act in (campaigns.copy, flight.pause, flight.cancel, flight.undo, launch.launch, approvals.submit):
        with pytest.raises(NotFound):
            do(other, act, made)


def test_a_copy_says_the_same_to_the_same_people_and_has_no_hour(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    made = scene.campaign(canary=7, send_when="at", send_at=scene.now() + timedelta(days=1))

    copied = scene.get(do(scene, campaigns.copy, made))

    assert (copied.name, copied.canary, copied.send_when, copied.state) == ("Spring (copy)", 7, "now", "draft")
    assert scene.launch(copied.id).state == "holding"
