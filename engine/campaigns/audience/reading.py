"""Text to tree, by recursive descent: one function for each rule of docs/howto/audience.md, one word ahead.

    query     = either                          either = both { "or" both }
    both      = part { "and" part }             part   = "not" part | "(" either ")" | condition

Depth, terms and length are bounded, so that whatever is sent is read or refused in milliseconds.
"""

from __future__ import annotations

from engine.campaigns.audience.conditions import condition
from engine.campaigns.audience.syntax import And, Node, Not, Or, Query, Span
from engine.campaigns.audience.tokens import tokens
from engine.campaigns.audience.words import Words
from engine.errors import Fault

DEEPEST = 20  # brackets and nots inside each other
TERMS = 200  # conditions


def read(text: str) -> Query:
    """The query that a text says. Raises Fault with the place of the first thing that is wrong."""
    words = Words(tokens(text))
    if words.is_over():
        raise Fault("Nobody is meant yet. Write a condition, or everyone.", 0, len(text))
    where = _Reader(words).either(0)
    if words.here.text == ")":
        raise words.fault("No bracket is open here. Take this one out, or open one before it.")
    if not words.is_over():
        raise words.fault("Write and, or, or nothing after a condition.")
    return Query(where)


class _Reader:
    """The rules that nest. It counts what it has read."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.terms = 0

    def either(self, depth: int) -> Node:
        """Parts joined by "or"."""
        start, parts = self.words.here.start, [self.both(depth)]
        while self.words.take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(_flat(Or, parts), self.words.since(start))

    def both(self, depth: int) -> Node:
        """Parts joined by "and"."""
        start, parts = self.words.here.start, [self.part(depth)]
        while self.words.take("and"):
            parts.append(self.part(depth))
        return parts[0] if len(parts) == 1 else And(_flat(And, parts), self.words.since(start))

    def part(self, depth: int) -> Node:
        """A condition, its opposite, or a bracket."""
        words, first = self.words, self.words.here
        if depth > DEEPEST:
            raise words.fault(f"Brackets and nots go {DEEPEST} deep at most. Write this part more simply.")
        if words.take("not"):
            return Not(self.part(depth + 1), words.since(first.start))
        if words.take("("):
            inner = self.either(depth + 1)
            words.expect(")", "This bracket is never closed. Close it with ) where its part ends.", first)
            return inner
        self.terms += 1
        if self.terms > TERMS:
            raise words.fault(f"A query has at most {TERMS} conditions. Put values into one list: in (…).")
        return condition(words)


def _flat(kind: type[And] | type[Or], parts: list[Node]) -> tuple[Node, ...]:
    """Brackets around what is joined by the same word change nothing."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And | Or) and type(part) is kind else (part,)
    return tuple(flat)


__all__ = ["DEEPEST", "TERMS", "Fault", "Span", "read"]
