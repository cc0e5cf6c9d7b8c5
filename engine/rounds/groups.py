"""Who is in a digest and under which head: answered, not answered, away, not asked yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

ASKED = ("sent", "delivered", "complained", "in_doubt")


@dataclass(frozen=True, slots=True)
class Said:
    """What one person wrote for one round: texts under each question, in order, and the ids of their entries."""

    local_date: date
    question: str
    texts: list[str]
    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Person:
    """One member in a digest; `note` says why, where the head alone does not."""

    membership_id: int
    name: str
    said: list[Said] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """The four heads of a digest."""

    answered: list[Person] = field(default_factory=list)
    not_answered: list[Person] = field(default_factory=list)
    away: list[Person] = field(default_factory=list)
    not_asked: list[Person] = field(default_factory=list)


def grouped(entries: Sequence[Any], members: Sequence[Any]) -> Groups:
    """Put everybody under one head. `entries` and `members` are the rows of queries.digesting for one range.

    Who has entries in the range answered, whatever round they joined; others go by their newest part in a round that
    the range covers.
    """
    groups = Groups()
    said = _said(entries)
    for person, parts in _by_person(members):
        if person in said:
            groups.answered.append(Person(person, parts[-1].name, said[person]))
        elif (head := _head(parts)) is not None:
            getattr(groups, head[0]).append(Person(person, parts[-1].name, [], head[1]))
    return groups


def by_range(rows: Iterable[Any]) -> dict[int, list[Any]]:
    """Rows of several ranges, by their `range`."""
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.range, []).append(row)
    return grouped


def _by_person(members: Iterable[Any]) -> list[tuple[int, list[Any]]]:
    people: dict[int, list[Any]] = {}
    for row in members:
        people.setdefault(row.membership_id, []).append(row)
    return list(people.items())


def _said(entries: Iterable[Any]) -> dict[int, list[Said]]:
    said: dict[int, list[Said]] = {}
    for row in entries:
        question = row.questions[row.question] if row.question is not None and row.question < len(row.questions) else ""
        mine = said.setdefault(row.membership_id, [])
        if not mine or (mine[-1].local_date, mine[-1].question) != (row.local_date, question):
            mine.append(Said(row.local_date, question, []))
        mine[-1].texts.append(row.text)
        mine[-1].ids.append(row.id)
    return said


def _head(parts: Sequence[Any]) -> tuple[str, str] | None:
    """(head, note) of somebody without entries in the range, or None for somebody who had no question in it."""
    last = parts[-1]
    if last.left_at is not None or last.role == "observer":
        return None
    took_part = [part for part in parts if part.state is not None]
    if took_part:
        return _head_of(took_part[-1])
    if last.away:
        return "away", ""
    waiting = last.next_prompt_day is not None and last.next_prompt_day <= last.local_date
    return ("not_asked", "") if waiting else None


def _head_of(part: Any) -> tuple[str, str]:
    if part.state == "answered":
        return "answered", "answered before"
    if part.state == "excused":
        return "away", part.reason if part.reason != "away" else ""
    if part.state == "due" or (part.state == "missed" and part.delivery not in ASKED):
        return "not_asked", ""
    return "not_answered", ""
