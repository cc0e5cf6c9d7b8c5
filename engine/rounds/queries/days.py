"""Statements of a team's days off, of its pause, and of asking now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

_INSERT = text("""
    INSERT INTO day_off (workspace_id, team_id, day, reason, made_by, made_at)
    SELECT :workspace_id, :team_id, d::date, :reason, :made_by, :now
    FROM generate_series(cast(:first AS date), cast(:last AS date), interval '1 day') d
    ON CONFLICT (team_id, day) DO NOTHING
    RETURNING day
""")


def insert(conn: Conn, workspace_id: int, team_id: int, values: Mapping[str, Any], now: datetime) -> list[date]:
    """Make each date from `first` to `last` a day off; those that were none before. `values`: reason, made_by too."""
    return list(conn.scalars(_INSERT, {"workspace_id": workspace_id, "team_id": team_id, "now": now, **values}))


def delete(conn: Conn, workspace_id: int, team_id: int, day_id: int) -> Row[Any] | None:
    """Remove one day off; the row it was (day, reason), or None when it is not there."""
    gone = text(
        "DELETE FROM day_off WHERE workspace_id = :workspace_id AND team_id = :team_id AND id = :id"
        " RETURNING day, reason"
    )
    return conn.execute(gone, {"workspace_id": workspace_id, "team_id": team_id, "id": day_id}).one_or_none()


def since(conn: Conn, workspace_id: int, team_id: int, first: date) -> Sequence[Row[Any]]:
    """A team's days off from `first` on: id, day, reason, made_by, made_at."""
    found = text(
        "SELECT id, day, reason, made_by, made_at FROM day_off"
        " WHERE workspace_id = :workspace_id AND team_id = :team_id AND day >= :first ORDER BY day"
    )
    return conn.execute(found, {"workspace_id": workspace_id, "team_id": team_id, "first": first}).all()


_PAUSE = text("""
    UPDATE schedule SET active = false, paused_at = :now, paused_by = :by, pause_until = cast(:until AS date)
    WHERE workspace_id = :workspace_id AND team_id = :team_id
""")


def pause(conn: Conn, workspace_id: int, team_id: int, by: str, until: date | None, now: datetime) -> bool:
    """Switch a team's schedule off; one that is off already takes the new date. False when there is none."""
    values = {"workspace_id": workspace_id, "team_id": team_id, "by": by, "until": until, "now": now}
    return conn.execute(_PAUSE, values).rowcount == 1


_ON = "UPDATE schedule SET active = true, paused_at = NULL, paused_by = NULL, pause_until = NULL"
_RESUME = text(f"{_ON} WHERE workspace_id = :workspace_id AND team_id = :team_id AND NOT active")


def resume(conn: Conn, workspace_id: int, team_id: int) -> bool:
    """Switch a team's schedule on again; False when it is not paused."""
    return conn.execute(_RESUME, {"workspace_id": workspace_id, "team_id": team_id}).rowcount == 1


_OVER = "NOT s.active AND s.pause_until <= (cast(:now AS timestamptz) AT TIME ZONE t.zone)::date"
_PAUSED_OVER = text(f"""
    SELECT s.team_id FROM schedule s JOIN team t ON t.id = s.team_id WHERE {_OVER} ORDER BY s.team_id
""")  # noqa: S608  # fixed pieces only
_MEMBERS = text("""
    SELECT id FROM membership WHERE team_id = ANY(cast(:teams AS bigint[])) AND left_at IS NULL ORDER BY id FOR UPDATE
""")
_RESUME_OVER = text(f"""
    UPDATE schedule s SET active = true, paused_at = NULL, paused_by = NULL, pause_until = NULL
    FROM team t WHERE t.id = s.team_id AND s.team_id = ANY(cast(:teams AS bigint[])) AND {_OVER}
    RETURNING s.workspace_id, s.team_id
""")  # noqa: S608  # fixed pieces only
_IN = text("""
    SELECT workspace_id, array_agg(id ORDER BY id) AS ids FROM membership
    WHERE team_id = ANY(cast(:teams AS bigint[])) AND left_at IS NULL GROUP BY workspace_id ORDER BY workspace_id
""")


def resume_over(conn: Conn, now: datetime) -> list[tuple[int, list[int]]]:
    """Switch on every schedule whose pause is over on its team's date; (workspace, memberships) to be rescheduled.

    Memberships are locked before schedules, as by everybody who changes a schedule.
    """
    teams = list(conn.scalars(_PAUSED_OVER, {"now": now}))
    if not teams:
        return []
    conn.execute(_MEMBERS, {"teams": teams})
    on = [row.team_id for row in conn.execute(_RESUME_OVER, {"teams": teams, "now": now})]
    return [(row.workspace_id, list(row.ids)) for row in conn.execute(_IN, {"teams": on})] if on else []


_ASK = text("""
    UPDATE membership m SET next_prompt_at = :now, next_prompt_day = u.day
    FROM unnest(cast(:id AS bigint[]), cast(:day AS date[])) AS u(id, day) WHERE m.id = u.id
""")


def ask(conn: Conn, members: Sequence[int], days: Sequence[date], now: datetime) -> None:
    """Let these members' hour be now, each on their own date: the next tick asks them."""
    conn.execute(_ASK, {"id": list(members), "day": list(days), "now": now})
