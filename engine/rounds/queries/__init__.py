"""The statements of rounds, by story: opening, checking, digesting, settings, pages, and the contents of mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, any_, cast, literal

from engine import models as m
from engine.move import Where


def any_of(column: Any, ids: Sequence[int]) -> Where:
    """`column` is one of `ids`, as one array parameter however many they are."""
    return column == any_(cast(literal(list(ids), ARRAY(BigInteger)), ARRAY(BigInteger)))  # type: ignore[no-any-return]


def parts(ids: Sequence[int]) -> Where:
    """The participations with these ids."""
    return any_of(m.Participation.id, ids)


def rounds(ids: Sequence[int]) -> Where:
    """The rounds with these ids."""
    return any_of(m.Round.id, ids)


def columns(rows: Sequence[Any], *names: str) -> dict[str, list[Any]]:
    """The named attributes of rows as one list each, the shape that unnest takes."""
    return {name: [getattr(row, name) for row in rows] for name in names}


def with_away(row: Row[Any]) -> dict[str, Any]:
    """A row as a dict whose columns away_first and away_last have become `away`, a tuple of spans."""
    values = dict(row._mapping)
    first, last = values.pop("away_first"), values.pop("away_last")
    return {**values, "away": tuple(zip(first or (), last or (), strict=True))}


# A pause with a date is over on that date, and away days are the person's own, whatever the team.
PAUSED = "(m.paused_at IS NOT NULL AND (m.pause_until IS NULL OR m.pause_until > {day}))"
AWAY = (
    "EXISTS (SELECT 1 FROM away a WHERE a.workspace_id = m.workspace_id AND a.contact_id = m.contact_id"
    " AND {day} BETWEEN a.first_day AND a.last_day)"
)
OFF = "EXISTS (SELECT 1 FROM day_off o WHERE o.team_id = m.team_id AND o.day = {day})"
_SPANS = """
    LEFT JOIN LATERAL (
        SELECT array_agg(a.first_day ORDER BY a.first_day, a.last_day) AS first,
            array_agg(a.last_day ORDER BY a.first_day, a.last_day) AS last
        FROM ({of}) a WHERE a.last_day >= {{day}}
    ) aw ON true
"""
_OWN = (
    "SELECT a.first_day, a.last_day FROM away a WHERE a.workspace_id = m.workspace_id AND a.contact_id = m.contact_id"
)
_TEAMS = "SELECT o.day AS first_day, o.day AS last_day FROM day_off o WHERE o.team_id = m.team_id"
# A person's own days away, as pages show them; and with them their team's days off, which move a slot just the same.
AWAY_SPANS = _SPANS.format(of=_OWN)
FREE_SPANS = _SPANS.format(of=f"{_OWN} UNION ALL {_TEAMS}")
ASKABLE = "m.left_at IS NULL AND s.active AND t.archived_at IS NULL"
