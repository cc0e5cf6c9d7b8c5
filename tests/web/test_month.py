"""A month of the calendar, worked out from facts alone."""

from __future__ import annotations

from datetime import date

import pytest

from web.month import Cell, Facts, month, month_of

TODAY = date(2026, 3, 18)  # a Wednesday
FACTS = Facts(
    today=TODAY,
    away=((date(2026, 3, 20), date(2026, 3, 22)),),
    off={date(2026, 3, 19): "Holi", date(2026, 3, 17): ""},
    states={
        date(2026, 3, 16): "answered",
        date(2026, 3, 13): "missed",
        date(2026, 3, 12): "away",
        date(2026, 3, 11): "team paused",
        date(2026, 3, 10): "day off",
        TODAY: "reminded",
    },
    weekdays=0b11111,
    asked=True,
)


def cells(facts: Facts = FACTS, first: date = date(2026, 3, 1)) -> dict[int, Cell]:
    return {cell.day.day: cell for week in month(first, facts).weeks for cell in week if cell}


def test_weeks_begin_on_monday_and_hold_every_day_once() -> None:
    weeks = month(date(2026, 3, 1), FACTS).weeks

    assert [len(week) for week in weeks] == [7] * 6
    assert weeks[0][:6] == [None] * 6
    assert all(cell.day.weekday() == n for week in weeks for n, cell in enumerate(week) if cell)
    assert sorted(cells()) == list(range(1, 32))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (10, "off"), (11, "paused"), (12, "away"), (13, "missed"), (14, ""), (16, "answered"), (17, "off"),
        (18, "asked"), (19, "off"), (20, "away"), (22, "away"), (23, "due"), (28, ""),
    ],
)  # fmt: skip
def test_a_day_is_what_was_or_what_will_be(day: int, kind: str) -> None:
    assert cells()[day].kind == kind


def test_days_that_are_over_cannot_be_turned_and_today_can() -> None:
    found = cells()

    assert [found[day].open for day in (17, 18, 31)] == [False, True, True]
    assert [day for day, cell in found.items() if cell.today] == [18]


def test_what_a_screen_reader_says_names_the_day_and_the_reason() -> None:
    assert cells()[19].label == "Thursday 19 Mar 2026, the team's day off: Holi"
    assert cells()[17].label == "Tuesday 17 Mar 2026, the team's day off"


def test_nothing_comes_to_somebody_who_is_not_asked() -> None:
    quiet = Facts(TODAY, (), {}, {}, 0b1111111, asked=False)

    assert {cell.kind for cell in cells(quiet).values()} == {""}


def test_months_can_be_paged_two_years_ahead_and_no_further() -> None:
    shown = month(date(2026, 12, 1), FACTS)

    assert (shown.before, shown.after, shown.names) == (date(2026, 11, 1), date(2027, 1, 1), ("Nov", "Jan"))
    assert month(date(2028, 3, 1), FACTS).after is None


@pytest.mark.parametrize("text", ["", "2026-3", "2026-13", "9999-12", "0001-01", "x"])
def test_what_is_no_month_is_this_one(text: str) -> None:
    assert month_of(text, TODAY) == date(2026, 3, 1)
