"""Whether a query fits the workspace: known names, and values and questions that fit each field's kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from engine.campaigns.audience.syntax import (
    FIELDS,
    Ago,
    Among,
    And,
    Answered,
    Compare,
    Consent,
    Field,
    Got,
    Has,
    InTeam,
    Leaf,
    Node,
    Not,
    Or,
    Query,
    Span,
    Value,
)
from engine.campaigns.audience.writing import literal, name
from engine.errors import Fault

ASKED = {  # what may be asked of a field, by its kind
    "text": ("is", "contains", "starts", "ends"),
    "number": ("is", "<", "<=", ">", ">="),
    "bool": ("is",),
    "date": ("is", "<", "<=", ">", ">="),
    "list": ("contains",),
}
_HOW = {
    "text": 'is "…", contains "…", starts with "…", ends with "…", in ("…", "…") or has no value',
    "number": "is 5, < 5, <= 5, > 5, >= 5, in (5, 6) or has no value",
    "bool": "is yes, is no or has no value",
    "date": "is, before, after, since or until a day, such as 2026-11-22 or 30 days ago, or has no value",
    "list": 'contains "…", in ("…", "…") (one of them or more) or has no value',
}
_KINDS = {
    "text": "a text", "number": "a number", "bool": "yes or no", "date": "a day", "list": "a list of texts",
}  # fmt: skip
_CONDITIONS = 100  # on other tables than the contacts' own: each is a join


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a workspace has: the kind of each attribute, teams, topics, campaigns by name and number."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    teams: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()  # of campaigns


def check(query: Query, known: Known) -> None:
    """Raise the first Fault of a query, by its place."""
    for fault in faults(query, known):
        raise fault


def faults(query: Query, known: Known) -> Iterator[Fault]:
    """All that does not fit, in the order of the text."""
    joins = 0
    for leaf in leaves(query.where):
        joins += isinstance(leaf, Consent | InTeam | Answered | Got)
        if joins > _CONDITIONS:
            words = f"A query has at most {_CONDITIONS} conditions on teams, consent, check-ins and campaigns."
            yield _fault(words, leaf.at)
            return
        yield from _of_leaf(leaf, known)


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a query, from its beginning to its end."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def kind_of(one: Field, known: Known) -> str | None:
    """The kind of a field, or None where the workspace has no such attribute."""
    return known.attributes.get(one.name) if one.own else FIELDS[one.name]


def _of_leaf(leaf: Leaf, known: Known) -> Iterator[Fault]:
    match leaf:
        case Compare() | Among() | Has():
            yield from _of_field(leaf, known)
        case InTeam(team):
            yield from _named("team", team, known.teams, leaf.at)
        case Answered(team=team):
            yield from _named("team", team, known.teams, leaf.at)
        case Consent(topic=topic):
            yield from _named("topic", topic, known.topics, leaf.at)
        case Got(campaign=int(number)):
            if number not in known.numbers:
                yield _fault(f"There is no campaign {number} here. Its page says its number.", leaf.at)
        case Got(campaign=str(title)):
            yield from _named("campaign", title, known.campaigns, leaf.at)


def _named(noun: str, title: str | None, known: Iterable[str], at: Span) -> Iterator[Fault]:
    if title is not None and title not in known:
        yield _fault(f"There is no {noun} called “{_cut(title)}” here.{_like(title, known)}", at)


def _of_field(leaf: Compare | Among | Has, known: Known) -> Iterator[Fault]:
    one = leaf.field
    kind = kind_of(one, known)
    if kind is None:
        names = [*FIELDS, *known.attributes]
        yield _fault(f"There is no field or attribute called {_cut(one.name)}.{_like(one.name, names)}", one.at)
        return
    if isinstance(leaf, Compare) and (leaf.op not in ASKED[kind] or not _fits(leaf.value, kind)):
        yield _misfit(one, kind, leaf.at)
    elif isinstance(leaf, Compare) and leaf.op in ("contains", "starts", "ends") and leaf.value == "":
        yield _fault("Every text has nothing in it. Write at least one letter between the quotation marks.", leaf.at)
    if isinstance(leaf, Among):
        wrong = [value for value in leaf.values if not _fits(value, kind)]
        if kind == "bool":
            yield _misfit(one, kind, leaf.at)
        elif wrong:
            words = f"{_called(one)} is {_KINDS[kind]}, and {_cut(literal(wrong[0]))} in the list is not. Take it out."
            yield _fault(words, leaf.at)


def _fits(value: Value, kind: str) -> bool:
    match value:
        case bool():
            return kind == "bool"
        case Decimal():
            return kind == "number"
        case date() | Ago():
            return kind == "date"
        case str():
            return kind in ("text", "list")


def _misfit(one: Field, kind: str, at: Span) -> Fault:
    return _fault(f"{_called(one)} is {_KINDS[kind]}. Ask of it: {_HOW[kind]}.", at)


def _called(one: Field) -> str:
    return f"The {'attribute' if one.own else 'field'} {name(one)}"


def _like(wrong: str, known: Iterable[str]) -> str:
    """The name that was probably meant. Few names are compared: this runs while somebody types."""
    by_key = {name.casefold(): name for name in sorted(known)[:500]}
    close = get_close_matches(wrong.casefold()[:100], by_key, n=1)
    return f" Did you mean {by_key[close[0]]}?" if close else ""


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _fault(words: str, at: Span) -> Fault:
    return Fault(words, at.start, at.end)
