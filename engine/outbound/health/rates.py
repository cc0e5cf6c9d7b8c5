"""Rates of what became of mails, their limits, and who crosses them.

The limits are those beyond which receivers act: Google and Yahoo want complaints under 0.3 % (support.google.com/mail
/answer/81126, senders.yahooinc.com/best-practices), Amazon SES reviews an account at 5 % bounces (its sending review
FAQ). Nobody publishes one for deferrals; a fifth of all mail put off is a receiver that slows us down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine.config import Settings

DAYS = 3  # today and two before: complaints come late, and a day has few messages


@dataclass(frozen=True, slots=True)
class Sums:
    """Messages that something happened to; each counts once a day in each number (engine.models.Tally)."""

    tried: int = 0
    accepted: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    complained: int = 0
    failed: int = 0
    doubted: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def rate(self, measure: str) -> float | None:
        """Percent of the messages that could have been; None when there were none."""
        whole = self.accepted if measure == "complained" else self.tried
        return 100 * float(getattr(self, measure)) / whole if whole else None


NAMES = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Limits:
    """Percent beyond which a measure is an alarm, and the messages it takes to judge."""

    percent: Mapping[str, float]
    messages: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits of an instance."""
        percent = {
            "bounced": settings.health_bounced,
            "complained": settings.health_complained,
            "deferred": settings.health_deferred,
        }
        return cls(percent, settings.health_messages)

    def crossed(self, sums: Sums, measure: str) -> bool:
        """Whether there are messages enough, and too many of them went this way."""
        rate = sums.rate(measure)
        return rate is not None and sums.tried >= self.messages and rate > self.percent[measure]


def of_row(row: Any) -> Sums:
    """The sums that a row of a statement holds."""
    return Sums(*(int(getattr(row, name)) for name in NAMES))


@dataclass(frozen=True, slots=True)
class Crossing:
    """One limit crossed: by a workspace, or (None) by all workspaces on the instance's relay together."""

    workspace_id: int | None
    measure: str
    lane: str
    what: str  # the receiving provider for deferrals, the From domain else; empty for all
    sums: Sums


def crossings(rows: Iterable[Any], limits: Limits) -> list[Crossing]:
    """Who crosses a limit. `rows`: workspace_id, lane, provider, from_domain and the sums.

    Bounces and complaints are about a workspace's list: told by From domain. Deferrals are a receiver's answer to a
    relay: told by provider, and where several workspaces share the instance's relay, once for all of them.
    """
    parts: dict[tuple[int | None, str, str, str], Sums] = defaultdict(Sums)
    sharing: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        sums, whose = of_row(row), row.workspace_id
        parts[whose, "deferred", row.lane, row.provider] += sums
        for measure in ("bounced", "complained"):
            parts[whose, measure, row.lane, row.from_domain] += sums
        if row.lane == "instance":
            sharing[row.provider].add(whose)
            parts[None, "deferred", row.lane, row.provider] += sums
            for measure in ("bounced", "complained"):
                parts[None, measure, row.lane, ""] += sums
    many = {provider for provider, whose in sharing.items() if len(whose) > 1}
    shared = len(set().union(*sharing.values())) > 1
    found = [
        Crossing(whose, measure, lane, what, sums)
        for (whose, measure, lane, what), sums in parts.items()
        if limits.crossed(sums, measure) and (whose is not None or (what in many if measure == "deferred" else shared))
    ]
    common = {(c.lane, c.what) for c in found if c.workspace_id is None and c.measure == "deferred"}
    return [
        c for c in found if c.workspace_id is None or c.measure != "deferred" or (c.lane, c.what) not in common
    ]  # fmt: skip
