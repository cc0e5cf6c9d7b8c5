"""Days as PostgreSQL counts them: from the business instant, in the workspace's zone.

A workspace has no zone of its own: it is that of its oldest team that is not archived, and UTC without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Integer, Text, cast, func, literal, select

from engine.campaigns.audience.syntax import UNITS, Ago
from engine.models import Team


@dataclass(frozen=True)
class Days:
    """The days of one workspace at one instant.

    What is computed is a subselect: PostgreSQL works it out once, not for each row, and may look it up in an index.
    """

    workspace_id: int
    now: datetime

    @cached_property
    def _zone(self) -> ColumnElement[str]:
        """The IANA name of the zone that days are counted in."""
        found = select(Team.zone).where(Team.workspace_id == self.workspace_id, Team.archived_at.is_(None))
        return func.coalesce(found.order_by(Team.id).limit(1).scalar_subquery(), "UTC")

    def _day(self, value: date | Ago) -> ColumnElement[date]:
        """A day of a query as a date."""
        if isinstance(value, date):
            return literal(value, Date)
        today = cast(func.timezone(self._zone, literal(self.now, DateTime(timezone=True))), Date)
        counted = dict.fromkeys(UNITS, 0) | {value.unit: value.count}
        parts = (counted[unit] for unit in ("year", "month", "week", "day"))
        return cast(today - func.make_interval(*(literal(part, Integer) for part in parts)), Date)

    def text(self, value: date | Ago) -> ColumnElement[str]:
        """A day of a query as attributes keep it: YYYY-MM-DD."""
        if isinstance(value, date):
            return literal(value.isoformat(), Text)
        return _once(func.to_char(self._day(value), "YYYY-MM-DD"))

    def json(self, name: str, value: Ago) -> ColumnElement[Any]:
        """An object that has a day of a query under a name."""
        return _once(func.jsonb_build_object(cast(name, Text), func.to_char(self._day(value), "YYYY-MM-DD")))

    def start(self, value: date | Ago, later: int = 0) -> ColumnElement[datetime]:
        """The instant at which a day, or the day so many days after it, begins."""
        if isinstance(value, date) and value < date.max - timedelta(days=later):
            return _once(func.timezone(self._zone, cast(literal(value + timedelta(days=later), Date), DateTime)))
        shifted = self._day(value) + literal(later, Integer)
        return _once(func.timezone(self._zone, cast(shifted, DateTime)))


def _once(computed: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(computed).scalar_subquery()
