"""A month of one's own calendar as a table of weeks: what each day was, is, or will be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine.rounds.due import DAY, Span
from engine.rounds.words import MONTHS
from web.shown import MONTHS as SHORT
from web.shown import day

FAR = timedelta(days=2 * 366)  # how far ahead one may be away (engine.rounds.checks)

# What a day is: the word in its cell, and what is said of it in full.
WORDS = {
    "away": ("away", "away"),
    "off": ("off", "the team's day off"),
    "answered": ("✓", "answered"),
    "asked": ("?", "asked, no answer yet"),
    "missed": ("–", "asked, not answered"),
    "paused": ("II", "paused"),
    "due": ("○", "a question comes"),
    "": ("", "no question"),
}
SAME = {
    "reminded": "asked",
    "due": "asked",
    "day off": "off",
    "team paused": "paused",
}  # states of a part that look the same here


@dataclass(frozen=True, slots=True)
class Cell:
    """One day: its `kind` (a key of WORDS), and whether one can still turn it."""

    day: date
    kind: str
    note: str
    today: bool
    open: bool

    @property
    def word(self) -> str:
        """The word in the cell."""
        return WORDS[self.kind][0]

    @property
    def label(self) -> str:
        """The day in full, for screen readers: "Wednesday 4 Mar 2026, away"."""
        return f"{day(self.day)}, {self.note or WORDS[self.kind][1]}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a month is made of. `states` are of the member's parts, `off` the team's days off with their reasons."""

    today: date
    away: Sequence[Span]
    off: Mapping[date, str]
    states: Mapping[date, str]
    weekdays: int
    asked: bool  # whether questions come at all: no observer, not paused for good


@dataclass(frozen=True, slots=True)
class Month:
    """A month: weeks from Monday, None for the days of its neighbours, and the first days of those."""

    first: date
    weeks: list[list[Cell | None]]
    before: date
    after: date | None

    @property
    def name(self) -> str:
        """March 2026"""
        return f"{MONTHS[self.first.month - 1]} {self.first.year}"

    @property
    def names(self) -> tuple[str, str]:
        """The months before and after, in short: Feb, Apr."""
        return SHORT[self.before.month - 1], SHORT[next_month(self.first).month - 1]


def month_of(text: str, today: date) -> date:
    """The first day of a month written "2026-03"; of today's for what is none, or too far off."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if abs(found - today) < 3 * FAR else today.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + 31 * DAY).replace(day=1)


def month(first: date, facts: Facts) -> Month:
    """The month that begins on `first`."""
    after = next_month(first)
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [_cell(first + n * DAY, facts) for n in range((after - first).days)]
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[n : n + 7] for n in range(0, len(cells), 7)]
    return Month(first, weeks, (first - DAY).replace(day=1), after if after - facts.today < FAR else None)


def _cell(one: date, facts: Facts) -> Cell:
    kind, ahead = _kind(one, facts), one >= facts.today
    note = f"the team's day off: {facts.off[one]}" if kind == "off" and facts.off.get(one) else ""
    return Cell(one, kind, note, one == facts.today, ahead and one - facts.today <= FAR)


def _kind(one: date, facts: Facts) -> str:
    state = facts.states.get(one, "")
    if state in ("answered", "missed"):
        return state
    if any(first <= one <= last for first, last in facts.away):
        return "away"
    if one in facts.off:
        return "off"
    if state:
        kind = SAME.get(state, state)
        return kind if kind in WORDS else ""
    coming = facts.asked and one >= facts.today and facts.weekdays >> one.weekday() & 1
    return "due" if coming else ""


def legend() -> list[tuple[str, str, str]]:
    """(kind, word, meaning) of every kind that has a word."""
    return [(kind, word, meaning) for kind, (word, meaning) in WORDS.items() if word]
