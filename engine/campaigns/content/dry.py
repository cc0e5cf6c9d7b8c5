"""A dry run: the mail of every recipient is filled before anybody gets one, and who would fail is listed with why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.making import Made
from engine.campaigns.content.persons import NOBODYS_LINKS, person
from engine.campaigns.content.queries import recipients as queries
from engine.db import Conn

SLICE = 2000
LISTED = 1000  # who would fail, by name; the others are counted


@dataclass(frozen=True, slots=True)
class Failing:
    """Somebody whose mail cannot be filled."""

    contact_id: int
    email: str
    name: str
    reason: str


@dataclass(slots=True)
class Tried:
    """How far a dry run is. `reasons` counts all who fail, `failing` lists the first of them; `largest` is in bytes.

    `after` is the last contact that was tried: from there a later turn goes on.
    """

    total: int
    done: int = 0
    after: int = 0
    largest: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    failing: list[Failing] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many would fail."""
        return self.reasons.total()


def dry_run(
    conn: Conn, made: Made, who: Any, campaign: str, size: int = SLICE, *, after: int = 0, total: int | None = None
) -> Generator[Tried]:
    """Fill the mail of each contact whose id `who` selects; yields the same Tried after each slice, and once at 0.

    `after` goes on behind that contact, `total` is how many they all are where that is known. Nothing is written:
    `conn` is only read, in one transaction.
    """
    tried = Tried(queries.counted(conn, who) if total is None else total, after=after)
    yield tried
    for rows in queries.streamed(conn, made.version.workspace_id, who, size, after):
        for row in rows:
            _try(tried, made, row, campaign)
        tried.done += len(rows)
        tried.after = rows[-1].id
        yield tried


def _try(tried: Tried, made: Made, row: Any, campaign: str) -> None:
    try:
        letter = made.letter(person(row, campaign, NOBODYS_LINKS))
    except Unfilled as error:
        reason = str(error)
        tried.reasons[reason] += 1
        if len(tried.failing) < LISTED:
            tried.failing.append(Failing(row.id, row.email, row.name, reason))
    else:
        html = letter.html
        tried.largest = max(tried.largest, len(html) if html.isascii() else len(html.encode()))


__all__ = ["LISTED", "Failing", "Tried", "dry_run"]
