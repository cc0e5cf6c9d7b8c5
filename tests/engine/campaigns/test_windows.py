"""When each recipient may have it: pure rules, so properties over all zones and hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.campaigns import windows
from engine.campaigns.windows import Lot, Wishes, allowed, first_instant, groups, spaced

ZONES = sorted(available_timezones())
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
zones = st.sampled_from(ZONES)
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2020, 2035))  # as Hypothesis wants
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
days = st.dates(date(2020, 1, 1), date(2034, 12, 31))
hours = st.times().map(lambda at: at.replace(second=0, microsecond=0))
wishes = st.builds(
    Wishes, instants, st.none() | days, st.none() | hours, st.integers(1, 127),
    quiet_from=st.none() | hours, quiet_until=st.none() | hours,
)  # fmt: skip


def quiet(of: Wishes, wall: time) -> bool:
    start, end = of.quiet_from, of.quiet_until
    if start is None or end is None or start == end:
        return False
    return start <= wall < end if start < end else wall >= start or wall < end


@given(wishes, zones)
def test_nobody_has_it_too_early_on_a_wrong_day_or_in_quiet_hours(of: Wishes, zone: str) -> None:
    at = first_instant(of, zone)

    wall = at.astimezone(ZoneInfo(zone))
    assert at >= of.at
    assert of.weekdays >> wall.weekday() & 1
    assert not quiet(of, wall.time())


@given(wishes, zones, instants)
def test_an_instant_that_is_allowed_is_left_alone(of: Wishes, zone: str, at: datetime) -> None:
    first = allowed(of, zone, at)

    assert allowed(of, zone, first) == first


@given(days, hours, zones)
def test_a_local_hour_is_what_the_clock_shows_or_the_first_instant_after_it(day: date, at: time, zone: str) -> None:
    found = first_instant(Wishes(datetime(2019, 1, 1, tzinfo=UTC), day, at), zone)

    wall = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    asked = datetime.combine(day, at)
    assert wall >= asked
    if wall == asked:  # of two the first
        again = found - timedelta(hours=3)
        while again < found:
            assert again.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != asked
            again += timedelta(minutes=30)
    else:  # skipped: a second earlier the clock showed less than was asked
        before = (found - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert before < asked


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00+00:00"),  # skipped
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),  # twice
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30:00+00:00"),  # half an hour skipped
        ("Asia/Kathmandu", date(2026, 3, 4), time(9), "2026-03-04T03:15:00+00:00"),
    ],
)
def test_clocks_that_jump(zone: str, day: date, at: time, instant: str) -> None:
    found = first_instant(Wishes(datetime(2026, 1, 1, tzinfo=UTC), day, at), zone)

    assert found == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("zone", "at", "ends"),
    [
        ("Europe/Berlin", "2026-10-25T00:15:00+00:00", "2026-10-25T00:30:00+00:00"),  # the first 2:15, the first 2:30
        ("Europe/Berlin", "2026-10-25T01:15:00+00:00", "2026-10-25T01:30:00+00:00"),  # the second of both
        ("Europe/Berlin", "2026-03-29T00:45:00+00:00", "2026-03-29T01:00:00+00:00"),  # 2:30 is skipped
        ("America/New_York", "2026-10-25T04:00:00+00:00", "2026-10-25T06:30:00+00:00"),
    ],
)
def test_quiet_hours_end_when_the_clock_shows_their_end_again(zone: str, at: str, ends: str) -> None:
    of = Wishes(NOON, quiet_from=time(22), quiet_until=time(2, 30))

    assert allowed(of, zone, datetime.fromisoformat(at)) == datetime.fromisoformat(ends)


def test_an_hour_that_has_gone_by_there_is_now() -> None:
    assert first_instant(Wishes(NOON, NOON.date(), time(9)), "Asia/Tokyo") == NOON


def test_without_a_day_it_is_the_next_time_the_clock_shows_it() -> None:
    assert first_instant(Wishes(NOON, None, time(9)), "UTC") == NOON + timedelta(hours=21)
    assert first_instant(Wishes(NOON, None, time(15)), "UTC") == NOON + timedelta(hours=3)


def test_a_saturday_moves_to_the_same_hour_of_monday() -> None:
    saturday = NOON + timedelta(days=3)

    found = allowed(Wishes(NOON, weekdays=0b0011111), "UTC", saturday)

    assert found == saturday + timedelta(days=2)


@given(wishes, st.lists(zones, max_size=30))
def test_every_zone_is_in_one_group_that_has_its_instant(of: Wishes, named: list[str]) -> None:
    found = groups(of, sorted(set(named)))

    assert sorted(zone for group in found for zone in group.zones) == sorted(set(named))
    if of.local:
        assert all(first_instant(of, zone) == group.at for group in found for zone in group.zones)


@given(st.lists(st.integers(1, 500), max_size=40), st.integers(1, 100_000), instants)
def test_a_throttle_is_kept_in_every_hour(sizes: list[int], per_hour: int, start: datetime) -> None:
    found = spaced(Wishes(start), [Lot(size, start) for size in sizes], per_hour, start)

    assert found == sorted(found)
    for n, at in enumerate(found):
        hour = [size for size, when in zip(sizes[n:], found[n:], strict=True) if when < at + timedelta(hours=1)]
        assert sum(hour[:-1]) <= per_hour  # the last lot of an hour may reach into the next


@given(wishes, st.lists(st.tuples(st.integers(1, 500), zones), max_size=10), st.none() | st.integers(1, 5000), instants)
def test_a_throttle_moves_nothing_into_quiet_hours(
    of: Wishes, sizes: list[tuple[int, str]], per_hour: int | None, start: datetime
) -> None:
    assume(of.narrow)
    lots = [Lot(size, first_instant(of, zone), zone) for size, zone in sizes]

    for lot, at in zip(lots, spaced(of, lots, per_hour, start), strict=True):
        wall = at.astimezone(ZoneInfo(lot.zone))
        assert at >= max(lot.at, start)
        assert of.weekdays >> wall.weekday() & 1
        assert not quiet(of, wall.time())


@given(st.none() | st.integers(1, 10**7))
def test_a_lot_is_no_more_than_five_minutes_of_a_throttle(per_hour: int | None) -> None:
    size = windows.lot_size(per_hour, 500)

    assert 1 <= size <= 500
    assert per_hour is None or size == 1 or size * 12 <= per_hour
