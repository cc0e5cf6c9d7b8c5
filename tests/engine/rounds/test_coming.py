"""The next questions of a member: their weekdays, without days away and days off, over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from engine.rounds.coming import Coming, next_questions
from engine.rounds.due import Slot

SIX = time(18)
FRIDAY = Slot(datetime(2026, 3, 27, 17, tzinfo=UTC), date(2026, 3, 27))


def days(found: list[Coming]) -> list[int]:
    return [one.local_date.day for one in found]


def test_seven_follow_on_weekdays_and_the_change_of_the_clocks_is_marked() -> None:
    found = next_questions(FRIDAY, "Europe/Berlin", SIX, 0b11111, ())

    assert days(found) == [27, 30, 31, 1, 2, 3, 6]
    assert found[0].instant == FRIDAY.instant
    assert found[1].instant == datetime(2026, 3, 30, 16, tzinfo=UTC)
    assert [one.turned for one in found] == [False, True, False, False, False, False, False]


def test_days_away_and_the_teams_days_off_are_left_out() -> None:
    away = ((date(2026, 3, 30), date(2026, 4, 1)),)

    found = next_questions(FRIDAY, "Europe/Berlin", SIX, 0b11111, away, off=[date(2026, 4, 3)], count=3)

    assert days(found) == [27, 2, 6]


def test_somebody_away_for_good_has_the_one_that_is_planned() -> None:
    found = next_questions(FRIDAY, "Europe/Berlin", SIX, 0b11111, ((date(2026, 3, 28), date(2040, 1, 1)),))

    assert days(found) == [27]
