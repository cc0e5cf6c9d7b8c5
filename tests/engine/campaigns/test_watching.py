"""What the scheduler does for campaigns: canaries, holds, starts and ends."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from engine import db
from engine.campaigns import flight, launch
from engine.campaigns.queries import flying
from engine.campaigns.queries.flying import Trouble
from engine.campaigns.watching import out_of_line, start_due
from engine.outbound import stop
from engine.outbound.stop import NEVER
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_flight import do, end, look


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


@pytest.mark.parametrize(
    ("canary", "bounced", "words"),
    [(10, 3, "3 of 10 bounced"), (10, 1, ""), (1, 1, "1 of 1 bounced")],
)
def test_a_small_canary_says_something_too_once_it_is_over(
    engine_db: Engine, canary: int, bounced: int, words: str
) -> None:
    scene = Scene.make(engine_db, people=100)
    of = scene.launch(scene.campaign(canary=canary, canary_minutes=10))
    end(scene, of.run_id, f"seq <= {bounced}", "bounced")
    end(scene, of.run_id, f"seq <= {canary}")

    look(scene, scene.now() + timedelta(minutes=1))
    early = scene.get(of.id).reason
    look(scene, scene.now() + timedelta(minutes=11))

    assert early == launch.CANARY  # 2 of the first 2 would say nothing
    assert (scene.get(of.id).state, words in scene.get(of.id).reason) == ("holding" if words else "running", True)


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


def test_whoever_leaves_the_topic_and_then_everything_has_left_once(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    topic = scene.value("INSERT INTO topic (workspace_id, name) VALUES (:w, 'News') RETURNING id")
    of = scene.launch(scene.campaign(topic_id=topic))
    end(scene, of.run_id)
    scene.do("INSERT INTO consent (workspace_id, contact_id, channel, topic_id, state, source, at)"
             " SELECT :w, :c, 'mail', t, 'withdrawn', 'person', now() FROM unnest(ARRAY[0, :t]) t",
             c=scene.contact("p1@x.test"), t=topic)  # fmt: skip

    with engine_db.begin() as conn:
        found = flying.trouble(conn, scene.workspace_id, [of.run_id or 0], topic, scene.now() - timedelta(hours=1))

    assert found.left == 1


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
