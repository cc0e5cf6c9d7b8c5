"""Conditions on what the contact's own row says. Each is true or false for every row, never NULL: so is its opposite.

Equality of attributes is containment (`@>`), which the index on them answers. Comparisons read the JSON, and pass by
values of another kind than is compared: an attribute may have had another kind before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Text, any_, case, cast, false, func, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from engine.campaigns.audience.queries.days import Days
from engine.campaigns.audience.syntax import Ago, Among, Compare, Field, Has, Value
from engine.models import Contact

Condition = ColumnElement[bool]
FEW = 8  # values that are asked for one by one, so that an index can answer; more are compared with the row's own
_ORDER: dict[str, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_COLUMNS: dict[str, Any] = {
    "email": Contact.email_key, "name": Contact.name, "locale": Contact.locale, "zone": Contact.zone,
}  # fmt: skip


def compare(one: Compare, days: Days) -> Condition:
    """A field against one value."""
    if one.op == "is":
        return _is(one.field, one.value, days)
    if one.op in _ORDER:
        return _ordered(one.field, one.op, one.value, days)
    return _within(one.field, one.op, str(one.value))


def among(one: Among, days: Days) -> Condition:
    """A field that is one of several values."""
    field, values = one.field, one.values
    if not field.own and field.name == "tags":
        return Contact.tags.op("&&", is_comparison=True)(literal(_texts(values), ARRAY(Text)))
    if not field.own and field.name != "added":
        return _known(field, _column(field) == any_(literal([_key(field, value) for value in values], ARRAY(Text))))
    if field.own and all(isinstance(value, str) for value in values) and len(values) > FEW:
        return _sure(Contact.attributes[field.name].has_any(literal(_texts(values), ARRAY(Text))))
    if field.own and all(isinstance(value, Decimal) for value in values) and len(values) > FEW:
        return _as_number(field, lambda number: number == any_(literal(list(values), ARRAY(Numeric))))
    if field.own and all(isinstance(value, date | Ago) for value in values) and len(values) > FEW:
        return _sure(_text(field) == any_(array([_day(value, days) for value in values])))
    several = [_is(field, value, days) for value in values]
    if field.own:
        several += [_contains(field, value) for value in values if isinstance(value, str)]
    return or_(*several)


def has(one: Has) -> Condition:
    """A field that has a value; an empty text or list is none."""
    field = one.field
    if field.own:
        return func.coalesce(_text(field), "").not_in(("", "[]"))
    if field.name == "tags":
        return func.cardinality(Contact.tags) > 0
    return true() if field.name == "added" else func.coalesce(_column(field), "") != ""


def _is(field: Field, value: Value, days: Days) -> Condition:
    if field.own:
        return _holds(days.json(field.name, value) if isinstance(value, Ago) else _json(field.name, value))
    if field.name == "added" and isinstance(value, date | Ago):
        return (Contact.made_at >= days.start(value)) & (Contact.made_at < days.start(value, 1))
    if field.name in _COLUMNS:
        return _known(field, _column(field) == _key(field, value))
    return false()


def _ordered(field: Field, op: str, value: Value, days: Days) -> Condition:
    asked = _ORDER[op]
    if isinstance(value, Decimal):
        return _as_number(field, lambda number: asked(number, value)) if field.own else false()
    if not isinstance(value, date | Ago):
        return false()
    if field.own:
        return _sure(asked(_text(field).collate("C"), days.text(value)))
    if field.name != "added":
        return false()
    # Up to a day is before the next one begins; after a day is from the next one on.
    later = 1 if op in ("<=", ">") else 0
    start = days.start(value, later)
    return Contact.made_at < start if op in ("<", "<=") else Contact.made_at >= start


def _within(field: Field, op: str, value: str) -> Condition:
    if op == "contains" and not field.own and field.name == "tags":
        return Contact.tags.contains([value])
    if not field.own and field.name not in _COLUMNS:
        return false()
    text = _text(field) if field.own else _column(field)
    found = _part_of(func.lower(func.coalesce(text, "")), op, func.lower(cast(value, Text)))
    if not field.own:
        return found
    kind = func.jsonb_typeof(Contact.attributes[field.name])
    return case((kind == "string", found), (kind == "array", _contains(field, value)), else_=false())


def _part_of(text: ColumnElement[str], op: str, part: ColumnElement[str]) -> Condition:
    if op == "starts":
        return func.starts_with(text, part)
    if op == "ends":
        return func.right(text, func.length(part)) == part
    return func.strpos(text, part) > 0


def _contains(field: Field, value: Value) -> Condition:
    """Whether a list has a value among its own."""
    return _holds(literal({field.name: [str(value)]}, JSONB))


def _holds(part: ColumnElement[Any]) -> Condition:
    """Whether attributes contain these. What is looked for is one constant: made by a function, it would be made anew
    for every row, which took longer than all the rest."""
    return Contact.attributes.op("@>", is_comparison=True)(part)


def _json(name: str, value: Value) -> ColumnElement[Any]:
    """An object of one constant. Numbers keep every digit, so they go as text that PostgreSQL reads."""
    if isinstance(value, Decimal):
        return cast(literal(f'{{"{name}": {value:f}}}', Text), JSONB)
    return literal({name: value.isoformat() if isinstance(value, date) else value}, JSONB)


def _as_number(field: Field, asked: Callable[[ColumnElement[Any]], Any]) -> Condition:
    found = Contact.attributes[field.name]
    return case((func.jsonb_typeof(found) == "number", asked(cast(found, Numeric))), else_=false())


def _text(field: Field) -> ColumnElement[str]:
    found: ColumnElement[str] = Contact.attributes[field.name].astext
    return found


def _column(field: Field) -> Any:
    return _COLUMNS[field.name]


def _key(field: Field, value: Value) -> str:
    """A value as the column keeps it: addresses are compared without capital letters."""
    return str(value).strip().casefold() if field.name == "email" else str(value)


def _day(value: Value, days: Days) -> ColumnElement[str]:
    assert isinstance(value, date | Ago)
    return days.text(value)


def _texts(values: Sequence[Value]) -> list[str]:
    return [str(value) for value in values]


def _known(field: Field, condition: Any) -> Condition:
    """A condition on a column, which stays one that an index can answer unless the column may be NULL."""
    return _sure(condition) if field.name == "zone" else condition


def _sure(condition: Any) -> Condition:
    return func.coalesce(condition, false())
