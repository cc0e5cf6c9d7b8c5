"""The broker and the database go away in the middle of a batch and come back."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from tests.stories.instance import LEASE, SLOTS, Instance

pytestmark = pytest.mark.story
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> :own"


def cut_all_sessions(house: Instance) -> int:
    """Terminate every session of the instance's database but our own; how many there were."""
    with house.engine.begin() as conn:
        own = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        return len(conn.execute(text(CUT), {"own": own}).all())


def lose_all_messages(house: Instance) -> None:
    """kill -9 of the broker, or, where it is the database, everything in its queues thrown away."""
    if house.rabbit is not None:
        house.rabbit.kill()
        time.sleep(1.0)
        house.rabbit.restart()
    else:
        house.do("SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()")


def test_a_broker_that_loses_its_messages_costs_no_mail_and_no_doubt(house: Instance) -> None:
    house.up("sender", "scheduler")
    under_way = house.plan(150)
    house.mid(under_way)

    waiting = house.plan(60)
    lose_all_messages(house)
    afterwards = house.plan(20)
    house.finish(under_way, waiting, afterwards)

    count = house.count(under_way, waiting, afterwards)
    count.assert_true(doubts=0)
    assert count.states == {"sent": 230}, count


def test_sessions_cut_again_and_again_cost_no_mail_and_no_doubt(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(250)
    house.mid(run)

    for _ in range(4):
        assert cut_all_sessions(house) > 0
        time.sleep(0.4)
    house.finish(run)

    # Every outcome was kept in memory until the database had taken it (H13).
    count = house.count(run)
    count.assert_true(doubts=0)
    assert count.states == {"sent": 250}, count


def test_a_database_that_stops_at_once_gets_the_outcomes_it_missed(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(250)
    house.mid(run)

    house.durable.stop_at_once()
    time.sleep(LEASE)  # every lease is over when it is back, and its workers live
    house.durable.start()
    house.finish(run)

    # What the worker learnt meanwhile goes in as proof (H13). Still in doubt is only what it had taken and announced
    # and then, without a lease, did not let go: none of that is in the sink.
    house.wait("what has left is written", lambda: house.count(run).states["sent"] == house.left(run), 30)
    count = house.count(run)
    count.assert_true(doubts=2 * SLOTS)
    assert set(count.states) <= {"sent", "in_doubt"}, count
    assert all(part.alive for part in house.parts.values())
