"""A member's next questions, by the rules of engine.rounds.due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from engine.rounds.due import DAY, Slot, Span, next_slot, zone_named

AHEAD = 7


@dataclass(frozen=True, slots=True)
class Coming:
    """One of the next questions. `turned`: the clocks of the zone change between the one before and this."""

    instant: datetime
    local_date: date
    turned: bool = False


def next_questions(
    first: Slot, zone: str, at: time, weekdays: int, away: Sequence[Span], off: Iterable[date] = (), count: int = AHEAD
) -> list[Coming]:
    """`first`, the slot that is planned already, and those that follow it; fewer where none comes within five years.

    `off`: days on which nobody of the team is asked.
    """
    free = [*away, *((day, day) for day in off)]
    found, slot = [Coming(first.instant, first.local_date)], first
    while len(found) < count:
        following = next_slot(zone, at, weekdays, free, slot.instant, slot.local_date + DAY)
        if following is None:
            break
        found.append(Coming(following.instant, following.local_date, _turned(zone, slot, following)))
        slot = following
    return found


def _turned(zone: str, one: Slot, other: Slot) -> bool:
    tz = zone_named(zone)
    return one.instant.astimezone(tz).utcoffset() != other.instant.astimezone(tz).utcoffset()
