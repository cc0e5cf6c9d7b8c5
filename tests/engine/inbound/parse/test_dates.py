"""Days as people write them, counted from a Wednesday, 4 March 2026."""

from __future__ import annotations

from datetime import date

import pytest

from engine.inbound.parse.command import asked_again
from engine.inbound.parse.day_words import folded

TODAY = date(2026, 3, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("until 2026-05-03", "2026-05-03"),
        ("until 2026/5/3", "2026-05-03"),
        ("until 03.05.", "2026-05-03"),
        ("until 3.5.", "2026-05-03"),
        ("until 3. 5. 2027", "2027-05-03"),
        ("until 03.05.26", "2026-05-03"),
        ("until 3 May", "2026-05-03"),
        ("until May 3", "2026-05-03"),
        ("until May 3rd, 2026", "2026-05-03"),
        ("until the 3rd of May", "2026-05-03"),
        ("until Sunday, 3 May", "2026-05-03"),
        ("until 4 Jan", "2027-01-04"),
        ("until 29 feb", "2028-02-29"),
        ("until 25/12", "2026-12-25"),
        ("until 12/25", "2026-12-25"),
        ("until 5/5", "2026-05-05"),
        ("until Monday", "2026-03-09"),
        ("until mon", "2026-03-09"),
        ("until Wednesday", "2026-03-11"),
        ("until next Friday", "2026-03-06"),
        ("until tomorrow", "2026-03-05"),
        ("until the day after tomorrow", "2026-03-06"),
        ("until next week", "2026-03-09"),
        ("until the end of the month", "2026-04-01"),
        ("until next month", "2026-04-01"),
        ("until next year", "2027-01-01"),
        ("until the 15th", "2026-03-15"),
        ("until the 1st", "2026-04-01"),
        ("until the 31st", "2026-03-31"),
        ("through Friday", "2026-03-07"),
        ("for 2 weeks", "2026-03-18"),
        ("for two weeks", "2026-03-18"),
        ("for a week", "2026-03-11"),
        ("for 10 days", "2026-03-14"),
        ("for a month", "2026-04-04"),
        ("for today", "2026-03-05"),
        ("this week", "2026-03-09"),
        ("2 weeks", "2026-03-18"),
        ("till in 3 days", "2026-03-07"),
        ("bis Montag", "2026-03-09"),
        ("bis zum 3. Mai", "2026-05-03"),
        ("bis nächsten Montag", "2026-03-09"),
        ("bis einschließlich Freitag", "2026-03-07"),
        ("bis nächste Woche", "2026-03-09"),
        ("bis morgen", "2026-03-05"),
        ("für zwei Wochen", "2026-03-18"),
        ("jusqu'au 3 mai", "2026-05-03"),
        ("jusqu’au 1er avril", "2026-04-01"),
        ("jusqu'à lundi", "2026-03-09"),
        ("jusqu'au lundi 9 mars", "2026-03-09"),
        ("jusqu'au 3/5", "2026-05-03"),
        ("pour deux semaines", "2026-03-18"),
        ("hasta el lunes", "2026-03-09"),
        ("hasta el 3 de mayo de 2026", "2026-05-03"),
        ("por una semana", "2026-03-11"),
        ("fino a lunedì", "2026-03-09"),
        ("fino al 3 maggio", "2026-05-03"),
        ("per due settimane", "2026-03-18"),
        ("até segunda-feira", "2026-03-09"),
        ("até 3 de maio", "2026-05-03"),
        ("tot maandag", "2026-03-09"),
        ("tot 3 mei", "2026-05-03"),
        ("tot en met vrijdag", "2026-03-07"),
        ("till måndag", "2026-03-09"),
        ("till den 3 maj", "2026-05-03"),
        ("i två veckor", "2026-03-18"),
        ("indtil mandag", "2026-03-09"),
        ("do poniedziałku", "2026-03-09"),
        ("do 3 maja", "2026-05-03"),
        ("na tydzień", "2026-03-11"),
        ("до понедельника", "2026-03-09"),
        ("до 3 мая", "2026-05-03"),
        ("на две недели", "2026-03-18"),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(written: str, expected: str) -> None:
    assert asked_again(folded(written), TODAY) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "written",
    [
        "until 3/5",  # two days, in English
        "until 04-05-2026",
        "until 31 February",
        "until 2026-02-30",
        "until blursday",
        "until mar",
        "until 3 4",
        "until 3 May or so",
        "until today",
        "until 15:00",
        "until the 32nd",
        "for lunch",
        "for 0 days",
        "for 99999 weeks",
        "until",
    ],
)
def test_what_names_no_day_or_two_is_none(written: str) -> None:
    assert asked_again(folded(written), TODAY) is None


@pytest.mark.parametrize(("written", "expected"), [("until 1 March", "2026-03-01"), ("until 2025-05-03", "2025-05-03")])
def test_a_day_that_is_over_comes_back_as_it_is(written: str, expected: str) -> None:
    assert asked_again(written, TODAY) == date.fromisoformat(expected)


def test_a_month_from_its_last_day_ends_on_the_last_one_of_the_next() -> None:
    assert asked_again("for a month", date(2026, 1, 31)) == date(2026, 2, 28)
    assert asked_again("for 2 months", date(2026, 12, 31)) == date(2027, 2, 28)


def test_a_day_of_a_leap_year_is_found_from_one_and_from_others() -> None:
    assert asked_again("until 29.2.", date(2028, 1, 5)) == date(2028, 2, 29)
    assert asked_again("until 29.2.", date(2026, 1, 5)) == date(2028, 2, 29)
