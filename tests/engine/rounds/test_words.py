"""Dates and subjects as mails say them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.rounds import words

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], ""),
        ([TUESDAY], "Tuesday 3 March"),
        ([TUESDAY, WEDNESDAY], "Tuesday 3 March and Wednesday 4 March"),
        ([TUESDAY, WEDNESDAY, THURSDAY], "Tuesday 3 March, Wednesday 4 March and Thursday 5 March"),
    ],
)
def test_days_are_listed_as_people_say_them(given: list[date], said: str) -> None:
    assert words.days(given) == said


@pytest.mark.parametrize(
    ("closes", "said"),
    [
        (datetime(2026, 3, 4, 20, 0, tzinfo=UTC), "tomorrow, 01:45"),
        (datetime(2026, 3, 4, 17, 0, tzinfo=UTC), "today, 22:45"),
        (datetime(2026, 3, 6, 3, 15, tzinfo=UTC), "Friday 6 March, 09:00"),
    ],
)
def test_a_deadline_is_said_in_the_readers_own_time(closes: datetime, said: str) -> None:
    assert words.deadline(closes, "Asia/Kathmandu", WEDNESDAY) == said


def test_a_subject_is_one_line_and_cuts_a_long_question_between_words() -> None:
    subject = words.thread_subject("Platform", WEDNESDAY, ["What did you\nget done today, " + "and with whom " * 9])

    assert subject.startswith("Platform, Wednesday 4 March: What did you get done today, and")
    assert subject.endswith(("and…", "with…", "whom…"))
    assert "\n" not in subject


def test_a_person_without_a_name_is_greeted_by_none() -> None:
    assert words.first_name("  ") == ""
    assert words.first_name("Ada Keller") == "Ada"


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (0b11111, "Monday to Friday"), (0b1111111, "Every day"), (0b10101, "Monday, Wednesday and Friday"),
        (0b1100000, "Saturday and Sunday"), (0b10, "Tuesday"),
    ],
)  # fmt: skip
def test_weekdays_are_said_as_people_say_them(mask: int, said: str) -> None:
    assert words.weekdays(mask) == said
