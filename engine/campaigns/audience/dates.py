"""Days in a query: written out, or counted from today."""

from __future__ import annotations

from datetime import date

from engine.campaigns.audience.syntax import Ago, Unit
from engine.campaigns.audience.tokens import Kind
from engine.campaigns.audience.words import Words

# A hundred years either way: further, and PostgreSQL's own dates may end.
MOST: dict[Unit, int] = {"day": 36_500, "week": 5_200, "month": 1_200, "year": 100}
_NAMED = {"today": 0, "yesterday": 1, "tomorrow": -1}
_UNITS: dict[str, Unit] = {
    **{unit: unit for unit in MOST}, **{f"{unit}s": unit for unit in MOST},
}  # fmt: skip
_HOW = "Days are written 2026-11-22, today, 30 days ago, or 2 weeks from now."


def is_day(words: Words) -> bool:
    """Whether a day begins here."""
    word, then = words.here, words.ahead()
    if word.kind is Kind.NUMBER:
        return then.kind is Kind.WORD and then.text in _UNITS
    return word.kind is Kind.DATE or (word.kind is Kind.WORD and word.text in _NAMED)


def day(words: Words) -> date | Ago:
    """The day that is written here."""
    if words.here.kind is Kind.DATE:
        return _written(words)
    if words.here.kind is Kind.WORD and words.here.text in _NAMED:
        return Ago(_NAMED[words.next().text], "day")
    if not is_day(words):
        raise words.fault(_HOW)
    unit = _UNITS[words.ahead().text]
    count = words.number(0, MOST[unit], f"Say a whole number up to {MOST[unit]:,} {unit}s.")
    words.next()
    if words.take("ago"):
        return Ago(count, unit)
    if words.take("from", "now"):
        return Ago(-count, unit)
    raise words.fault("Write ago or from now after it: 30 days ago, 2 weeks from now.")


def _written(words: Words) -> date:
    year, month, of_month = (int(part) for part in words.here.text.split("-"))
    try:
        found = date(year, month, of_month)
    except ValueError:
        raise words.fault("There is no such day. Dates are written year, month, day: 2026-11-22.") from None
    words.next()
    return found
