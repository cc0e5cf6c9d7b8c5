"""Contacts as a list: found by words, tag, team, standing, consent and suppression, newest first, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.people import rights
from engine.people.directory.queries import listing as queries
from engine.people.directory.queries.listing import Which
from engine.people.principal import Principal

PAGE = 50
SLICE = 1000  # contacts of a sheet that are read at once
TAGS = 100  # offered to choose from; any other may be typed
STANDINGS = ("known", "held", "refused")
_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(r"[.@]")


@dataclass(frozen=True, slots=True)
class Line:
    """One contact in the list. `teams`: (id, name) of those they are in."""

    id: int
    email: str
    name: str
    zone: str | None
    standing: str
    tags: tuple[str, ...]
    made_at: datetime
    teams: tuple[tuple[int, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `after` is the id from which the next one goes on; `cut`: more have these words than were looked at."""

    lines: tuple[Line, ...]
    after: int | None
    cut: bool


def words_of(typed: str) -> str:
    """What people type, as the index of words is asked: each word by its beginning, a part of an address by its own.

    Empty for nothing to look for. A word of one letter has to be there as it is: half of all begin with it.
    """
    asked = [one for part in typed.replace("\0", "").split() if (one := _asked(part))]
    return " & ".join(asked[:8])


def _asked(part: str) -> str:
    """One part between blanks; what has a dot or an @ inside is the beginning of an address or domain, or two words."""
    words = " & ".join(f"'{word}'" + (":*" if len(word) > 1 else "") for word in _WORD.findall(part.lower()))
    whole = part.strip(".,;:()<>\"'@").casefold()
    if words and _INSIDE.search(whole):
        quoted = whole.replace("\\", "\\\\").replace("'", "''")
        return f"'{quoted}':*" if "@" in whole else f"('{quoted}':* | ({words}))"
    return words


def listed(conn: Conn, principal: Principal, which: Which) -> Found:
    """One page of the list: at most three statements. Raises NotAllowed."""
    rights.require(principal, "see_contacts")
    rows = queries.listed(conn, principal.workspace_id, which, PAGE + 1)
    shown = rows[:PAGE]
    teams = teams_by_contact(conn, principal.workspace_id, [row.id for row in shown]) if shown else {}
    return Found(
        tuple(_line(row, teams) for row in shown),
        shown[-1].id if len(rows) > PAGE else None,
        _cut(conn, principal, which, rows),
    )


def _cut(conn: Conn, principal: Principal, which: Which, rows: Sequence[Any]) -> bool:
    """Whether more have the words than were looked at; asked for by itself only where nobody is listed."""
    if not which.words:
        return False
    return rows[0].looked > queries.MOST if rows else queries.too_many(conn, principal.workspace_id, which.words)


def teams_by_contact(conn: Conn, workspace_id: int, ids: Sequence[int]) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """(id, name) of the teams of these people, by person."""
    found: dict[int, tuple[tuple[int, str], ...]] = {}
    for row in queries.teams_of(conn, workspace_id, ids):
        found[row.contact_id] = (*found.get(row.contact_id, ()), (row.team_id, row.name))
    return found


def tags(conn: Conn, principal: Principal) -> list[str]:
    """Tags to choose from."""
    rights.require(principal, "see_contacts")
    return queries.tags(conn, principal.workspace_id, TAGS)


def slices(begin: Any, principal: Principal, which: Which) -> Iterator[Sequence[Any]]:
    """All contacts of a filter with what a sheet says of them, a slice at a time, each in a transaction of its own."""
    rights.require(principal, "see_contacts")
    while True:
        with begin() as conn:
            found = queries.whole(conn, principal.workspace_id, which, SLICE)
        yield found
        if len(found) < SLICE:
            return
        which = replace(which, before=found[-1].id)


def _line(row: Any, teams: Mapping[int, tuple[tuple[int, str], ...]]) -> Line:
    of = (row.id, row.email, row.name, row.zone, row.standing, tuple(row.tags), row.made_at)
    return Line(*of, teams.get(row.id, ()))


__all__ = ["PAGE", "STANDINGS", "Found", "Line", "Which", "listed", "slices", "tags", "teams_by_contact", "words_of"]
