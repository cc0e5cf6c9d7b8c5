"""The filters of templates: what each takes, gives and may be told. None makes a value much longer than it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from engine.campaigns.content.language.known import Kind
from engine.campaigns.content.language.missing import Missing

TEXTS = frozenset({Kind.TEXT, Kind.DATE, Kind.LINK})
_ANY = frozenset(Kind)
_LISTS = frozenset({Kind.LIST})
_DATES = frozenset({Kind.DATE, Kind.TEXT})
LONGEST_CUT = 1000
DATES = {"long": "{0.day} {0:%B %Y}", "dotted": "{0:%d.%m.%Y}", "iso": "{0:%Y-%m-%d}"}


@dataclass(frozen=True, slots=True)
class Filter:
    """`takes` these kinds and `gives` one (None: what it took). `allows` looks at its arguments, which are literals."""

    do: Callable[..., Any]
    takes: frozenset[Kind]
    gives: Kind | None
    allows: Callable[..., bool]
    how: str  # an example


def _nothing(*arguments: Any) -> bool:
    return not arguments


def _one_literal(*arguments: Any) -> bool:
    return 1 <= len(arguments) <= 2 and isinstance(arguments[0], str | int | float) and arguments[1:] in ((), (True,))


def _cut(*arguments: Any) -> bool:
    return len(arguments) == 1 and type(arguments[0]) is int and 1 <= arguments[0] <= LONGEST_CUT


def _short(*arguments: Any) -> bool:
    return len(arguments) <= 1 and all(isinstance(x, str) and len(x) <= 20 for x in arguments)


def _digits(*arguments: Any) -> bool:
    return len(arguments) <= 1 and all(type(x) is int and 0 <= x <= 6 for x in arguments)


def _form(*arguments: Any) -> bool:
    return len(arguments) <= 1 and all(isinstance(x, str) and x in DATES for x in arguments)


def _default(value: Any, instead: Any, _: bool = True) -> Any:
    return instead if isinstance(value, Missing) else value


def _truncate(value: Any, length: int) -> str:
    """At most `length` letters, cut between words, with an ellipsis where something went."""
    text = str(value)
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head) + "…"


def _join(values: Any, between: str = ", ") -> str:
    return between.join(map(str, values))


def _first(values: Any) -> Any:
    return next(iter(values), Missing(name="the first of an empty list"))


def _last(values: Any) -> Any:
    return _first(tuple(values)[::-1])


def _round(value: Any, digits: int = 0) -> Any:
    rounded = round(value, digits)
    return rounded if digits else int(rounded)


def _date(value: Any, form: str = "long") -> str:
    try:
        return DATES[form].format(date.fromisoformat(str(value)[:10]))
    except ValueError as error:
        raise ValueError(f"“{str(value)[:40]}” is no date") from error


def _there(do: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, but what is missing stays missing, so that a fall-back may stand behind it."""
    return lambda value, *arguments: value if isinstance(value, Missing) else do(value, *arguments)


def _text(do: Callable[[str], str]) -> Callable[..., Any]:
    return _there(lambda value: do(str(value)))


FILTERS: Mapping[str, Filter] = {
    "default": Filter(_default, _ANY, None, _one_literal, 'default("there")'),
    "d": Filter(_default, _ANY, None, _one_literal, 'd("there")'),
    "upper": Filter(_text(str.upper), TEXTS, Kind.TEXT, _nothing, "upper"),
    "lower": Filter(_text(str.lower), TEXTS, Kind.TEXT, _nothing, "lower"),
    "capitalize": Filter(_text(str.capitalize), TEXTS, Kind.TEXT, _nothing, "capitalize"),
    "title": Filter(_text(str.title), TEXTS, Kind.TEXT, _nothing, "title"),
    "trim": Filter(_text(str.strip), TEXTS, Kind.TEXT, _nothing, "trim"),
    "truncate": Filter(_there(_truncate), TEXTS, Kind.TEXT, _cut, "truncate(80), at most 1000"),
    "first": Filter(_first, _LISTS, Kind.TEXT, _nothing, "first"),
    "last": Filter(_last, _LISTS, Kind.TEXT, _nothing, "last"),
    "length": Filter(len, _LISTS | TEXTS, Kind.NUMBER, _nothing, "length"),
    "count": Filter(len, _LISTS | TEXTS, Kind.NUMBER, _nothing, "count"),
    "join": Filter(_there(_join), _LISTS, Kind.TEXT, _short, 'join(", ")'),
    "round": Filter(_there(_round), frozenset({Kind.NUMBER}), Kind.NUMBER, _digits, "round(2), at most 6"),
    "date": Filter(
        _there(_date), frozenset({Kind.DATE, Kind.TEXT}), Kind.TEXT, _form, 'date("long"), "dotted" or "iso"'
    ),
}


def part_of_url(value: Any) -> str:
    """A value inside an address: it can be no more than one piece of a path or a query."""
    return quote(str(value), safe="")


def whole_url(value: Any) -> str:
    """A link of ours as a whole address. Raises ValueError for anything else."""
    text = str(value)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or not text.isprintable() or " " in text:
        raise ValueError("a link is no address")
    return text


def asked_for(value: Any) -> Any:
    """What “in” looks for. A value that is missing becomes what no text and no list has: Python would not look."""
    return "\0" if isinstance(value, Missing) else value


# Of the compiler; no template may name them.
OWN = {"sixpm_part_of_url": part_of_url, "sixpm_whole_url": whole_url, "sixpm_asked_for": asked_for}

__all__ = ["DATES", "FILTERS", "OWN", "TEXTS", "Filter"]
