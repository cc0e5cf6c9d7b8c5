"""Incidents: a fact that is seen opens one, one that stays unseen for a while is over. Telling is engine….alerts.tell.

A fact must last before its incident is told, and stay away before it is over, so that what flickers says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import db, log
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import queries
from engine.outbound.alerts.facts import LOOKS, Fact

logger = log.get(__name__)

CROWD = 5  # workspaces with the same kind of trouble beyond which it is the instance's: one incident for all


def watch(conn: Conn, now: datetime, settings: Settings) -> None:
    """Look at everything, and bring the incidents up to date. A look that fails changes nothing of its own kind."""
    found: list[Fact] = []
    looked: list[str] = []
    for kind, look in LOOKS.items():
        try:
            with conn.begin_nested():
                found += look(conn, now, settings)
            looked.append(kind)
        except db.Away:
            raise
        except Exception as error:  # the next pass looks again; the other kinds must not wait for this one
            logger.error("cannot look", kind=kind, error=repr(error)[:300])
    settle(conn, found, looked, now, settings.alert_after_seconds)


def settle(
    conn: Conn, facts: Sequence[Fact], kinds: Collection[str], now: datetime, lasting: float,
    spared: Collection[str] = (),
) -> None:  # fmt: skip
    """Bring the incidents of these kinds in line with the facts that are seen at this moment.

    `spared`: what these are about was not seen, and nobody knows whether it is gone.
    """
    seen = crowded(facts, queries.open_abouts(conn))
    if seen:
        queries.see(conn, seen, now)
    known = [(fact.kind, fact.about) for fact in seen] + [(kind, about) for kind in kinds for about in spared]
    queries.miss(conn, sorted(kinds), known, now)
    queries.close(conn, now - timedelta(seconds=lasting), now)


def crowded(facts: Sequence[Fact], open_: Collection[tuple[str, str]]) -> list[Fact]:
    """The facts, where one stands for those of a kind that more than CROWD workspaces share.

    Workspaces whose incident is open already keep it: their trouble is not over because others have it too.
    """
    kept: list[Fact] = []
    crowds: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        (kept if fact.workspace_id is None else crowds[fact.kind]).append(fact)
    for kind, members in sorted(crowds.items()):
        workspaces = {fact.workspace_id for fact in members}
        if len(workspaces) <= CROWD:
            kept += members
            continue
        kept += [fact for fact in members if (kind, fact.about) in open_]
        words = f"{len(workspaces)} workspaces have the same trouble. One of them: {members[0].words}"
        kept.append(Fact(kind, "many", words))
    return kept


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as the page shows it."""

    kind: str
    words: str
    opened_at: datetime
    over_at: datetime | None
    told: bool
    everybody: bool


def shown(conn: Conn, workspace_id: int, limit: int = 12) -> tuple[Shown, ...]:
    """The latest incidents of a workspace and of the whole instance, open ones first."""
    return tuple(map(_shown, queries.latest(conn, workspace_id, limit)))


def still_open(conn: Conn, limit: int = 20) -> list[Shown]:
    """Open incidents of all workspaces, for the operator at the machine."""
    return [one for one in map(_shown, queries.latest(conn, None, limit)) if one.over_at is None]


def _shown(row: Any) -> Shown:
    return Shown(row.kind, row.words, row.opened_at, row.over_at, row.told_at is not None, row.workspace_id is None)
