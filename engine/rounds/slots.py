"""From a member's terms to the next slots: pure rules over engine.rounds.due, which settings and the preview share."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from engine.rounds.due import DAY, Hours, Slot, local_day
from engine.rounds.queries.hours import Terms

INSTANT = timedelta(microseconds=1)


def prompt_hours(terms: Terms, now: datetime) -> Hours:
    """The question to `next_slot` for a member's next prompt."""
    return _hours(terms, terms.prompt_at, terms.last_prompt_day, now)


def digest_hours(terms: Terms, now: datetime) -> Hours:
    """The question to `next_slot` for a member's next digest."""
    return _hours(terms, terms.digest_at, terms.last_digest_day, now)


def hours_after(hours: Hours, slot: Slot) -> Hours:
    """The question for the slot that follows `slot`: it counts from the one made, not from now."""
    return Hours(hours.zone, hours.at, hours.weekdays, hours.away, slot.instant, slot.local_date + DAY)


def prompt_slot(terms: Terms, slot: Slot | None, now: datetime) -> Slot | None:
    """The next prompt: none for who is never asked, the slot that waits for the tick, else what the rules say."""
    if terms.role == "observer" or _silent(terms):
        return None
    return _waiting(terms.next_prompt_at, terms.next_prompt_day, now) or slot


def digest_slot(terms: Terms, slot: Slot | None, now: datetime) -> Slot | None:
    """The next digest, as prompt_slot."""
    return None if _silent(terms) else _waiting(terms.next_digest_at, terms.next_digest_day, now) or slot


def _hours(terms: Terms, at: time, last_made: date | None, now: datetime) -> Hours:
    starts = [local_day(terms.zone, now)]
    if last_made is not None:
        starts.append(last_made + DAY)
    if terms.paused and terms.pause_until is not None:
        starts.append(terms.pause_until)
    return Hours(terms.zone, at, terms.weekdays, terms.away, now - INSTANT, max(starts))


def _silent(terms: Terms) -> bool:
    return not terms.askable or (terms.paused and terms.pause_until is None)


def _waiting(at: datetime | None, day: date | None, now: datetime) -> Slot | None:
    """The slot whose hour has come and that the next tick will make, if there is one."""
    return Slot(at, day) if at is not None and day is not None and at <= now else None
