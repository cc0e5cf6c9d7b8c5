"""What settings must look like; every refusal names its form field. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from engine.errors import Invalid
from engine.rounds.due import EVERY_DAY, known_zone, local_day

QUESTIONS, LETTERS = 5, 200
SHORTEST, LONGEST = 30, 7 * 24 * 60  # minutes of an answer window
SOONEST = 5  # minutes from prompt to nudge
RECEIPTS = ("mail", "digest", "none")  # how somebody hears what was recorded
LONG_AWAY = timedelta(days=2 * 366)


def questions(given: Sequence[str]) -> list[str]:
    """The questions, cleaned: one to five, each one line of at most 200 letters. Raises Invalid(questions)."""
    cleaned = [line for line in (" ".join(q.split()) for q in given) if line]
    if not cleaned:
        raise Invalid("Ask at least one question.", "questions")
    if len(cleaned) > QUESTIONS:
        raise Invalid(f"Ask at most {QUESTIONS} questions; a prompt is read in a moment.", "questions")
    if any(len(line) > LETTERS for line in cleaned):
        raise Invalid(f"A question has at most {LETTERS} letters.", "questions")
    return cleaned


def weekdays(mask: int) -> None:
    """Raise Invalid(weekdays) unless at least one day is chosen."""
    if not 0 < mask <= EVERY_DAY:
        raise Invalid("Choose at least one weekday.", "weekdays")


def window(minutes: int, nudge_after: int | None) -> None:
    """Raise Invalid unless the answer window is 30 minutes to seven days, and the nudge comes within it."""
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid("The answer window is between 30 minutes and seven days.", "answer_window")
    if nudge_after is not None and not SOONEST <= nudge_after < minutes:
        raise Invalid("The nudge comes at least five minutes after the prompt and within the window.", "nudge_after")


def receipt(choice: str | None) -> str | None:
    """The choice, or None for an empty one. Raises Invalid(receipt) for one that does not exist."""
    if choice and choice not in RECEIPTS:
        raise Invalid("Choose one of the list.", "receipt")
    return choice or None


def zone(name: str | None) -> str | None:
    """The zone, or None for an empty name. Raises Invalid(zone) for one that does not exist."""
    name = (name or "").strip()
    if name and not known_zone(name):
        raise Invalid("This time zone does not exist. Choose one from the list, such as Europe/Berlin.", "zone")
    return name or None


def span(first: date, last: date, today: date) -> None:
    """Raise Invalid(last_day) unless the span ends after it begins, is not over, and is at most two years long."""
    if last < first:
        raise Invalid("The last day comes before the first.", "last_day")
    if last < today:
        raise Invalid("These days are over.", "last_day")
    if last - first > LONG_AWAY:
        raise Invalid("Being away is at most two years. For longer, pause or leave the team.", "last_day")


def later(until: date | None, now: datetime) -> None:
    """Raise Invalid(pause_until) for a date that is not in the future anywhere."""
    if until is not None and until <= local_day("Etc/GMT+12", now):
        raise Invalid("Choose a later date, or pause without one.", "pause_until")
