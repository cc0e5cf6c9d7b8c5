"""When a deferred row is tried again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from engine.outbound import retry

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempt", "minutes"), [(0, 5), (1, 15), (2, 30), (3, 60), (4, 120), (5, 120), (60, 120)])
def test_a_mail_is_tried_again_after_five_minutes_and_then_ever_later_up_to_two_hours(
    attempt: int, minutes: int
) -> None:
    dice = random.Random(attempt)

    waits = [retry.next_try("smtp", attempt, NOW, None, dice) - NOW for _ in range(500)]

    fifth, grain = timedelta(minutes=minutes / 5), timedelta(seconds=retry.GRAIN)
    whole = timedelta(minutes=minutes)
    assert all(whole - fifth <= wait <= whole + fifth + grain for wait in waits)
    assert max(waits) - min(waits) > fifth, "rows that were refused together do not come back together"


def test_nobody_is_asked_sooner_than_they_want_to_be() -> None:
    assert retry.next_try("smtp", 0, NOW, 3600.0, random.Random(1)) >= NOW + timedelta(hours=1)


def test_what_stays_useful_for_five_days_is_tried_until_they_are_over() -> None:
    dice, at, tries = random.Random(1), NOW, 0

    while at < NOW + timedelta(days=5):
        at, tries = retry.next_try("smtp", tries, at, None, dice), tries + 1

    assert 55 <= tries <= 75
    assert at < NOW + timedelta(days=5, hours=2.5)
