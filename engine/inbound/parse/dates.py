"""The days people write in a mail ("until Monday", "bis 3. Mai", "for two weeks"), counted from a local today. Pure.

The day is the first one on which somebody is there again. What can mean two days (03/04 in English) is no day.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.inbound.parse.day_words import MONTHS, NUMBERS, SAID, SMALL, UNITS, WEEKDAYS, folded

_DAY = timedelta(days=1)
_JUST_OVER = timedelta(days=30)  # a day without a year that was so lately is over, and not meant for next year
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:\.? ?(\d{4}|\d{2}))?\.?")
_SLASHES = re.compile(r"(\d{1,2})[-/](\d{1,2})(?:[-/](\d{4}|\d{2}))?")
_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|o|a|º|ª|-?го|:?e|:?a)?")
_YEAR = re.compile(r"20\d\d")


def day_in(text: str, today: date, *, day_first: bool = True) -> date | None:
    """The day that `text` names, or None where it names none, or two.

    `today` is the writer's. One that lies before it comes back as it is. `day_first`: 3/5 is the third of May.
    """
    said = folded(text).strip(" .,;!")
    try:
        return _said(said, today) or _digits(said, today, day_first) or _length(said, today) or _named(said, today)
    except (ValueError, OverflowError):  # the 31st of February
        return None


def length_in(text: str, today: date) -> date | None:
    """The day after a span that begins today: "2 weeks", "a month", "today", "this week"; None for anything else."""
    said = folded(text).strip(" .,;!")
    if said in SAID:
        return today + _DAY if SAID[said] == "today" else _said(said, today)
    return _length(said, today)


def _said(said: str, today: date) -> date | None:
    match SAID.get(said):
        case "tomorrow":
            return today + _DAY
        case "overmorrow":
            return today + 2 * _DAY
        case "week":
            return today + (7 - today.weekday()) * _DAY
        case "month":
            return _first(today, 1)
        case "year":
            return date(today.year + 1, 1, 1)
        case _:
            return None  # "until today" is over before it begins


def _first(today: date, later: int) -> date:
    years, month = divmod(today.month - 1 + later, 12)
    return date(today.year + years, month + 1, 1)


def _digits(said: str, today: date, day_first: bool) -> date | None:
    """A date in digits, a weekday before it left out."""
    said = " ".join(word for word in said.replace(",", " ").split() if word.strip(".") not in WEEKDAYS | {"the": 0})
    if found := _ISO.fullmatch(said):
        return date(*map(int, found.groups()))
    if found := _DOTS.fullmatch(said):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := _SLASHES.fullmatch(said):
        first, second = int(found[1]), int(found[2])
        if second > 12 or (not day_first and first <= 12 and first != second):
            return _dated(second, first, found[3], today) if second > 12 else None
        return _dated(first, second, found[3], today)
    return None


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = date(today.year, month, day) if (month, day) != (2, 29) else _leap(today)
    return date(found.year + 1, month, day) if found < today - _JUST_OVER else found


def _leap(today: date) -> date:
    return date(today.year + -today.year % 4, 2, 29)


def _length(said: str, today: date) -> date | None:
    """Two weeks, a month, 10 days; also behind "in"."""
    words = said.removeprefix("in ").split()
    if len(words) == 1 and words[0] in UNITS and words[0] in NUMBERS:
        words = ["1", words[0]]  # "na tydzień", "на неделю"
    if len(words) != 2 or words[1] not in UNITS:
        return None
    number = int(words[0]) if words[0].isdecimal() and len(words[0]) <= 3 else NUMBERS.get(words[0], 0)
    if not number:
        return None
    if UNITS[words[1]] == 30:
        return _same_day(today, number)
    return today + number * UNITS[words[1]] * _DAY


def _same_day(today: date, months: int) -> date:
    """The same day some months on, or the last one of a month that has none such."""
    following = _first(today, months + 1)
    return min(_first(today, months) + (today.day - 1) * _DAY, following - _DAY)


def _named(said: str, today: date) -> date | None:
    """A day with its month's name, a weekday, or a day of the month; small words between them do not count."""
    words = [word.strip(".") for word in re.sub(r"[,()]", " ", said).replace("l'", " ").split()]
    words = [word for word in words if word and word not in SMALL]
    if len(words) == 1 and words[0] in WEEKDAYS:
        return today + ((WEEKDAYS[words[0]] - 1 - today.weekday() - 1) % 7 + 1) * _DAY
    words = [word for word in words if word not in WEEKDAYS or word in MONTHS]
    years = [word for word in words if _YEAR.fullmatch(word)]
    months = [MONTHS[word] for word in words if word in MONTHS]
    days = [int(found[1]) for word in words if (found := _NUMBER.fullmatch(word)) and word not in years]
    if len(days) != 1 or len(words) != len(years) + len(months) + len(days) or len(years) > 1 or len(months) > 1:
        return None
    if months:
        return _dated(days[0], months[0], years[0] if years else None, today)
    return _of_month(days[0], today) if not years else None


def _of_month(day: int, today: date) -> date:
    """The next day with that number, in a month that has it."""
    later = 0 if day > today.day else 1
    while (found := _first(today, later) + (day - 1) * _DAY).day != day:
        later += 1
        if later > 12:
            raise ValueError("no month has this day")
    return found
