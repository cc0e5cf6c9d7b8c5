"""Schedulers are killed while they plan, and two of them plan at once: every slot is made, once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.stories import scene
from tests.stories.instance import Instance

pytestmark = pytest.mark.story
LATER = """
    UPDATE membership SET next_prompt_at = next_prompt_at + interval '2 seconds'
    WHERE team_id = :team AND id >= :half
"""


def assert_each_slot_once(house: Instance, crew: scene.Crew) -> None:
    """Every member has one part and one prompt, and each prompt arrived once."""
    house.wait("everybody is asked", lambda: scene.asked(house, crew) >= len(crew.members), 40)
    runs = scene.prompts(house, crew)
    house.finish(*runs)
    count = house.count(*runs)
    count.assert_true(doubts=0)
    assert count.states == {"sent": len(crew.members)}, count
    parts = "SELECT membership_id FROM participation WHERE team_id = :team"
    found = Counter(house.values(parts, team=crew.team.id))
    assert found == Counter(member.id for member in crew.members)


def test_a_scheduler_killed_while_it_plans_leaves_nothing_half_planned(house: Instance) -> None:
    house.up("sender")
    scheduler = house.one("scheduler")
    with house.locked("participation"):  # its round, run, batches and deliveries are written, not committed
        crew = scene.crew(house, 120)
        house.wait("the scheduler is in the middle of the plan", lambda: house.value(scene.PLANNING) == 1, 20)
        scheduler.kill()

    house.wait("the dead planner's session is gone", lambda: house.value(scene.PLANNING) == 0, 20)
    house.up("scheduler")

    assert_each_slot_once(house, crew)


def test_two_schedulers_at_once_make_each_slot_once(house: Instance) -> None:
    house.up("sender", "scheduler", "scheduler2")
    waiting = scene.PLANNING.replace("participation", "round")
    with house.locked("round"):  # one waits with half a team, the other with the rest, for the same rounds
        crew = scene.crew(house, 60)
        house.do(LATER, team=crew.team.id, half=crew.members[30].id)
        house.wait("one plans", lambda: house.value(waiting) >= 1, 20)
        house.wait("both plan", lambda: house.value(waiting) == 2, 20)
        other = scene.crew(house, 40)

    assert_each_slot_once(house, crew)
    assert_each_slot_once(house, other)
