"""The next sends of a member before anything is saved: by the very rules by which the scheduler makes slots. Pure.

Between two sends stand the days on which the person would have been asked and is not, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from engine.rounds.due import DAY, Hours, Slot, instant_of, local_day, next_slot, zone_named
from engine.rounds.queries.hours import Terms
from engine.rounds.slots import hours_after, prompt_hours, prompt_slot

SENDS = 7
MOST = 12  # days left out that are listed; a long absence is one line


@dataclass(frozen=True, slots=True)
class Send:
    """One question to come: the person's date, the wall clock there, and what moves it, in words or empty."""

    instant: datetime
    local_date: date
    at: time
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which the person would have been asked, from first to last, and why they are not."""

    first: date
    last: date
    why: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What one member gets: sends and gaps, in order; `never` says why there are none at all."""

    membership_id: int
    zone: str
    steps: tuple[Send | Gap, ...] = ()
    never: str = ""


@dataclass(frozen=True, slots=True)
class TeamTerms:
    """What holds for all: the pause (None: not paused; `until` an instant or never) and the days off with reasons."""

    paused: bool
    until: datetime | None
    days_off: Mapping[date, str]


def paused_terms(active: bool, zone: str, until: date | None, days_off: Mapping[date, str]) -> TeamTerms:
    """The team's terms; a pause is over when its date begins in the team's zone."""
    return TeamTerms(not active, instant_of(zone, until, time.min) if until is not None else None, days_off)


def coming(terms: Terms, team: TeamTerms, now: datetime, count: int = SENDS) -> Coming:
    """The next `count` sends of one member, whose `terms` are as they would be after the save."""
    if never := _never(terms, team):
        return Coming(terms.membership_id, terms.zone, never=never)
    start = max(now, team.until) if team.paused and team.until is not None else now
    terms = replace(terms, askable=True)
    slot = prompt_slot(terms, next_slot_of(prompt_hours(terms, start)), now)
    steps: list[Send | Gap] = []
    since = local_day(terms.zone, now)
    if terms.last_prompt_day is not None:
        since = max(since, terms.last_prompt_day + DAY)
    hours = prompt_hours(terms, start)
    while slot is not None and sum(isinstance(step, Send) for step in steps) < count:
        steps += _gaps(terms, team, since, slot.local_date, now)
        steps.append(_send(terms, slot, now))
        since, hours = slot.local_date + DAY, hours_after(hours, slot)
        slot = next_slot_of(hours)
    return Coming(terms.membership_id, terms.zone, tuple(steps), "" if steps else "no day comes within five years")


def next_slot_of(hours: Hours) -> Slot | None:
    """`due.next_slot` of one question."""
    return next_slot(hours.zone, hours.at, hours.weekdays, hours.away, hours.after, hours.not_before)


def _never(terms: Terms, team: TeamTerms) -> str:
    if terms.role == "observer":
        return "not asked: observer"
    if team.paused and team.until is None:
        return "not asked: the team is paused until somebody resumes it"
    return "not asked: paused until somebody resumes them" if terms.paused and terms.pause_until is None else ""


def _gaps(terms: Terms, team: TeamTerms, first: date, until: date, now: datetime) -> list[Gap]:
    """The days of theirs from `first` to before `until`, those of one reason in a row put together."""
    found: list[Gap] = []
    day = first
    while day < until:
        if terms.weekdays >> day.weekday() & 1 and (why := _why(terms, team, day, now)):
            if found and found[-1].why == why:
                found[-1] = replace(found[-1], last=day)
            else:
                found.append(Gap(day, day, why))
        day += DAY
    return found[:MOST]


def _why(terms: Terms, team: TeamTerms, day: date, now: datetime) -> str:
    if instant_of(terms.zone, day, terms.prompt_at) < now:
        return ""  # the hour had passed: nothing is left out
    if team.paused and team.until is not None and instant_of(terms.zone, day, terms.prompt_at) < team.until:
        return "the team is paused"
    if terms.paused and terms.pause_until is not None and day < terms.pause_until:
        return "paused"
    if day in team.days_off:
        return f"day off{f', {team.days_off[day]}' if team.days_off[day] else ''}"
    return "away" if any(first <= day <= last for first, last in terms.away) else ""


def _send(terms: Terms, slot: Slot, now: datetime) -> Send:
    wall = slot.instant.astimezone(zone_named(terms.zone))
    if slot.instant <= now:
        return Send(slot.instant, slot.local_date, wall.time(), "is being asked now")
    return Send(slot.instant, slot.local_date, wall.time(), clock_note(terms.zone, slot, terms.prompt_at))


def clock_note(zone: str, slot: Slot, at: time) -> str:
    """What a change of the clocks on a send's day does to it, in words; empty on all other days."""
    tz = zone_named(zone)
    wall = datetime.combine(slot.local_date, at)
    before, after = wall.replace(tzinfo=tz, fold=0).utcoffset(), wall.replace(tzinfo=tz, fold=1).utcoffset()
    if before is None or after is None:
        return ""
    if before != after:
        skipped = slot.instant.astimezone(tz).replace(tzinfo=None) != wall
        if skipped:
            return f"the clocks skip {at:%H:%M} that day; asked at {slot.instant.astimezone(tz):%H:%M}"
        return f"{at:%H:%M} comes twice that day; asked the first time"
    return _changed(zone, slot.local_date)


def _changed(zone: str, day: date) -> str:
    hour = timedelta(hours=24)
    length = instant_of(zone, day + DAY, time.min) - instant_of(zone, day, time.min)
    if length == hour:
        return ""
    return "the clocks go forward that day" if length < hour else "the clocks go back that day"


def of_members(terms: Sequence[Terms], team: TeamTerms, now: datetime) -> list[Coming]:
    """`coming` of each."""
    return [coming(one, team, now) for one in terms]


__all__ = ["Coming", "Gap", "Send", "TeamTerms", "clock_note", "coming", "of_members", "paused_terms"]
