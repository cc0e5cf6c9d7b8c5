"""How a workspace's mail stands with its receivers: tallies of the last days, narrowed, grouped and judged.

Admins of the workspace may look. All numbers are those of the tally, so page, file and alarms say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine import db
from engine.config import Settings
from engine.db import Conn
from engine.outbound.health.rates import Limits, Sums, of_row
from engine.outbound.queries import tallying
from engine.people import relays
from engine.people.principal import Principal

DAYS = 14
COUNTER = "counter"  # the heartbeat of whoever counts
KEYS = {"provider": "provider", "relay": "lane", "from": "from_domain", "transport": "transport", "day": "day"}
NARROWING = ("provider", "relay", "from", "transport")


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the table: a provider, a relay, a From domain, a transport or a day, and what crosses its limit."""

    key: str
    name: str
    sums: Sums
    crossed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """All the page shows. `choices`: what can be narrowed to, by filter, as (value, name)."""

    parts: tuple[Part, ...]
    days: tuple[tuple[date, Sums], ...]
    whole: Sums
    choices: Mapping[str, tuple[tuple[str, str], ...]]
    rows: tuple[Any, ...]
    limits: Limits
    counted_ago: float | None  # seconds since somebody last counted; None when nobody ever did


def standing(
    conn: Conn, principal: Principal, now: datetime, settings: Settings, by: str, chosen: Mapping[str, str]
) -> Standing:
    """The last days of the principal's workspace. `by` is one of KEYS, `chosen` narrows. Raises NotAllowed."""
    principal.require_admin()
    since, limits = now.date() - timedelta(days=DAYS - 1), Limits.of(settings)
    everything = tallying.of_workspace(conn, principal.workspace_id, since)
    rows = [row for row in everything if all(getattr(row, KEYS[k]) == v for k, v in chosen.items() if v)]
    names = {"instance": "the instance's relay", **relays.lane_names(conn, principal.workspace_id)}
    by_day = _grouped(rows, "day")
    return Standing(
        parts=tuple(_part(key, by, names, sums, limits) for key, sums in sorted(_grouped(rows, KEYS[by]).items())),
        days=tuple((day, by_day.get(day, Sums())) for day in (since + timedelta(days=n) for n in range(DAYS))),
        whole=sum((of_row(row) for row in rows), Sums()),
        choices={k: _choices(everything, KEYS[k], names) for k in NARROWING},
        rows=tuple(rows),
        limits=limits,
        counted_ago=db.heartbeats(conn).get(COUNTER),
    )


def _grouped(rows: Sequence[Any], column: str) -> dict[Any, Sums]:
    found: dict[Any, Sums] = defaultdict(Sums)
    for row in rows:
        found[getattr(row, column)] += of_row(row)
    return found


def _part(key: Any, by: str, names: Mapping[str, str], sums: Sums, limits: Limits) -> Part:
    name = f"{key:%a} {key.day} {key:%b}" if isinstance(key, date) else names.get(key, key) or "posts"
    crossed = tuple(measure for measure in limits.percent if limits.crossed(sums, measure))
    return Part(str(key), name, sums, crossed)


def _choices(rows: Sequence[Any], column: str, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    values = sorted({getattr(row, column) for row in rows if getattr(row, column)})
    return tuple((value, names.get(value, value)) for value in values)
