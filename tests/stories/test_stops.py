"""A person pauses or cancels a run whose mails are leaving: what is above the horizon stays, nothing else lies."""

from __future__ import annotations

import time

import pytest

from engine import db
from engine.outbound import stop
from engine.outbound.plan import Planned
from tests.stories import counting
from tests.stories.instance import Instance

pytestmark = pytest.mark.story
BY = "account:1"


def above_horizon(house: Instance, run: Planned) -> set[tuple[int, int]]:
    """The open rows that nobody has taken."""
    statement = (
        "SELECT d.seq FROM delivery d JOIN batch b ON b.id = d.batch_id"
        " WHERE d.run_id = :run AND d.seq > b.horizon AND d.state IN ('queued', 'deferred', 'cancelled')"
    )
    return {(run.run_id, seq) for seq in house.values(statement, run=run.run_id)}


def test_after_the_cancel_nothing_above_the_horizon_leaves(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(250)
    house.mid(run)

    with house.engine.begin() as conn:
        cancelled = stop.cancel(conn, run.run_id, db.now(conn), BY)
    kept_back = above_horizon(house, run)
    house.finish(run, state="cancelled")
    open_ = "SELECT count(*) FROM delivery WHERE run_id = :run AND state IN ('queued', 'deferred')"
    house.wait("no row is left open", lambda: house.value(open_, run=run.run_id) == 0, 20)
    time.sleep(1.0)

    count = house.count(run)
    count.assert_true(doubts=0)
    assert cancelled > 0
    assert set(count.states) == {"sent", "cancelled"}, count
    assert count.states["cancelled"] >= cancelled
    assert not kept_back & set(counting.in_sink(house.sink.log, house.keys, [run.run_id])[0])


def test_a_paused_run_stands_still_and_ends_complete_once_resumed(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(150)
    house.mid(run)

    with house.engine.begin() as conn:
        stop.pause(conn, run.run_id, db.now(conn), BY)
    kept_back = above_horizon(house, run)
    house.wait("its batch is let go", lambda: house.holder(run.run_id) == 0, 20)
    still = house.left(run)
    time.sleep(2.0)
    assert house.left(run) == still < 150
    assert not kept_back & set(counting.in_sink(house.sink.log, house.keys, [run.run_id])[0])

    with house.engine.begin() as conn:
        stop.resume(conn, run.run_id, db.now(conn), BY)
    house.finish(run)

    count = house.count(run)
    count.assert_true(doubts=0)
    assert count.states == {"sent": 150}, count
