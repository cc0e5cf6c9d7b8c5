"""A campaign at 9:00 of everybody's own clock, in 40 zones, on a day on which the clocks of Europe change: each row has
the right instant, and with a clock that is moved on the scheduler starts it and the worker sends each zone at its hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from engine.outbound.plan import Planned
from tests.stories import accounting, campaigning
from tests.stories.campaigning import Place
from tests.stories.instance import Instance

pytestmark = pytest.mark.story

ZONES = (
    "Pacific/Kiritimati", "Pacific/Tongatapu", "Pacific/Chatham", "Pacific/Auckland", "Australia/Lord_Howe",
    "Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin", "Asia/Tokyo",
    "Australia/Eucla", "Asia/Shanghai", "Asia/Bangkok", "Asia/Yangon", "Asia/Dhaka", "Asia/Kathmandu",
    "Asia/Kolkata", "Asia/Karachi", "Asia/Kabul", "Asia/Dubai", "Asia/Tehran", "Africa/Nairobi", "Europe/Istanbul",
    "Europe/Athens", "Africa/Johannesburg", "Europe/Berlin", "Africa/Lagos", "Europe/London", "UTC",
    "Atlantic/Azores", "Atlantic/Cape_Verde", "America/Nuuk", "America/Sao_Paulo", "America/St_Johns",
    "America/Halifax", "America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Marquesas",
    "Pacific/Pago_Pago",
)  # fmt: skip
EACH = 5
HOUR = time(9)
LATE = timedelta(seconds=30)  # after an hour has come, at most, as seen by a moved clock that goes on


def changing_day(after: date) -> date:
    """The next day but two on which the clocks of Berlin change."""
    berlin = ZoneInfo("Europe/Berlin")
    days = (after + timedelta(days=n) for n in range(3, 400))
    return next(day for day in days if _offset(berlin, day) != _offset(berlin, day + timedelta(days=1)))


def _offset(zone: ZoneInfo, day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()


def hours(day: date) -> dict[str, datetime]:
    """The instant of 9:00 on that day, by zone."""
    return {name: datetime.combine(day, HOUR, ZoneInfo(name)).astimezone(UTC) for name in ZONES}


def crowd(house: Instance) -> Place:
    """Five people in each zone; the admin has none of their own, and is in UTC."""
    where = campaigning.place(house)
    campaigning.people(house, where, EACH * len(ZONES))
    house.do(
        "UPDATE contact SET zone = (cast(:zones AS text[]))[1 + substring(name FROM 8)::int % :n]"
        " WHERE workspace_id = :w AND email <> :admin",
        w=where.id, zones=list(ZONES), n=len(ZONES), admin=where.admin,
    )  # fmt: skip
    return where


def zones_of(house: Instance, run: Planned) -> dict[int, str]:
    """Each row's zone."""
    statement = (
        "SELECT d.seq, coalesce(c.zone, 'UTC') FROM delivery d JOIN contact c ON c.id = d.recipient"
        " WHERE d.run_id = :run"
    )
    return dict(map(tuple, campaigning.rows(house, statement, run=run.run_id)))


def times(house: Instance, run: Planned, column: str) -> dict[int, datetime]:
    """Each row's `next_at` or `sent_at`."""
    statement = f"SELECT d.seq, {column} FROM delivery d JOIN batch b ON b.id = d.batch_id WHERE d.run_id = :run"
    return dict(map(tuple, campaigning.rows(house, statement, run=run.run_id)))


def test_40_zones_have_it_at_9_each_on_its_own_clock_though_some_change_that_day(swift: Instance) -> None:
    house, day = swift, changing_day(swift.now().date())
    due = hours(day)
    first = min(due.values())
    before = hours(day - timedelta(days=1))
    assert due["Europe/Berlin"] - before["Europe/Berlin"] != timedelta(days=1) == due["UTC"] - before["UTC"]
    house.up("web", "sender", "scheduler")
    where = crowd(house)
    made = campaigning.written(house, where, "Spring", send_when="local", local_day=day, local_time=HOUR)

    campaigning.at(house, first - timedelta(hours=8))
    with campaigning.browser(house, where) as admin:
        assert "It is scheduled." in admin.press(made, "launch").text
    house.do("SELECT pg_sleep(1.5)")  # ticks, at which it is not due
    assert campaigning.state_of(house, made) == "scheduled"
    campaigning.at(house, first - timedelta(minutes=5))
    house.wait("the scheduler starts it", lambda: campaigning.state_of(house, made) == "running", 30)
    run = campaigning.run_of(house, made)
    zones = zones_of(house, run)
    assert len(zones) == run.size == EACH * len(ZONES) + 1
    assert times(house, run, "b.next_at") == {seq: due[zone] for seq, zone in zones.items()}
    _round_the_world(house, run, zones, due)

    sent = times(house, run, "d.sent_at")
    late = {seq: found - due[zones[seq]] for seq, found in sent.items()}
    assert min(late.values()) >= timedelta(0)
    assert max(late.values()) <= LATE
    assert accounting.accounted(house, run).states == {"sent": run.size}


def _round_the_world(house: Instance, run: Planned, zones: Mapping[int, str], due: Mapping[str, datetime]) -> None:
    """Let the hours come one after the other: whose it is have their mail, and nobody else."""
    for instant in sorted(set(due.values())):
        campaigning.at(house, instant)
        have = {(run.run_id, seq) for seq, zone in zones.items() if due[zone] <= instant}
        house.wait(f"those of {instant:%H:%M} have it", partial(_have, house, run, len(have)), 30)
        assert house.sunk.of([run.run_id]).keys() == have


def _have(house: Instance, run: Planned, mails: int) -> bool:
    return house.left(run) >= mails
