"""When a slot falls due: pure rules from a zone, a local hour, weekdays and away days to one instant. Reads nothing.

A local time that the clock skips fires at the first instant after it; one that the clock shows twice fires once, the
first time; a date that the zone skips as a whole (Samoa, 30 December 2011) has no slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.clock import instant_of, known_zone, local_day, zone_named

DAY = timedelta(days=1)
FAR = timedelta(days=5 * 366)  # a slot further off than this is none
EVERY_DAY = 0b1111111

Span = tuple[date, date]  # first and last day, both included


@dataclass(frozen=True, slots=True)
class Slot:
    """One due moment: the instant (UTC) and the member's own date that it belongs to."""

    instant: datetime
    local_date: date


@dataclass(frozen=True, slots=True)
class Hours:
    """What `next_slot` asks for, as one hashable value: thousands of members share a few of them."""

    zone: str
    at: time
    weekdays: int  # bit 0 = Monday
    away: tuple[Span, ...]
    after: datetime
    not_before: date


def day_end(zone: str, day: date) -> datetime:
    """The instant at which `day` is over in `zone`."""
    return instant_of(zone, day + DAY, time.min)


def next_slot(
    zone: str, at: time, weekdays: int, away: Sequence[Span], after: datetime, not_before: date
) -> Slot | None:
    """The first slot later than `after`, on a date not before `not_before`; None when none comes within five years.

    Times with seconds or microseconds are taken as they are; `weekdays` has bit 0 = Monday.
    """
    day = max(not_before, local_day(zone, after) - DAY)  # a skipped hour may fire on the next date
    last = day + FAR if day <= date.max - FAR else date.max - 2 * DAY
    while weekdays & EVERY_DAY and day <= last:
        if back := _back_from(day, away):
            day = back
        elif weekdays >> day.weekday() & 1 and (instant := instant_of(zone, day, at)) > after and _exists(zone, day):
            return Slot(instant, day)
        else:
            day += DAY
    return None


def _back_from(day: date, away: Sequence[Span]) -> date | None:
    """The day after the away span that `day` lies in, or None when it lies in none."""
    ends = [last for first, last in away if first <= day <= last]
    return (max(ends) + DAY if max(ends) < date.max else date.max) if ends else None


def _exists(zone: str, day: date) -> bool:
    return local_day(zone, instant_of(zone, day, time.min)) == day


def next_slots(asked: Iterable[Hours]) -> list[Slot | None]:
    """`next_slot` of each, every distinct question worked out once: 40,000 members are a few hundred questions."""
    known: dict[Hours, Slot | None] = {}
    answers = []
    for hours in asked:
        if hours not in known:
            known[hours] = next_slot(hours.zone, hours.at, hours.weekdays, hours.away, hours.after, hours.not_before)
        answers.append(known[hours])
    return answers


__all__ = [
    "EVERY_DAY", "Hours", "Slot", "Span", "day_end", "instant_of", "known_zone", "local_day", "next_slot", "next_slots",
    "zone_named",
]  # fmt: skip
