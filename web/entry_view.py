"""From rows to what the page of entries shows: by day and person, with matches marked and tags to follow. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from engine.inbound.queries.remarking import NO_COMMENTS, Shown
from engine.inbound.search import Query


class Part(NamedTuple):
    """A part of a text. `found`: it was looked for; `tag`: it is one."""

    text: str
    found: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on an entry, or on a day. `may_change`: the reader may take it away."""

    id: int
    name: str
    text: str
    at: datetime
    may_change: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One entry. `may_change`: the reader may edit, remove and restore it."""

    id: int
    text: str
    parts: list[Part]
    kind: str
    at: datetime
    edited_at: datetime | None
    removed_at: datetime | None
    may_change: bool
    comments: Sequence[Remark] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person wrote for one day: (question or empty, entries) in order; `at` is the first entry's instant."""

    name: str
    membership_id: int
    at: datetime
    said: list[tuple[str, list[Said]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one date."""

    local_date: date
    voices: list[Voice] = field(default_factory=list)
    comments: Sequence[Remark] = ()


def days_of(
    rows: Sequence[Any], words: Query, may_change: Callable[[Any], bool], comments: Shown = NO_COMMENTS
) -> list[Day]:
    """Rows of queries.finding, in their order, as days; with what was said about them."""
    days: list[Day] = []
    who = None
    for row in rows:
        if not days or days[-1].local_date != row.local_date:
            days.append(Day(row.local_date, comments=_remarks(comments.on_days.get(row.local_date, ()), may_change)))
            who = None
        if who != row.membership_id:
            who = row.membership_id
            days[-1].voices.append(Voice(row.name, row.membership_id, row.at))
        about = _remarks(comments.on_entries.get(row.id, ()), may_change)
        _add(days[-1].voices[-1], question_of(row), said_of(row, words, may_change(row), about))
    return days


def _remarks(rows: Sequence[Any], may_change: Callable[[Any], bool]) -> list[Remark]:
    return [Remark(row.id, row.name, row.text, row.at, may_change(row)) for row in rows]


def said_of(row: Any, words: Query, may_change: bool, comments: Sequence[Remark] = ()) -> Said:
    """One row of queries.finding."""
    parts = parts_of(row.text, row.tags, words)
    return Said(row.id, row.text, parts, row.kind, row.at, row.edited_at, row.removed_at, may_change, comments)


def question_of(row: Any) -> str:
    """The question an entry answers, where the round had several."""
    several = len(row.questions) > 1 and row.question is not None and row.question < len(row.questions)
    return str(row.questions[row.question]) if several else ""


def parts_of(text: str, tags: Sequence[str], words: Query) -> list[Part]:
    """A text with its tags, and what was looked for, apart."""
    if not tags:
        return [Part(*part) for part in words.marked(text)]
    known = "|".join(re.escape(tag) for tag in sorted(tags, key=len, reverse=True))
    parts: list[Part] = []
    at = 0
    for found in re.finditer(rf"(?<![\w#&/])#({known})(?![\w-])", text, re.IGNORECASE):
        parts += [Part(*part) for part in words.marked(text[at : found.start()])]
        looked_for = any(hit for _, hit in words.marked(found[0]))
        parts.append(Part(found[0], looked_for, found[1].lower()))
        at = found.end()
    return [part for part in [*parts, *(Part(*part) for part in words.marked(text[at:]))] if part.text]


def _add(voice: Voice, question: str, said: Said) -> None:
    if not voice.said or voice.said[-1][0] != question:
        voice.said.append((question, []))
    voice.said[-1][1].append(said)


__all__ = ["Day", "Part", "Remark", "Said", "Voice", "days_of", "parts_of", "question_of", "said_of"]
