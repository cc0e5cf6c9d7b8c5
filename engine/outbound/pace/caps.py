"""What a relay's settings allow on a day, and to bulk mail of it, and whether receivers are told apart. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


class Caps(Protocol):
    """The caps of a relay, as settings or as a row have them."""

    @property
    def uses(self) -> str: ...
    @property
    def per_day(self) -> int | None: ...
    @property
    def warmup_from(self) -> date | None: ...
    @property
    def warmup_first(self) -> int: ...
    @property
    def warmup_growth(self) -> int: ...


class Visible(Caps, Protocol):
    """The same, and whether the relay delivers to the receivers itself."""

    @property
    def visible(self) -> bool: ...


KEPT = 10  # one message in so many of a day's cap is kept from bulk mail
MOST_DAYS = 365  # of a plan without an end: by then no cap is left


def warm_up(caps: Caps, day: date) -> int | None:
    """The messages a warm-up plan allows on a day (UTC), None where there is none or it is over.

    Each day allows `warmup_growth` per cent more than the one before; the plan ends where it allows `per_day`.
    """
    if caps.warmup_from is None or day < caps.warmup_from:
        return None
    days = (day - caps.warmup_from).days
    if days > MOST_DAYS:
        return None
    allowed = int(caps.warmup_first * (1 + caps.warmup_growth / 100) ** days)
    return allowed if caps.per_day is None or allowed < caps.per_day else None


def of_day(caps: Caps, now: datetime) -> int | None:
    """The messages a relay may get on the day of `now`, None for as many as it takes."""
    warm = warm_up(caps, now.date())
    return caps.per_day if warm is None else warm


def kept(caps: Caps, cap: int) -> int:
    """How many of a day's `cap` bulk mail leaves to what people wait for; none where the relay takes bulk mail alone.

    Else one campaign at noon would have the evening's questions wait for the next day.
    """
    return 0 if caps.uses == "bulk" else cap // KEPT


def splits(caps: Visible, now: datetime) -> bool:
    """Whether receivers are told apart: where they are visible, and while a relay's warm-up lasts."""
    return caps.visible or warm_up(caps, now.date()) is not None
