"""Workers are killed and frozen in the middle of a batch: nothing is lost, nothing leaves twice, doubts are listed."""

from __future__ import annotations

import os
import signal
import time

import pytest

from engine.outbound import report
from engine.outbound.plan import Planned
from engine.people.principal import SYSTEM
from tests.stories.counting import Row
from tests.stories.instance import LEASE, SLOTS, Instance

pytestmark = pytest.mark.story
AT_ONCE = 2 * SLOTS  # rows of one child that may be without a recorded outcome: in flight and announced, per slot


def test_a_killed_worker_child_loses_nothing_and_the_pool_goes_on(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(120)
    house.mid(run)

    os.kill(house.victim(run), signal.SIGKILL)
    house.finish(run)

    count = house.count(run)
    count.assert_true(doubts=AT_ONCE)
    assert count.states["sent"] + count.states["in_doubt"] == 120, count


def test_a_killed_worker_group_is_replaced_by_a_new_worker(house: Instance) -> None:
    sender, _ = house.up("sender", "scheduler")
    run = house.plan(120)
    house.mid(run)

    sender.kill()
    house.up("sender")
    house.finish(run)

    count = house.count(run)
    count.assert_true(doubts=2 * AT_ONCE)
    assert count.states["sent"] + count.states["in_doubt"] == 120, count


def test_a_worker_child_that_sleeps_past_its_lease_sends_nothing_twice(house: Instance) -> None:
    house.up("sender", "scheduler")
    run = house.plan(120)
    house.mid(run)
    asleep = house.victim(run)

    os.kill(asleep, signal.SIGSTOP)
    try:
        house.finish(run)
        before = in_sink(house, run)
    finally:
        os.kill(asleep, signal.SIGCONT)
    time.sleep(2.0)  # whatever it still has in its hands
    house.finish(run)
    late = in_sink(house, run) - before
    unsent = told(house, run, "prove_unsent")

    # What leaves now is what it says never to have left (H13), all of it and with a row that says so. The sleep may
    # have fallen between its look at the permit and the write (H3, H15): its one loop writes one content at a time, so
    # that is one mail at most, and a listed doubt. What its sockets held had arrived before.
    house.wait("what had not left has left", lambda: unsent <= in_sink(house, run) - before, 20)
    house.finish(run)
    count = house.count(run)
    count.assert_true(doubts=AT_ONCE)
    assert late - unsent <= count.doubted, (late, unsent, count)
    assert len(late - unsent) <= 1, (late, unsent, count)
    assert count.states["sent"] + count.states["in_doubt"] == 120, count


def in_sink(house: Instance, run: Planned) -> set[Row]:
    """The rows of a run that are in the sink."""
    return set(house.sunk.look().of([run.run_id]))


def told(house: Instance, run: Planned, trigger: str) -> set[Row]:
    """The rows of a run that have such an event."""
    found = "SELECT DISTINCT seq FROM delivery_event WHERE run_id = :run AND trigger = :trigger"
    return {(run.run_id, seq) for seq in house.values(found, run=run.run_id, trigger=trigger)}


def test_a_worker_group_that_sleeps_past_its_lease_is_relieved_and_proves_its_answers(house: Instance) -> None:
    sender, _ = house.up("sender", "scheduler")
    run = house.plan(300)
    house.mid(run)
    asleep = house.victim(run)

    sender.freeze()
    house.up("sender2")
    house.wait("another holds the batch", lambda: house.holder(run.run_id) not in (0, asleep), 4 * LEASE)
    sender.thaw()
    house.finish(run)

    # The replies it found in its sockets when it woke are proof: what was in doubt is sent after all; and what it had
    # only announced it knows never to have left (H13).
    house.wait("its replies have settled its doubts", lambda: house.count(run).states["sent"] == 300, 20)
    house.finish(run)
    count = house.count(run)
    count.assert_true(doubts=2 * AT_ONCE)
    assert count.events["prove_sent"] + count.events["prove_unsent"] == count.doubts


def test_with_policy_resend_every_extra_copy_is_a_listed_second_attempt(house: Instance) -> None:
    house.up("sender", "scheduler")
    copies = 0
    for _ in range(5):  # whether the sink had already taken what was in doubt is a matter of milliseconds
        copies += _killed_and_resent(house)
        if copies:
            break
    # The sink had taken mails whose answer the killed worker never read: the resend did send them twice, in the open.
    assert copies


def _killed_and_resent(house: Instance) -> int:
    """Kill the worker child in the middle of a run that resends; how many mails the sink has twice, all announced."""
    resent, held = house.plan(120, policy="resend"), house.plan(60)
    house.mid(resent)

    os.kill(house.victim(resent), signal.SIGKILL)
    house.finish(resent, held)
    house.age_doubts(resent)
    house.age_doubts(held)
    settled = "SELECT count(*) FROM delivery WHERE run_id = :run AND state <> 'sent'"
    house.wait("its doubts are sent again", lambda: house.value(settled, run=resent.run_id) == 0, 30)
    house.finish(resent, held)

    count = house.count(resent)
    count.assert_true(doubts=AT_ONCE)
    assert count.states == {"sent": 120}, count
    assert count.doubts == len(count.announced)
    assert set(count.resent) <= count.announced
    assert house.count(held).events["resend"] == 0
    with house.engine.begin() as conn:
        [numbers] = report.numbers(conn, SYSTEM(house.workspace_of(resent)), resent.run_id)
    assert (numbers.doubt_resent, numbers.counts) == (len(count.announced), {"sent": 120})
    return len(count.resent)
