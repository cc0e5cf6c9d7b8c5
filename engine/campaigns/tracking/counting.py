"""How many mails of a run were opened and clicked, by whom: counted with each hit, so that nobody reads them all.

What a hit changes is written as rows of +1 and -1 and summed when it is read: numbers in place would be rows that all
hits of a run wait for, and a burst of held unsubscriptions would wait for itself. The scheduler folds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from engine.campaigns.tracking.queries import counting as queries
from engine.db import Conn

LOOSE = 500  # changes of a run from which on they are folded
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # in the place of an hour where none is kept
_RANK = {"human": 0, "likely": 1, "machine": 2}
Hit = tuple[int | None, datetime, str]  # place, instant, class


class Fact(NamedTuple):
    """What holds of one mail. `what`: open, click or link; `hour`: of the first hit of the class it is counted as."""

    what: str
    link_id: int
    hour: datetime
    taken_for: str


def facts(hits: Iterable[Hit]) -> frozenset[Fact]:
    """What the hits of one mail make of it; pure. Each counts as the best that any of its hits is taken for."""
    best: dict[tuple[str, int], tuple[int, datetime, str]] = {}
    for place, at, taken_for in hits:
        keys = [("open", 0)]  # whoever followed a link has opened the mail, whether its picture was fetched or not
        if place is not None and place > 0:
            keys += [("click", 0), ("link", place)]
        for key in keys:
            best[key] = min(best.get(key, (9, at, "")), (_RANK[taken_for], at, taken_for))
    return frozenset(
        Fact(what, link_id, NEVER if what == "link" else _hour(at), taken_for)
        for (what, link_id), (_, at, taken_for) in best.items()
    )


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def changed(conn: Conn, workspace_id: int, run_id: int, before: frozenset[Fact], after: frozenset[Fact]) -> None:
    """Write what a hit has changed, if it did."""
    rows = [(*fact, 1) for fact in sorted(after - before)] + [(*fact, -1) for fact in sorted(before - after)]
    if rows:
        queries.insert(conn, workspace_id, run_id, rows)


def fold(conn: Conn) -> int:
    """Sum up the changes of runs that have many; how many runs. Twice is harmless, and so is never but for time."""
    return queries.fold(conn, queries.loose(conn, LOOSE))


__all__ = ["NEVER", "Fact", "changed", "facts", "fold"]
