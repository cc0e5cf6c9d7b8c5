"""A dry run as a job: turns that go on where the last one ended, who would fail by name, and what makes it stale."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text, update

from engine import db
from engine import models as m
from engine.campaigns import campaigns, drying
from engine.campaigns.content import versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.campaigns.queries import drying as queries
from engine.campaigns.queries.drying import Turn
from engine.db import Conn
from engine.errors import IllegalMove, Invalid
from tests.engine.campaigns.scene import Scene

BODY = "Hi, see you in {{ attributes.city }}."


def scene(engine: Engine, people: int, without: int) -> tuple[Scene, int]:
    """A campaign whose text names the city, which the first `without` people lack."""
    scene = Scene.make(engine, people)
    with engine.begin() as conn:
        conn.execute(
            text("INSERT INTO attribute (workspace_id, name, kind) VALUES (:w, 'city', 'text')"),
            {"w": scene.workspace_id},
        )
        conn.execute(
            text("UPDATE contact SET attributes = '{\"city\": \"Rome\"}' WHERE workspace_id = :w AND id NOT IN"
                 " (SELECT id FROM contact WHERE workspace_id = :w AND standing = 'known' ORDER BY id LIMIT :n)"),
            {"w": scene.workspace_id, "n": without},
        )  # fmt: skip
        made = campaigns.make(conn, scene.person, "Spring", needs_consent=False)
        versions.save(conn, scene.person, made, Draft({"": Written("News", BODY)}), db.now(conn))
    return scene, made


def last(conn: Conn, scene: Scene, campaign_id: int) -> drying.Dry:
    found = drying.last(conn, campaigns.get(conn, scene.person, campaign_id))
    assert found is not None
    return found


def test_turns_go_on_behind_the_last_one_and_name_who_would_fail(engine_db: Engine) -> None:
    world, campaign_id = scene(engine_db, people=4100, without=3)

    with engine_db.begin() as conn:
        left = drying.begin(conn, world.person, campaign_id, db.now(conn))
    turns = 0
    while True:
        with engine_db.begin() as conn:
            turns += 1
            if not drying.go_on(conn, campaign_id, db.now(conn), seconds=0.0):
                break
    with engine_db.begin() as conn:
        found = last(conn, world, campaign_id)
        of = campaigns.get(conn, world.person, campaign_id)
        reasons, named = drying.reasons(conn, of), drying.faults(conn, of)

    assert left.dry_runs == (campaign_id,)
    assert turns > 1
    assert (found.total, found.done, found.failed, found.busy, found.current) == (4100, 4100, 3, False, True)
    assert found.largest > 1000
    assert reasons == [("attributes.city is missing", 3)]
    assert [one.name for one in named] == ["Person 1", "Person 2", "Person 3"]


def test_of_two_workers_one_is_counted_and_a_change_ends_it(engine_db: Engine) -> None:
    world, campaign_id = scene(engine_db, people=5, without=1)
    with engine_db.begin() as conn:
        drying.begin(conn, world.person, campaign_id, db.now(conn))

    with engine_db.connect() as slow, slow.begin():
        job = queries.open_one(slow, campaign_id)
        with engine_db.begin() as fast:
            assert not drying.go_on(fast, campaign_id, db.now(fast))
        assert job is not None
        assert not queries.advance(slow, job, Turn(5, 5, 1, 1, 99), db.now(slow))
    with engine_db.begin() as conn:
        found = last(conn, world, campaign_id)
        drying.begin(conn, world.person, campaign_id, db.now(conn))
        campaigns.change(conn, world.person, campaign_id, db.now(conn), query='email contains "p1"')
        again = drying.go_on(conn, campaign_id, db.now(conn))
        stale = last(conn, world, campaign_id)

    assert (found.done, found.failed) == (5, 1)
    assert not again
    assert stale.wrong == drying.CHANGED
    assert not stale.current


def test_begun_anew_while_a_turn_is_written_down_it_waits_and_forgets_what_that_found(engine_db: Engine) -> None:
    world, campaign_id = scene(engine_db, people=5, without=2)
    with engine_db.begin() as conn:
        drying.begin(conn, world.person, campaign_id, db.now(conn))

    def press() -> None:
        with engine_db.begin() as conn:
            drying.begin(conn, world.person, campaign_id, db.now(conn))

    with ThreadPoolExecutor(1) as browser, engine_db.connect() as worker, worker.begin():
        job = queries.open_one(worker, campaign_id)
        assert job is not None
        assert queries.advance(worker, job, Turn(5, 5, 2, 1, 99), db.now(worker))
        pressed = browser.submit(press)
        blocked = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        until = time.monotonic() + 30
        while not world.value(blocked) and time.monotonic() < until:
            assert not pressed.done()
        queries.put_faults(worker, job, [world.contact("p1@x.test")], ["a city is missing"])
        worker.commit()
        pressed.result(30)
    with engine_db.begin() as conn:
        left = drying.faults(conn, campaigns.get(conn, world.person, campaign_id))
        assert not drying.go_on(conn, campaign_id, db.now(conn))
        found = last(conn, world, campaign_id)

    assert left == []
    assert (found.done, found.failed) == (5, 2)


def test_an_attribute_that_is_gone_ends_it_with_the_reason(engine_db: Engine) -> None:
    world, campaign_id = scene(engine_db, people=2, without=0)

    with engine_db.begin() as conn:
        conn.execute(text("DELETE FROM attribute"))
        drying.begin(conn, world.person, campaign_id, db.now(conn))
        drying.go_on(conn, campaign_id, db.now(conn))
        found = last(conn, world, campaign_id)

    assert "city" in found.wrong
    assert not found.busy


def test_what_has_begun_or_says_nothing_is_not_tried(engine_db: Engine) -> None:
    world, campaign_id = scene(engine_db, people=2, without=0)

    with engine_db.begin() as conn:
        empty = campaigns.make(conn, world.person, "Empty")
        with pytest.raises(Invalid, match="Write what it says"):
            drying.begin(conn, world.person, empty, db.now(conn))
        conn.execute(update(m.Campaign).where(m.Campaign.id == campaign_id).values(state="running"))
        with pytest.raises((Invalid, IllegalMove), match="begun"):
            drying.begin(conn, world.person, campaign_id, db.now(conn))
