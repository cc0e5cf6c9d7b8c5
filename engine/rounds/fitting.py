"""How much of what a team wrote fits into one mail: Gmail shows 102 KB of HTML and hides the rest. Pure.

Who wrote little is shown whole; what is left of the room is shared alike by those who wrote more. Sizes are of the
HTML part in UTF-8, a little above what the template makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from engine.rounds.groups import Person, Said

ROOM = 80_000  # bytes for people and their entries; the rest of a digest is about 10,000
PERSON, HEAD, ENTRY = 420, 170, 360  # bytes around a person, a day or question of theirs, an entry and its link
COMMENTS = 20_000  # bytes of what was said about the days
LEAST = 530  # bytes of entries; with less there is no use in a person's own place
DOTS = "…"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A person as far as there is room, and how many of their entries are left out."""

    person: Person
    more: int = 0


def fitted(people: Sequence[Person], room: int = ROOM) -> tuple[list[Fitted], list[Person]]:
    """What is shown of each, in order; and those for whom there is no place of their own, named alone."""
    placed = people[: max(1, room // (PERSON + LEAST))]
    sizes = [_size(person) for person in placed]
    cap = _cap(sizes, room - PERSON * len(placed))
    return [
        Fitted(person) if size <= cap else _cut(person, cap) for person, size in zip(placed, sizes, strict=True)
    ], list(people[len(placed) :])  # fmt: skip


def comments_fitted(texts: Sequence[str], room: int = COMMENTS) -> tuple[list[str], int]:
    """The comments that there is room for, shortened where one alone would take it; and what all of them take."""
    kept: list[str] = []
    taken = 0
    for text in texts:
        shown = text if ENTRY + len(escape(text).encode()) <= room // 4 else _shortened(text, room // 4 - ENTRY)
        taken += _entry(shown)
        if taken > room:
            return kept, room
        kept.append(shown)
    return kept, taken


def _size(person: Person) -> int:
    return sum(HEAD + sum(map(_entry, said.texts)) for said in person.said)


def _entry(text: str) -> int:
    return ENTRY + len(escape(text).encode())


def _cap(sizes: Sequence[int], room: int) -> int:
    """The most that one person may take so that all of them fit."""
    left, waiting = room, sorted(sizes)
    for n, size in enumerate(waiting):
        share = left // (len(waiting) - n)
        if size > share:
            return share
        left -= size
    return max(waiting, default=0)


def _cut(person: Person, cap: int) -> Fitted:
    kept: list[Said] = []
    for said in person.said:
        texts, cap = _texts(said.texts, cap - HEAD, first=not kept)
        if texts:
            kept.append(replace(said, texts=texts))
        if len(texts) < len(said.texts):
            break
    shown = sum(len(said.texts) for said in kept)
    return Fitted(replace(person, said=kept), sum(len(said.texts) for said in person.said) - shown)


def _texts(texts: Sequence[str], cap: int, first: bool) -> tuple[list[str], int]:
    """The texts that fit into `cap`, and what is left of it. The first of all is cut rather than left out."""
    kept: list[str] = []
    for text in texts:
        if _entry(text) > cap:
            if first and not kept:
                kept.append(_shortened(text, cap - ENTRY))
                return kept, 0
            break
        kept.append(text)
        cap -= _entry(text)
    return kept, cap


def _shortened(text: str, size: int) -> str:
    """As many words as `size` bytes hold; letters of a text without blanks."""
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(escape(text[:middle]).encode()) <= size else (low, middle - 1)
    cut = text[:low]
    return (cut.rsplit(None, 1)[0] if " " in cut.strip() else cut).rstrip() + DOTS
