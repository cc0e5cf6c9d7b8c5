"""Tree to text: the one way a query is written. What is written reads as the same tree."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from engine.campaigns.audience.syntax import (
    RESERVED,
    Ago,
    Among,
    And,
    Answered,
    Compare,
    Consent,
    Everyone,
    Field,
    Got,
    Has,
    InTeam,
    Leaf,
    Node,
    Not,
    Or,
    Query,
    Value,
)

_BARE = re.compile(r"[a-z_][a-z0-9_]*")
_DAYS = {"<": "before", ">": "after", ">=": "since", "<=": "until"}
_TEXTS = {"contains": "contains", "starts": "starts with", "ends": "ends with"}
_NOT_TEXTS = {"contains": "does not contain", "starts": "does not start with", "ends": "does not end with"}
_NAMED = {0: "today", 1: "yesterday", -1: "tomorrow"}


def write(query: Query) -> str:
    """A query as its canonical text."""
    return node(query.where)


def node(one: Node) -> str:
    """A part of a query as text."""
    if isinstance(one, Or):
        return " or ".join(_inside(part, (Or,)) for part in one.parts)
    if isinstance(one, And):
        return " and ".join(_inside(part, (Or, And)) for part in one.parts)
    if isinstance(one, Not):
        return _opposite(one.part)
    return _leaf(one)


def _inside(part: Node, bracketed: tuple[type[Node], ...]) -> str:
    text = node(part)
    return f"({text})" if isinstance(part, bracketed) else text


def _leaf(one: Leaf) -> str:  # noqa: PLR0911  # one line for each kind of condition
    match one:
        case Everyone():
            return "everyone"
        case Compare(field, op, value):
            return f"{name(field)} {_operator(op, value)} {literal(value)}"
        case Among(field, values):
            return f"{name(field)} in ({', '.join(map(literal, values))})"
        case Has(field):
            return f"{name(field)} has a value"
        case InTeam(team, role):
            where = "in any team" if team is None else f"in team {quoted(team)}"
            return f"{where} as {role}" if role else where
        case Consent():
            return _consent(one, "is")
        case Answered(op, count, rounds, team):
            said = f"answered {op} {count} of the last {rounds} rounds"
            return said if team is None else f"{said} in team {quoted(team)}"
        case Got():
            return _got(one)


def _opposite(part: Node) -> str:  # noqa: PLR0911  # one line for each kind of condition
    """The opposite of a part, as one would say it where there is a way."""
    match part:
        case Compare(field, "is", value):
            return f"{name(field)} is not {literal(value)}"
        case Compare(field, op, value) if op in _NOT_TEXTS:
            return f"{name(field)} {_NOT_TEXTS[op]} {literal(value)}"
        case Among(field, values):
            return f"{name(field)} not in ({', '.join(map(literal, values))})"
        case Has(field):
            return f"{name(field)} has no value"
        case InTeam(None, None):
            return "in no team"
        case Consent():
            return _consent(part, "is not")
        case Got(campaign, since, None):
            return f"did not get {_campaign(campaign)}{_since(since)}"
        case Or() | And() | Got():
            return f"not ({node(part)})"
        case _:
            return f"not {node(part)}"


def _consent(one: Consent, verb: str) -> str:
    about = "" if one.topic is None else f" about {quoted(one.topic)}"
    return f"consent to {one.channel}{about} {verb} {one.state}"


def _got(one: Got) -> str:
    said = f"got {_campaign(one.campaign)}{_since(one.since)}"
    if one.did is None:
        return said
    first, last = ", ".join(one.acts[:-1]), one.acts[-1]
    return f"{said} and did {'' if one.did else 'not '}{f'{first} or {last}' if first else last}"


def _campaign(one: str | int | None) -> str:
    if one is None:
        return "any campaign"
    return f"campaign {one}" if isinstance(one, int) else f"campaign {quoted(one)}"


def _since(one: date | Ago | None) -> str:
    return "" if one is None else f" since {literal(one)}"


def _operator(op: str, value: Value) -> str:
    if isinstance(value, date | Ago):
        return _DAYS.get(op, op)
    return _TEXTS.get(op, op)


def name(field: Field) -> str:
    """A field as a query names it."""
    bare = not field.own or (_BARE.fullmatch(field.name) and field.name not in RESERVED)
    return field.name if bare else f"attribute.{field.name}"


def quoted(text: str) -> str:
    """A text in quotation marks."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal(value: Value) -> str:
    """A value as a query writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Ago):
        return _ago(value)
    return quoted(value)


def _ago(one: Ago) -> str:
    if one.unit == "day" and one.count in _NAMED:
        return _NAMED[one.count]
    count, way = abs(one.count), "ago" if one.count >= 0 else "from now"
    return f"{count} {one.unit}{'' if count == 1 else 's'} {way}"
