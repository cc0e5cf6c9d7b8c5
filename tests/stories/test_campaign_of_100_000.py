"""A campaign to 100,000 people whose worker is killed five times, that is paused and resumed three times and cancelled
once, near its end: everybody is accounted for, the sink agrees copy by copy, and what is in doubt is what kills left.

Beside it runs one to 2,000 that nobody stops: it comes to its end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import pytest

from engine.outbound.plan import Planned
from tests.stories import accounting, campaigning
from tests.stories.campaigning import Browser, Place
from tests.stories.counting import Row
from tests.stories.instance import Instance

pytestmark = [pytest.mark.story, pytest.mark.timeout(900)]  # two minutes on two free cores

PEOPLE = 100_000
SAID_NO, SUPPRESSED, NOWHERE = 500, 400, 50
OUT = {"no consent": SAID_NO, "suppressed: unknown_user": SUPPRESSED, "no address on the channel": NOWHERE}
BESIDE = 2_000
# What happens, after so many thousand mails. The worker that is killed the third time has just been told to stop.
COURSE = (
    (6, "kill"), (14, "pause"), (14, "resume"), (24, "kill"), (36, "pause"), (36, "kill"), (36, "resume"),
    (48, "kill"), (60, "pause"), (60, "resume"), (70, "kill"), (85, "cancel"),
)  # fmt: skip
BUSY = """
    SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND datname = current_database()
        AND application_name IN ('sixpm feed', 'sixpm flush', 'sixpm lease')
"""


@dataclass
class Flight:
    """The campaign under way, what is beside it, and what the kills have left."""

    house: Instance
    browser: Browser
    campaign_id: int
    run: Planned
    beside: Planned
    left: set[Row] = field(default_factory=set)

    def kill(self) -> None:
        """Kill the worker with all its children; another one starts."""
        self.house.parts["sender"].kill()
        self.house.wait("its last statements are over", lambda: self.house.value(BUSY) == 0, 20)
        for run in (self.run, self.beside):
            self.left |= accounting.at_work(self.house, run)
        self.house.up("sender")

    def pause(self) -> None:
        assert "Paused." in self.browser.press(self.campaign_id, "pause").text

    def resume(self) -> None:
        """Nothing leaves until it is told to go on."""
        self.house.wait("its batches are let go", lambda: self.house.holder(self.run.run_id) == 0, 30)
        still = self.house.left(self.run)
        assert campaigning.state_of(self.house, self.campaign_id) == "paused"
        self.house.assert_balanced()
        assert self.house.left(self.run) == still
        assert "It goes on." in self.browser.press(self.campaign_id, "resume").text

    def cancel(self) -> None:
        assert "Cancelled." in self.browser.press(self.campaign_id, "cancel").text

    def take(self) -> None:
        """All of its course."""
        for thousands, what in COURSE:
            self.house.wait(f"{thousands},000 have left", partial(self._far, thousands * 1000), 120)
            getattr(self, what)()

    def _far(self, mails: int) -> bool:
        return self.house.left(self.run) >= mails


def crowd(house: Instance) -> Place:
    """100,000 people, one of them the admin; some are not to get it."""
    where = campaigning.place(house)
    campaigning.people(house, where, PEOPLE - 1)
    campaigning.said_no(house, where, 1, SAID_NO)
    campaigning.suppressed(house, where, SAID_NO + 1, SAID_NO + SUPPRESSED)
    house.do(
        "UPDATE contact SET email = 'nowhere' || id, email_key = 'nowhere' || id"
        " WHERE workspace_id = :w AND name IN (SELECT 'Person ' || n FROM generate_series(:first, :last) n)",
        w=where.id, first=PEOPLE - NOWHERE, last=PEOPLE - 1,
    )  # fmt: skip
    return where


def test_of_100_000_recipients_every_one_is_accounted_for(swift: Instance) -> None:
    house = swift
    house.up("web", "sender", "scheduler")
    where, other = crowd(house), campaigning.place(house)
    campaigning.people(house, other, BESIDE - 1)
    made, undisturbed = campaigning.written(house, where, "Spring"), campaigning.written(house, other, "Beside")

    with campaigning.browser(house, where) as admin, campaigning.browser(house, other) as neighbour:
        assert "It is on its way." in admin.press(made, "launch").text
        run = campaigning.run_of(house, made)
        assert "It is on its way." in neighbour.press(undisturbed, "launch").text
        flight = Flight(house, admin, made, run, campaigning.run_of(house, undisturbed))
        flight.take()
    campaigning.settled(house, run)
    house.finish(flight.beside)

    found, beside = accounting.accounted(house, run), accounting.accounted(house, flight.beside)
    assert run.size == PEOPLE
    assert set(found.states) <= {"sent", "in_doubt", "cancelled", "suppressed"}
    assert found.out == OUT
    assert found.states["sent"] >= 84_000
    assert found.states["cancelled"] > 0, "it was over before it was cancelled"
    assert flight.left, "no kill has left anything"
    assert found.doubted | beside.doubted == flight.left
    assert found.states["in_doubt"] + beside.states["in_doubt"] == len(flight.left)
    assert beside.states == Counter(sent=BESIDE - len(beside.doubted)) + Counter(in_doubt=len(beside.doubted))
    assert campaigning.state_of(house, made) == "cancelled"
    house.wait("the other is over", lambda: campaigning.state_of(house, undisturbed) == "finishing", 30)
    house.assert_balanced()
