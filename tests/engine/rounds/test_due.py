"""The time rules against an oracle that never asks a zone for the instant of a local time.

The oracle walks forward through the instants of 2024–2030, reads the wall clock at each (the direction that has one
answer), bisects every change of offset, and calls a slot due at the first instant whose wall clock shows the asked
time or a later one. due.py goes the other way, from local times through PEP 495's folds.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

import pytest

from engine.rounds.due import EVERY_DAY, Hours, Slot, day_end, instant_of, known_zone, next_slot, next_slots

FIRST, LAST = datetime(2023, 12, 1, tzinfo=UTC), datetime(2031, 1, 31, tzinfo=UTC)
STEP = timedelta(hours=12)
SECOND = timedelta(seconds=1)
WEEKDAYS = 0b0011111
ALL_ZONES = sorted(zoneinfo.available_timezones())

Span = tuple[datetime, datetime, timedelta]  # from, until (both naive UTC), offset in between


def _offset(tz: zoneinfo.ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(tz).utcoffset()
    assert offset is not None
    return offset


def _change(tz: zoneinfo.ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _offset(tz, low)
    while high - low > SECOND:
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(tz, middle) == old else (low, middle)
    return high


@lru_cache(maxsize=700)
def spans(zone: str) -> tuple[Span, ...]:
    """The stretches of constant offset of a zone over the years in question."""
    tz = zoneinfo.ZoneInfo(zone)
    steps = int((LAST - FIRST) / STEP)
    marks = [FIRST + STEP * n for n in range(steps + 1)]
    offsets = [_offset(tz, mark) for mark in marks]
    edges = [FIRST]
    for n, (one, two) in enumerate(pairwise(offsets)):
        if one != two:
            edges.append(_change(tz, marks[n], marks[n + 1]))
    edges.append(LAST)
    naive = [edge.replace(tzinfo=None) for edge in edges]
    return tuple((a, b, _offset(tz, start)) for (a, b), start in zip(pairwise(naive), edges, strict=False))


def oracle(zone: str, wall: datetime) -> datetime:
    """The first instant, over all stretches, whose wall clock shows `wall` or later."""
    for begin, end, offset in spans(zone):
        reached = max(begin, wall - offset)
        if reached < end:
            return reached.replace(tzinfo=UTC)
    raise AssertionError("outside the years in question")


def changes(zone: str) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """(UTC instant, offset before, offset after) of each change of a zone, without the outermost months."""
    for (_, _, old), (at, _, new) in pairwise(spans(zone)):
        if datetime(2024, 1, 1) <= at < datetime(2031, 1, 1):  # noqa: DTZ001  # naive UTC, as in Span
            yield at, old, new


def walls_near(at: datetime, old: timedelta, new: timedelta) -> Iterator[datetime]:
    """Local times on the days around a change: every three hours, and each edge of it to the second."""
    for day in range(-1, 2):
        start = datetime.combine((at + old).date() + timedelta(days=day), time.min)
        yield from (start + timedelta(hours=hour) for hour in range(0, 24, 3))
    for edge in (at + old, at + new):
        yield from (edge + timedelta(seconds=s) for s in (-3600, -1800, -60, -1, 0, 1, 60, 1800, 3599))


def test_every_change_of_every_zone_from_2024_to_2030_fires_when_the_clocks_have_first_reached_the_hour() -> None:
    checked = 0
    for zone in ALL_ZONES:
        for at, old, new in changes(zone):
            for wall in walls_near(at, old, new):
                checked += 1
                assert instant_of(zone, wall.date(), wall.time()) == oracle(zone, wall), (zone, wall)

    assert checked > 50_000


def test_plain_days_of_every_zone_fire_at_the_hour() -> None:
    for n, zone in enumerate(ALL_ZONES):
        for day in range(n % 37, 2555, 97):
            wall = datetime(2024, 1, 2) + timedelta(days=day, hours=day % 24, minutes=15 * (day % 4))  # noqa: DTZ001
            after = oracle(zone, wall) - SECOND
            want = Slot(oracle(zone, wall), wall.date())
            assert next_slot(zone, wall.time(), EVERY_DAY, (), after, wall.date()) == want, (zone, wall)


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "Africa/Casablanca", "Australia/Lord_Howe", "America/Nuuk", "Asia/Beirut", "Pacific/Chatham"],
)
@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(18, 0), time(23, 45)])
def test_following_slots_give_every_date_exactly_once_in_order(zone: str, at: time) -> None:
    after, seen = datetime(2024, 1, 1, tzinfo=UTC), []

    while after < datetime(2026, 1, 1, tzinfo=UTC):
        slot = next_slot(zone, at, EVERY_DAY, (), after, date(2024, 1, 1))
        assert slot is not None
        seen.append(slot.local_date)
        after = slot.instant

    assert all(two - one == timedelta(days=1) for one, two in pairwise(seen))


@pytest.mark.parametrize(
    ("zone", "wall", "fires"),
    [
        # Clocks go from 02:00 to 03:00 at 01:00 UTC.
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00"),
        # Clocks go from 03:00 to 02:00 at 01:00 UTC; the first 02:30 is in summer time.
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),
        # The jump is half an hour: 02:00 to 02:30 on 4 October.
        ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03 15:30"),
        # Midnight itself is skipped.
        ("Asia/Beirut", "2026-03-29 00:00", "2026-03-28 22:00"),
        ("Asia/Kathmandu", "2026-03-04 18:00", "2026-03-04 12:15"),
        ("Pacific/Kiritimati", "2026-03-04 18:00", "2026-03-04 04:00"),
        ("Pacific/Pago_Pago", "2026-03-04 18:00", "2026-03-05 05:00"),
    ],
)  # fmt: skip
def test_known_instants(zone: str, wall: str, fires: str) -> None:
    local = datetime.fromisoformat(wall)

    instant = instant_of(zone, local.date(), local.time())

    assert instant == datetime.fromisoformat(fires).replace(tzinfo=UTC)


def test_a_date_that_a_zone_skipped_has_no_slot() -> None:
    after = datetime(2011, 12, 30, 5, tzinfo=UTC)  # 29 December, 19:00 in Apia; the 30th never was

    slot = next_slot("Pacific/Apia", time(18), EVERY_DAY, (), after, date(2011, 12, 29))

    assert slot is not None
    assert slot.local_date == date(2011, 12, 31)


def test_weekends_are_passed_over() -> None:
    friday_evening = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)

    slot = next_slot("UTC", time(18), WEEKDAYS, (), friday_evening, date(2026, 3, 6))

    assert slot == Slot(datetime(2026, 3, 9, 18, tzinfo=UTC), date(2026, 3, 9))


def test_away_days_are_passed_over_both_ends_included_even_where_they_overlap() -> None:
    away = ((date(2026, 3, 3), date(2026, 3, 5)), (date(2026, 3, 5), date(2026, 3, 10)))

    slot = next_slot("UTC", time(18), EVERY_DAY, away, datetime(2026, 3, 3, tzinfo=UTC), date(2026, 3, 1))

    assert slot == Slot(datetime(2026, 3, 11, 18, tzinfo=UTC), date(2026, 3, 11))


def test_a_date_before_not_before_never_comes() -> None:
    slot = next_slot("UTC", time(18), EVERY_DAY, (), datetime(2026, 3, 3, tzinfo=UTC), date(2026, 3, 4))

    assert slot == Slot(datetime(2026, 3, 4, 18, tzinfo=UTC), date(2026, 3, 4))


@pytest.mark.parametrize("away", [(), ((date(2026, 1, 1), date.max),)])
def test_no_days_or_no_end_of_being_away_is_no_slot(away: tuple[tuple[date, date], ...]) -> None:
    weekdays = EVERY_DAY if away else 0

    assert next_slot("UTC", time(18), weekdays, away, datetime(2026, 3, 3, tzinfo=UTC), date(2026, 3, 3)) is None


def test_a_zone_nobody_knows_counts_as_utc_and_says_so() -> None:
    assert instant_of("Mars/Olympus", date(2026, 3, 4), time(18)) == datetime(2026, 3, 4, 18, tzinfo=UTC)
    assert not known_zone("Mars/Olympus")
    assert not known_zone("../etc/passwd")
    assert known_zone("Europe/Berlin")
    assert known_zone("UTC")


def test_a_day_is_over_when_the_next_begins_even_where_midnight_is_skipped() -> None:
    assert day_end("Asia/Beirut", date(2026, 3, 28)) == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert day_end("Europe/Berlin", date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_many_members_with_the_same_hours_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Hours("Europe/Berlin", time(18), WEEKDAYS, (), datetime(2026, 3, 4, 17, tzinfo=UTC), date(2026, 3, 5))
    counted: list[str] = []

    def counting(zone: str, *rest: object) -> Slot | None:
        counted.append(zone)
        return Slot(datetime(2026, 3, 5, 17, tzinfo=UTC), date(2026, 3, 5))

    monkeypatch.setattr("engine.rounds.due.next_slot", counting)

    slots = next_slots([asked] * 40_000)

    assert len(slots) == 40_000
    assert counted == ["Europe/Berlin"]
