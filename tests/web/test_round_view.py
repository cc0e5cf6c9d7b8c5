"""Where everybody stands today, in the words of the team page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from engine.rounds.queries.pages import TodayMember
from web.round_view import today_view

NOW = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)  # a Wednesday, 18:00 in Berlin, 22:45 in Kathmandu
BERLIN = "Europe/Berlin"  # of who reads the page
ANN = TodayMember(
    membership_id=1, contact_id=1, name="Ann", email="ann@example.org", role="member", zone="Europe/Berlin",
    paused_at=None, paused_by=None, pause_until=None, left_at=None, prompt_at=time(18), weekdays=31,
    next_prompt_at=datetime(2026, 3, 4, 18, tzinfo=UTC), next_prompt_day=date(2026, 3, 4), next_digest_at=None,
    next_digest_day=None, day_off=None, participation_id=None, round_id=None, local_date=None, state=None, reason=None,
    due_at=None, closes_at=None, answered_at=None, prompt_run_id=None, prompt_seq=None, delivery=None,
    code="", reply="", lost="", batch_id=None, run_state=None, run_reason="", away=(),
)  # fmt: skip
TOMORROW: dict[str, Any] = {
    "next_prompt_at": datetime(2026, 3, 5, 17, tzinfo=UTC),
    "next_prompt_day": date(2026, 3, 5),
}
ASKED: dict[str, Any] = {
    "state": "asked",
    "due_at": NOW,
    "closes_at": datetime(2026, 3, 5, 8, tzinfo=UTC),
    "delivery": "sent",
}

UNSENT: dict[str, Any] = {"state": "excused", "delivery": "cancelled"}


@pytest.mark.parametrize(
    ("change", "label", "note"),
    [
        ({}, "later", "comes today, Wed 19:00"),
        (TOMORROW, "not today", "comes Thu 18:00"),
        ({"next_prompt_at": NOW}, "being asked", "the hour has come"),
        ({**TOMORROW, "day_off": "Holiday"}, "day off", "next Thu 5 Mar 18:00"),
        ({"next_prompt_at": None}, "not asked", "no question is planned"),
        ({"paused_at": NOW, "next_prompt_at": None}, "paused", ""),
        ({**TOMORROW, "away": ((date(2026, 3, 4), date(2026, 3, 4)),)}, "away", "next Thu 5 Mar 18:00"),
        (ASKED, "asked", "asked Wed 4 Mar 18:00, answers until 09:00"),
        ({**ASKED, "zone": "Asia/Kathmandu"}, "asked", "asked Wed 4 Mar 18:00, answers until 09:00"),
        ({**ASKED, "delivery": "bounced"}, "not reached", "the question bounced"),
        ({**ASKED, "state": "answered", "delivery": "bounced", "answered_at": NOW}, "answered", "at Wed 4 Mar 18:00"),
        ({**ASKED, **TOMORROW, **UNSENT, "reason": "skipped"}, "skipped", "next Thu 5 Mar 18:00"),
        ({**ASKED, **TOMORROW, **UNSENT, "reason": "away"}, "away", "next Thu 5 Mar 18:00"),
        ({**ASKED, **TOMORROW, "state": "excused", "reason": "away"}, "away", "asked Wed 4 Mar 18:00, then let off"),
        ({**ASKED, "state": "missed"}, "no answer", "asked Wed 4 Mar 18:00"),
    ],
)
def test_each_member_stands_somewhere(change: dict[str, Any], label: str, note: str) -> None:
    (one,) = today_view([replace(ANN, **change)], NOW, BERLIN).standings

    assert (one.label, one.note) == (label, note)


def test_observers_are_never_asked_and_left_out() -> None:
    assert today_view([replace(ANN, role="observer")], NOW, BERLIN).standings == ()


def test_the_sum_counts_everybody_once() -> None:
    people = [ANN, replace(ANN, **ASKED), replace(ANN, **{**ASKED, "state": "answered"})]

    assert today_view(people, NOW, BERLIN).summary == "1 answered, 1 asked, no answer yet, 1 still to be asked"


def test_a_paused_team_is_said_of_everybody_who_was_not_asked() -> None:
    one, two = today_view([ANN, replace(ANN, **ASKED)], NOW, BERLIN, paused=True).standings

    assert (one.label, one.note) == ("paused", "with the team")
    assert two.label == "asked"


def test_a_group_and_a_part_of_a_name_narrow_the_round_and_leave_its_counts() -> None:
    people = [ANN, replace(ANN, name="Bob", **ASKED), replace(ANN, name="Bea", **ASKED)]

    whole = today_view(people, NOW, BERLIN)

    assert [s.name for s in whole.only("asked", "").standings] == ["Bob", "Bea"]
    assert [s.name for s in whole.only("asked", "BE").standings] == ["Bea"]
    assert whole.only("missed", "").standings == ()
    assert whole.only("asked", "").groups == (("asked", "asked, no answer yet", 2), ("later", "still to be asked", 1))
