"""A query as a tree. Nodes are frozen and equal by what they say; `at`, their place in the text, does not count."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Op = Literal["is", "<", "<=", ">", ">=", "contains", "starts", "ends"]
Count = Literal["less than", "at most", "exactly", "at least", "more than"]
Unit = Literal["day", "week", "month", "year"]
Act = Literal["open", "click", "reply"]
State = Literal["given", "withdrawn", "unknown"]

OPS: tuple[Op, ...] = ("is", "<", "<=", ">", ">=", "contains", "starts", "ends")
CHANNELS = ("mail", "sms", "chat")
UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
ACTS: tuple[Act, ...] = ("open", "click", "reply")
STATES: tuple[State, ...] = ("given", "withdrawn", "unknown")
COUNTS: tuple[Count, ...] = ("less than", "at most", "exactly", "at least", "more than")
ROLES = ("manager", "member", "observer")
FIELDS = {"email": "text", "name": "text", "locale": "text", "zone": "text", "added": "date", "tags": "list"}
# A word that begins a condition, or that may follow one: an attribute of that name is written attribute.name.
RESERVED = frozenset({*FIELDS, *ACTS, "everyone", "in", "consent", "answered", "got", "did", "not", "and", "or"})


class Span(NamedTuple):
    """Characters of the text: from `start` up to `end`, which is excluded."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Ago:
    """A day counted from today in the workspace's zone: `count` units before it, or (negative) after it."""

    count: int
    unit: Unit


Value = str | Decimal | bool | date | Ago


@dataclass(frozen=True, slots=True)
class Field:
    """What a condition is about: a fact that every contact has, or (`own`) an attribute of the workspace's own."""

    name: str
    own: bool = False
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Everyone:
    """Every contact that may be written to at all."""

    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against one value. A list `contains` a value; a text contains, starts or ends with one."""

    field: Field
    op: Op
    value: Value
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Among:
    """A field that is one of several values; addresses may be pasted here."""

    field: Field
    values: tuple[Value, ...]
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Has:
    """A field that has a value at all."""

    field: Field
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class InTeam:
    """Who is in a team today, by its name; None is any team, or any role."""

    team: str | None = None
    role: str | None = None
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said last about a channel, or about a topic there. Unknown: they never said."""

    channel: str
    topic: str | None
    state: State
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """How many of the newest `rounds` in which somebody was asked they answered; who was never asked is not meant."""

    op: Count
    count: int
    rounds: int
    team: str | None = None
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Got:
    """Whom a campaign reached (by name or number, None: any), and whether they then did one of `acts`."""

    campaign: str | int | None
    since: date | Ago | None = None
    did: bool | None = None
    acts: tuple[Act, ...] = ()
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else."""

    part: Node
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts, at least two."""

    parts: tuple[Node, ...]
    at: Span = _field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts or more, at least two."""

    parts: tuple[Node, ...]
    at: Span = _field(default=NOWHERE, compare=False)


Leaf = Everyone | Compare | Among | Has | InTeam | Consent | Answered | Got
Node = Leaf | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query."""

    where: Node
