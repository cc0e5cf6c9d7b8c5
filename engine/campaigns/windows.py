"""When each recipient may have a campaign: pure rules from a zone and the campaign's wishes to instants. Reads nothing.

A local time that the clock skips is the first instant after it; of one that the clock shows twice, the first. A day
that is not among the weekdays moves to the same hour of the next one that is; quiet hours move to their end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.clock import instant_of, zone_named

EVERY_DAY = 0b1111111
DAY = timedelta(days=1)
_TURNS = 16  # weekdays and quiet hours move an instant at most so often; a week has seven days


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a campaign wishes. `at`: not before this instant. With `local_time`, at that hour of the recipient's own
    clock, on `local_day` or else the first day on which that hour is still to come."""

    at: datetime
    local_day: date | None = None
    local_time: time | None = None
    weekdays: int = EVERY_DAY  # bit 0 = Monday
    quiet_from: time | None = None
    quiet_until: time | None = None

    @property
    def local(self) -> bool:
        """Whether the recipient's zone matters at all."""
        return self.local_time is not None or self.narrow

    @property
    def narrow(self) -> bool:
        """Whether some hours or days are none."""
        return self.weekdays & EVERY_DAY != EVERY_DAY or self.quiet_from != self.quiet_until


def first_instant(wishes: Wishes, zone: str) -> datetime:
    """The first instant at which somebody in `zone` may have it; never before `wishes.at`."""
    if wishes.local_time is None:
        return allowed(wishes, zone, wishes.at)
    day = wishes.local_day or wishes.at.astimezone(zone_named(zone)).date()
    instant = instant_of(zone, day, wishes.local_time)
    if instant < wishes.at and wishes.local_day is None:
        instant = instant_of(zone, day + DAY, wishes.local_time)
    return allowed(wishes, zone, max(instant, wishes.at))


def allowed(wishes: Wishes, zone: str, instant: datetime) -> datetime:
    """`instant`, or the first one after it that the weekdays and the quiet hours leave in `zone`."""
    if not wishes.narrow:
        return instant
    for _ in range(_TURNS):
        wall = instant.astimezone(zone_named(zone)).replace(tzinfo=None)
        if not _fits(wishes, wall.date()):
            instant = max(instant, instant_of(zone, _next_day(wishes, wall.date()), wall.time()))
        elif (ends := _quiet_until(wishes, wall)) is not None:
            instant = _shown(zone, ends, instant)
        else:
            return instant
    return instant


def _shown(zone: str, wall: datetime, after: datetime) -> datetime:
    """The first instant behind `after` at which the clocks of `zone` have reached `wall`: the second of two, where
    `after` lies between them."""
    first = instant_of(zone, wall.date(), wall.time())
    again = wall.replace(tzinfo=zone_named(zone), fold=1).astimezone(UTC)
    return max(after + timedelta(microseconds=1), first if first > after else again)


def _fits(wishes: Wishes, day: date) -> bool:
    return not wishes.weekdays & EVERY_DAY or bool(wishes.weekdays >> day.weekday() & 1)


def _next_day(wishes: Wishes, day: date) -> date:
    return next(day + n * DAY for n in range(1, 8) if _fits(wishes, day + n * DAY))


def _quiet_until(wishes: Wishes, wall: datetime) -> datetime | None:
    """The local end of the quiet hours that `wall` lies in, or None."""
    start, end = wishes.quiet_from, wishes.quiet_until
    if start is None or end is None or start == end:
        return None
    if start < end:
        return datetime.combine(wall.date(), end) if start <= wall.time() < end else None
    if wall.time() >= start:
        return datetime.combine(wall.date() + DAY, end)
    return datetime.combine(wall.date(), end) if wall.time() < end else None


@dataclass(frozen=True, slots=True)
class Group:
    """Zones whose recipients may have it at the same instants: `zones` share `at` and what their clocks show then."""

    at: datetime
    zones: tuple[str, ...]


def groups(wishes: Wishes, zones: Iterable[str]) -> tuple[Group, ...]:
    """The zones, put together where nothing tells them apart, earliest first.

    Without wishes about hours they are one. With quiet hours or weekdays those that show the same time stay together,
    so that what a throttle moves later can be held against the clock of all of them.
    """
    if not wishes.local:
        return (Group(wishes.at, tuple(zones)),)
    found: dict[tuple[datetime, timedelta | None], list[str]] = {}
    for zone in zones:
        at = first_instant(wishes, zone)
        offset = at.astimezone(zone_named(zone)).utcoffset() if wishes.narrow else None
        found.setdefault((at, offset), []).append(zone)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or timedelta(0), item[1]))
    return tuple(Group(at, tuple(sorted(names))) for (at, _), names in ordered)


@dataclass(frozen=True, slots=True)
class Lot:
    """Some recipients who leave together: `rows` of them, not before `at`, of this zone's clock."""

    rows: int
    at: datetime
    zone: str = "UTC"


def spaced(wishes: Wishes, lots: Sequence[Lot], per_hour: int | None, start: datetime) -> list[datetime]:
    """When each lot may leave, in the order given: at its own instant, and no more than `per_hour` rows an hour.

    What a throttle moves into quiet hours or a wrong day moves on to where those end.
    """
    free, found = start, []
    for lot in lots:
        at = allowed(wishes, lot.zone, max(lot.at, free))
        found.append(at)
        if per_hour:
            free = at + timedelta(hours=lot.rows / per_hour)
    return found


def lot_size(per_hour: int | None, most: int) -> int:
    """How many rows leave together: `most`, or under a throttle what five minutes of it are."""
    return most if not per_hour else max(1, min(most, per_hour // 12))


__all__ = ["EVERY_DAY", "Group", "Lot", "Wishes", "allowed", "first_instant", "groups", "lot_size", "spaced"]
