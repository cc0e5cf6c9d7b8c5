"""Time inside a process: a steady clock for leases, business time carried on from an instant the database gave, and
what the clocks of a zone show.

Business time is PostgreSQL's clock plus one shift that only demo and tests set (engine.db.now). Leases never use it.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SECOND = timedelta(seconds=1)
_STEADY = getattr(time, "CLOCK_BOOTTIME", None)


def steady() -> float:
    """Seconds on a clock that never steps and goes on while the machine sleeps (H3), where the system has one."""
    return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


class Carried:
    """Business time between two looks at the database: the instant it gave, and the steady time of that look."""

    __slots__ = ("_at", "_instant", "_said", "_said_at")

    def __init__(self, instant: datetime, at: float) -> None:
        self._instant = self._said = instant
        self._at = self._said_at = at

    def now(self) -> datetime:
        """The business instant by now, or by a hundredth of a second ago: every mail asks twice."""
        at = steady()
        if at - self._said_at > 0.01:
            self._said, self._said_at = self._instant + timedelta(seconds=at - self._at), at
        return self._said


def carry(instant: datetime) -> Carried:
    """Start carrying from `instant`, which the database gave just now."""
    return Carried(instant, steady())


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; UTC for a name the tz data no longer has, so that one row cannot stop a tick."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def known_zone(name: str) -> bool:
    """Is `name` a zone that this machine's tz data has?"""
    return name == "UTC" or zone_named(name).key == name


def local_day(zone: str, instant: datetime) -> date:
    """The date in `zone` at `instant`."""
    return instant.astimezone(zone_named(zone)).date()


def instant_of(zone: str, day: date, at: hour) -> datetime:
    """The first instant (UTC) at which the clocks of `zone` have reached `at` on `day`."""
    tz = zone_named(zone)
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=tz).astimezone(UTC)  # fold=0: of two, the first
    if first.astimezone(tz).replace(tzinfo=None) == wall:
        return first
    # Skipped (PEP 495): read with the offset after the jump it lies before the jump, and the other way round.
    return _jump(tz, wall.replace(tzinfo=tz, fold=1).astimezone(UTC), first)


def _jump(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between the two at which the clocks of `tz` jump, to the second."""
    new = after.astimezone(tz).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(tz).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after
