"""Dates, hours and subjects as our mails say them. Pure, and in English whatever the locale of the process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from engine.rounds.due import DAY, zone_named

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
LONGEST = 60  # letters of a question in a subject; phones show about 40


def day(of: date) -> str:
    """Wednesday 4 March"""
    return f"{WEEKDAYS[of.weekday()]} {of.day} {MONTHS[of.month - 1]}"


def days(of: Sequence[date]) -> str:
    """Tuesday 3 March and Wednesday 4 March; with more, commas before the last."""
    named = [day(one) for one in of]
    return " and ".join(part for part in (", ".join(named[:-1]), *named[-1:]) if part)


def weekdays(mask: int) -> str:
    """Monday to Friday, of a mask whose bit 0 is Monday; every day; Monday, Wednesday and Friday."""
    chosen = [n for n in range(7) if mask >> n & 1]
    if len(chosen) == 7:
        return "Every day"
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{WEEKDAYS[chosen[0]]} to {WEEKDAYS[chosen[-1]]}"
    named = [WEEKDAYS[n] for n in chosen]
    return " and ".join(part for part in (", ".join(named[:-1]), *named[-1:]) if part)


def deadline(closes_at: datetime, zone: str, today: date) -> str:
    """When an answer window ends, for a person in `zone` whose date is `today`: tomorrow, 09:00"""
    local = closes_at.astimezone(zone_named(zone))
    names = {today: "today", today + DAY: "tomorrow"}
    return f"{names.get(local.date(), day(local.date()))}, {local:%H:%M}"


def thread_subject(team: str, of: date, questions: Sequence[str]) -> str:
    """The subject a day's prompt, nudge and digest share, so that clients show them as one thread."""
    question = " ".join(questions[0].split()) if questions else ""
    if len(question) > LONGEST:
        question = question[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    return f"{team}, {day(of)}: {question}" if question else f"{team}, {day(of)}"


def first_name(name: str) -> str:
    """The word to greet somebody by; empty for somebody without a name."""
    return name.split(maxsplit=1)[0] if name.strip() else ""
