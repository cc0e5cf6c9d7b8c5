"""Under way: pause, resume, cancel, undo; and what the engine does by itself."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.campaigns import approvals, campaigns, flight, launch
from engine.campaigns.watching import watch
from engine.errors import IllegalMove, Invalid, NotFound
from engine.outbound import record, stop
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


@pytest.mark.parametrize(("act", "state"), [(flight.pause, "paused"), (flight.cancel, "cancelled")])
def test_a_run_that_ends_meanwhile_keeps_no_other_one_going(engine_db: Engine, act: Any, state: str) -> None:
    scene = Scene.make(engine_db, people=30)
    of = scene.launch(scene.campaign())
    rest = scene.value(
        "INSERT INTO run (workspace_id, kind, campaign_id, part, urgency, doubt_policy, made_at) SELECT workspace_id,"
        " kind, campaign_id, 'rest', urgency, doubt_policy, made_at FROM run WHERE id = :r RETURNING id", r=of.run_id
    )  # fmt: skip

    with ThreadPoolExecutor(1) as browser, engine_db.begin() as worker:
        worker.execute(text("SELECT FROM batch WHERE run_id = :r FOR UPDATE"), {"r": of.run_id})
        pressed = browser.submit(do, scene, act, of.id)
        blocked = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        until = time.monotonic() + 30
        while not scene.value(blocked) and time.monotonic() < until:
            assert not pressed.done()
        scene.do("UPDATE run SET state = 'done' WHERE id = :r", r=rest)
        worker.commit()
        pressed.result(30)

    assert scene.rows("SELECT state FROM run WHERE campaign_id = :c ORDER BY id", c=of.id) == [(state,), ("done",)]


def test_a_throttle_is_spaced_anew_from_the_resume(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=300)
    of = scene.launch(scene.campaign(per_hour=1200))  # lots of 100, five minutes each
    do(scene, flight.pause, of.id)
    later = scene.now() + timedelta(days=6)

    do(scene, flight.resume, of.id, later)

    found = [row[0] for row in scene.rows("SELECT next_at FROM batch WHERE run_id = :r ORDER BY next_at", r=of.run_id)]
    assert found == [later + n * timedelta(minutes=5) for n in range(3)]
    assert scene.value("SELECT min(useful_until) FROM delivery WHERE run_id = :r", r=of.run_id) > later


def test_a_pause_makes_a_throttle_no_faster(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=300)
    of = scene.launch(scene.campaign(per_hour=1200))  # lots of 100, five minutes each
    first = scene.value("SELECT min(next_at) FROM batch WHERE run_id = :r", r=of.run_id)
    scene.do("UPDATE batch SET horizon = (SELECT max(seq) FROM delivery WHERE batch_id = batch.id) WHERE next_at = :f",
             f=first)  # fmt: skip
    end(scene, of.run_id, "batch_id = (SELECT min(id) FROM batch WHERE horizon > 0)")

    for seconds in (10, 20, 30):
        do(scene, flight.pause, of.id, first + timedelta(seconds=seconds))
        do(scene, flight.resume, of.id, first + timedelta(seconds=seconds + 1))

    found = [row[0] for row in scene.rows("SELECT next_at FROM batch WHERE state = 'open' ORDER BY next_at")]
    assert found == [first + n * timedelta(minutes=5) for n in (1, 2)]


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
