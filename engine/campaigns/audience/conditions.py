"""One condition of a query: what it begins with says which rule reads it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.campaigns.audience.dates import day, is_day
from engine.campaigns.audience.phrases import answered, consent, got, in_team
from engine.campaigns.audience.syntax import FIELDS, Among, Compare, Everyone, Field, Has, Leaf, Not, Op, Value
from engine.campaigns.audience.tokens import Kind
from engine.campaigns.audience.words import Words

LISTED = 500  # values in one list
_SIGNS: dict[str, Op] = {
    "=": "is", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "before": "<", "after": ">", "since": ">=", "until": "<=",
}  # fmt: skip
_TEXTS: dict[str, Op] = {
    "contains": "contains", "starts": "starts", "ends": "ends", "contain": "contains", "start": "starts", "end": "ends",
}  # fmt: skip
_IN = ((False, ("in",)), (False, ("is", "in")), (True, ("not", "in")), (True, ("is", "not", "in")))
_OPERATORS = (
    "Say what is asked of it: is, is not, <, >, before, after, contains, starts with, ends with, in (…), has no value."
)
_PHRASES: dict[str, Callable[[Words], Leaf | Not]] = {
    "in": in_team, "consent": consent, "answered": answered, "got": got, "did": got,
}  # fmt: skip


def condition(words: Words) -> Leaf | Not:
    """The condition that begins here."""
    first = words.here
    if first.kind is not Kind.WORD:
        raise words.fault(_beginning(first.kind))
    if words.take("everyone"):
        return Everyone(words.since(first.start))
    phrase = _PHRASES.get(first.text)
    if phrase is not None:
        return phrase(words)
    if first.text in ("and", "or", "is", "not"):
        raise words.fault("A condition is missing before this word.")
    return _about(words, _field(words))


def _beginning(kind: Kind) -> str:
    if kind is Kind.END:
        return "The query ends too early: a condition is missing here."
    return 'A condition begins with a field, such as email, tags or an attribute; a text stands behind: name is "Ada".'


def _field(words: Words) -> Field:
    token = words.next()
    name = token.text.removeprefix("attribute.")
    at = words.since(token.start)
    return Field(name, own=name != token.text or name not in FIELDS, at=at)


def _about(words: Words, field: Field) -> Leaf | Not:
    """What is asked of a field."""
    start = field.at.start
    if words.take("has"):
        return _has(words, field)
    for negated, said in _IN:
        if words.take(*said):
            among = Among(field, _list(words), words.since(start))
            return Not(among, among.at) if negated else among
    negated = words.take("does", "not")
    if words.here.text in _TEXTS and words.here.kind is Kind.WORD:
        op = _TEXTS[words.next().text]
        words.take("with")
    elif negated:
        raise words.fault("Write contain, start with or end with after does not.")
    else:
        op, negated = _operator(words)
    compare = Compare(field, op, value(words), words.since(start))
    return Not(compare, compare.at) if negated else compare


def _operator(words: Words) -> tuple[Op, bool]:
    if words.take("is"):
        return "is", words.take("not")
    if words.take("!="):
        return "is", True
    op = _SIGNS.get(words.here.text) if words.here.kind in (Kind.SIGN, Kind.WORD) else None
    if op is None:
        raise words.fault(_OPERATORS)
    words.next()
    return op, False


def _has(words: Words, field: Field) -> Leaf | Not:
    none = words.take("no")
    if not none:
        words.take("a")
    words.expect("value", "Write has a value, or has no value.")
    has = Has(field, words.since(field.at.start))
    return Not(has, has.at) if none else has


def _list(words: Words) -> tuple[Value, ...]:
    """Values in brackets. Commas part them, semicolons and line ends do as well: lists are pasted."""
    first = words.here
    words.expect("(", 'A list stands in brackets: in ("a", "b").')
    found: list[Value] = []
    while not words.take(")"):
        if words.here.kind is Kind.END:
            raise words.fault("This list is never closed. Close it with ) after its last value.", first)
        if len(found) == LISTED:
            raise words.fault(f"A list has at most {LISTED} values. Import a longer one with a tag, and ask for that.")
        found.append(value(words))
        while words.take(",") or words.take(";"):
            pass
    if not found:
        raise words.fault("This list is empty. Write at least one value into it.", first)
    return tuple(found)


def value(words: Words) -> Value:
    """A text, address, number, date, or yes and no."""
    word = words.here
    if word.kind in (Kind.STRING, Kind.ADDRESS):
        return words.next().text
    if is_day(words):
        return day(words)
    if word.kind is Kind.NUMBER:
        return Decimal(words.next().text)
    if word.kind is Kind.WORD and word.text in ("true", "false", "yes", "no"):
        return words.next().text in ("true", "yes")
    if word.kind is Kind.END:
        raise words.fault("A value is missing at the end: a text in quotation marks, a number, a date, yes or no.")
    if word.kind is Kind.WORD:
        raise words.fault('Texts stand in quotation marks: write " before this one and " behind it.')
    raise words.fault("A value is missing here: a text in quotation marks, a number, a date, yes or no.")
