"""Tree to JSON and back, for what builds queries without writing them. JSON is read with every bound of the text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.campaigns.audience import syntax as s
from engine.campaigns.audience.reading import DEEPEST, TERMS, read
from engine.campaigns.audience.writing import write
from engine.errors import Fault

_NAME = re.compile(r"[a-z0-9_]{1,100}")


def to_json(query: s.Query) -> dict[str, Any]:
    """A query as JSON: objects of one key each, which says what they are."""
    return _node(query.where)


def from_json(data: object) -> s.Query:
    """The query that JSON says. Raises Fault (without a place) for what is none.

    What it says is written and read again, so nothing can be built that could not have been written.
    """
    try:
        where = _part(data, 0)
    except (KeyError, TypeError, ValueError, InvalidOperation) as wrong:
        raise Fault("This is no query. Load the page again, and build it once more.", 0, 0) from wrong
    return read(write(s.Query(where)))


def _node(node: s.Node) -> dict[str, Any]:  # noqa: PLR0911  # one line for each kind of condition
    match node:
        case s.And(parts):
            return {"all": [_node(part) for part in parts]}
        case s.Or(parts):
            return {"any": [_node(part) for part in parts]}
        case s.Not(part):
            return {"not": _node(part)}
        case s.Everyone():
            return {"everyone": True}
        case s.Compare(field, op, value):
            return {"compare": [_field(field), op, _value(value)]}
        case s.Among(field, values):
            return {"among": [_field(field), [_value(value) for value in values]]}
        case s.Has(field):
            return {"has": _field(field)}
        case s.InTeam(team, role):
            return {"team": [team, role]}
        case s.Consent(channel, topic, state):
            return {"consent": [channel, topic, state]}
        case s.Answered(op, count, rounds, team):
            return {"answered": [op, count, rounds, team]}
        case s.Got(campaign, since, did, acts):
            return {"got": [campaign, None if since is None else _value(since), did, list(acts)]}


def _field(field: s.Field) -> str:
    return f"attribute.{field.name}" if field.own else field.name


def _value(value: s.Value) -> object:
    match value:
        case Decimal():
            return {"number": f"{value:f}"}
        case date():
            return {"day": value.isoformat()}
        case s.Ago(count, unit):
            return {"ago": [count, unit]}
    return value


def _part(data: object, depth: int) -> s.Node:
    if depth > DEEPEST + 2:
        raise Fault(f"Groups go {DEEPEST} deep at most. Build this part more simply.", 0, 0)
    if not isinstance(data, dict) or len(data) != 1:
        raise TypeError("a part of a query is an object of one key")
    what, said = next(iter(data.items()))
    match what:
        case "all" | "any":
            parts = tuple(_part(part, depth + 1) for part in _several(said))
            if len(parts) == 1:
                return parts[0]
            return s.And(parts) if what == "all" else s.Or(parts)
        case "not":
            return s.Not(_part(said, depth + 1))
    return _leaf(what, said)


def _several(said: object) -> list[Any]:
    if not isinstance(said, list) or not said:
        raise TypeError("a group is a list with something in it")
    if len(said) > TERMS:
        raise Fault(f"A query has at most {TERMS} conditions. Put values into one list.", 0, 0)
    return said


def _leaf(what: str, said: Any) -> s.Leaf:  # noqa: PLR0911  # one line for each kind of condition
    match what, said:
        case "everyone", True:
            return s.Everyone()
        case "compare", [str(field), str(op), value]:
            return s.Compare(_named(field), _of(op, s.OPS), _read(value))
        case "among", [str(field), list(values)] if values:
            return s.Among(_named(field), tuple(_read(value) for value in values))
        case "has", str(field):
            return s.Has(_named(field))
        case "team", [team, role]:
            return s.InTeam(_text(team), None if role is None else _of(role, s.ROLES))
        case "consent", [str(channel), topic, str(state)]:
            return s.Consent(_of(channel, s.CHANNELS), _text(topic), _of(state, s.STATES))
        case "answered", [str(op), int(count), int(rounds), team]:
            return s.Answered(_of(op, s.COUNTS), count, rounds, _text(team))
        case "got", [campaign, since, did, list(acts)]:
            return _got(campaign, since, did, acts)
    raise ValueError(f"no condition is called {what}")


def _got(campaign: Any, since: Any, did: Any, acts: list[Any]) -> s.Got:
    day = None if since is None else _read(since)
    if isinstance(campaign, bool) or not isinstance(campaign, str | int | None):
        raise TypeError("a campaign has a name or a number")
    if not isinstance(did, bool | None) or (did is None) == bool(acts) or not isinstance(day, date | s.Ago | None):
        raise TypeError("acts go with did, and since goes with a day")
    return s.Got(campaign, day, did, tuple(act for act in s.ACTS if act in [_of(one, s.ACTS) for one in acts]))


def _named(text: str) -> s.Field:
    name = text.removeprefix("attribute.")
    if name == text:
        return s.Field(_of(name, tuple(s.FIELDS)))
    if not _NAME.fullmatch(name):
        raise ValueError("attributes are called by a-z, 0-9 and _")
    return s.Field(name, own=True)


def _of(said: object, choices: tuple[Any, ...]) -> Any:
    if said not in choices:
        raise ValueError(f"{said!r} is none of {choices}")
    return said


def _text(said: object) -> str | None:
    if not isinstance(said, str | None):
        raise TypeError("a name is a text")
    return said


def _read(said: object) -> s.Value:
    match said:
        case bool() | str():
            return said
        case {"number": str(number)} if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", number):
            return Decimal(number)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case {"ago": [int(count), str(unit)]}:
            return s.Ago(count, _of(unit, s.UNITS))
    raise TypeError("no value of a query")
