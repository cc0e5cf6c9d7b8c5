"""What people did with a mail, and what machines did: always both numbers, from one place.

Whatever acts by itself (segments, reminders, those who did not click) goes by `human` alone; a page shows `all` beside
it. One recipient counts once, as a person where one of their hits is a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.campaigns.tracking.queries import reading as queries
from engine.campaigns.tracking.queries.reading import human
from engine.db import Conn


@dataclass(frozen=True, slots=True)
class Both:
    """Recipients: `human` of whom a person did it, `all` with those whose machine did. `hits` are single requests."""

    human: int = 0
    all: int = 0
    hits: int = 0

    @property
    def machine(self) -> int:
        """Recipients of whom only machines did it, or likely machines."""
        return self.all - self.human


@dataclass(frozen=True, slots=True)
class Engaged:
    """What became of some runs: pictures shown, links followed, and each link, the most followed first."""

    opened: Both
    clicked: Both
    links: tuple[tuple[int, str, Both], ...]  # (link id, address, numbers)


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of one delivery, for its chain. `link`: the address it was for; empty for what is no link."""

    at: datetime
    what: str  # link, picture, hidden, leave, preferences
    link: str
    method: str
    net: str
    agent: str
    taken_for: str
    why: tuple[str, ...]


def engaged(conn: Conn, workspace_id: int, run_ids: Sequence[int]) -> Engaged:
    """Both numbers of these runs, a campaign's all together; two statements."""
    opened, clicked = (Both(*row) for row in queries.totals(conn, workspace_id, run_ids))
    rows = queries.by_link(conn, workspace_id, run_ids)
    return Engaged(opened, clicked, tuple((row.id, row.url, Both(row.human, row.every, row.hits)) for row in rows))


def of_delivery(conn: Conn, workspace_id: int, run_id: int, seq: int) -> list[Hit]:
    """The hits of one delivery as they came."""
    return [
        Hit(row.at, row.what, row.url, row.method, row.net, row.agent, row.taken_for, tuple(row.why))
        for row in queries.of_delivery(conn, workspace_id, run_id, seq)
    ]


__all__ = ["Both", "Engaged", "Hit", "engaged", "human", "of_delivery"]
