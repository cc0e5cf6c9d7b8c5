"""Statements of settings: schedules, personal hours, away days, pauses, and the next slots that follow from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, text, update

from engine import models as m
from engine.db import Conn
from engine.rounds import queries
from engine.rounds.due import Slot, Span
from engine.rounds.queries import ASKABLE, FREE_SPANS, with_away
from engine.states.round import UNANSWERED


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything a membership's next slots follow from. `askable`: in the team, and the team's schedule is on."""

    membership_id: int
    role: str
    zone: str
    prompt_at: time
    digest_at: time
    weekdays: int
    askable: bool
    paused: bool
    pause_until: date | None
    next_prompt_at: datetime | None
    next_prompt_day: date | None
    next_digest_at: datetime | None
    next_digest_day: date | None
    last_prompt_day: date | None
    last_digest_day: date | None
    away: tuple[Span, ...]


_TERMS = f"""
    SELECT m.id AS membership_id, m.role, coalesce(c.zone, t.zone) AS zone,
        coalesce(m.prompt_at, {{prompt_at}}) AS prompt_at, coalesce(m.digest_at, s.digest_at) AS digest_at,
        coalesce(m.weekdays, {{weekdays}}) AS weekdays, {ASKABLE} AS askable, m.paused_at IS NOT NULL AS paused,
        m.pause_until, m.next_prompt_at, m.next_prompt_day, m.next_digest_at, m.next_digest_day,
        (SELECT max(p.local_date) FROM participation p WHERE p.membership_id = m.id) AS last_prompt_day,
        (SELECT max(g.local_date) FROM digest g WHERE g.membership_id = m.id) AS last_digest_day,
        aw.first AS away_first, aw.last AS away_last
    FROM membership m
    JOIN team t ON t.id = m.team_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN contact c ON c.id = m.contact_id
    {FREE_SPANS.format(day="cast(:since AS date)")}
    WHERE m.workspace_id = :workspace_id AND m.id = ANY(cast(:ids AS bigint[]))
    ORDER BY m.id
"""  # noqa: S608  # fixed pieces only
_LOCKED = text(_TERMS.format(prompt_at="s.prompt_at", weekdays="s.weekdays") + " FOR UPDATE OF m")
_SUPPOSED = text(_TERMS.format(prompt_at="cast(:prompt_at AS time)", weekdays="cast(:weekdays AS smallint)"))


def terms(conn: Conn, workspace_id: int, ids: Sequence[int], since: date) -> list[Terms]:
    """The terms of these memberships, locked in id order; away days that ended before `since` are left out."""
    found = conn.execute(_LOCKED, {"workspace_id": workspace_id, "ids": list(ids), "since": since})
    return [Terms(**with_away(row)) for row in found]


def supposed(
    conn: Conn, workspace_id: int, ids: Sequence[int], since: date, prompt_at: time, weekdays: int
) -> list[Terms]:
    """The terms of these memberships if their team's schedule said these hours and days; nothing is locked."""
    values = {"workspace_id": workspace_id, "ids": list(ids), "since": since}
    found = conn.execute(_SUPPOSED, {**values, "prompt_at": prompt_at, "weekdays": weekdays})
    return [Terms(**with_away(row)) for row in found]


_NEXT = text("""
    UPDATE membership m SET next_prompt_at = u.prompt_at, next_prompt_day = u.prompt_day,
        next_digest_at = u.digest_at, next_digest_day = u.digest_day
    FROM unnest(cast(:id AS bigint[]), cast(:prompt_at AS timestamptz[]), cast(:prompt_day AS date[]),
                cast(:digest_at AS timestamptz[]), cast(:digest_day AS date[]))
        AS u(id, prompt_at, prompt_day, digest_at, digest_day)
    WHERE m.id = u.id
""")


def write_next(conn: Conn, ids: Sequence[int], prompts: Sequence[Slot | None], digests: Sequence[Slot | None]) -> None:
    """Write the next slots of memberships."""
    values = {
        "id": list(ids),
        "prompt_at": [slot and slot.instant for slot in prompts],
        "prompt_day": [slot and slot.local_date for slot in prompts],
        "digest_at": [slot and slot.instant for slot in digests],
        "digest_day": [slot and slot.local_date for slot in digests],
    }
    conn.execute(_NEXT, values)


def members_of(conn: Conn, workspace_id: int, team_id: int) -> list[int]:
    """The memberships of a team that have not ended, locked in id order."""
    return _memberships(conn, workspace_id, m.Membership.team_id == team_id)


def names_of(conn: Conn, workspace_id: int, team_id: int) -> list[tuple[int, str]]:
    """(membership, name or address) of a team's members, by name."""
    found = text(
        "SELECT m.id, coalesce(nullif(c.name, ''), c.email) AS name FROM membership m"
        " JOIN contact c ON c.id = m.contact_id"
        " WHERE m.workspace_id = :workspace_id AND m.team_id = :team_id AND m.left_at IS NULL"
        " ORDER BY lower(coalesce(nullif(c.name, ''), c.email)), m.id"
    )
    return [(row.id, row.name) for row in conn.execute(found, {"workspace_id": workspace_id, "team_id": team_id})]


def memberships_of(conn: Conn, workspace_id: int, contact_id: int) -> list[int]:
    """All memberships of a person that have not ended, locked in id order: a zone and away days hold for each."""
    return _memberships(conn, workspace_id, m.Membership.contact_id == contact_id)


def _memberships(conn: Conn, workspace_id: int, which: ColumnElement[bool]) -> list[int]:
    of = m.Membership
    found = select(of.id).where(of.workspace_id == workspace_id, of.left_at.is_(None), which).order_by(of.id)
    return list(conn.scalars(found.with_for_update()))


def update_schedule(conn: Conn, workspace_id: int, team_id: int, values: Mapping[str, Any]) -> bool:
    """Set columns of a team's schedule; False when there is none."""
    which = and_(m.Schedule.workspace_id == workspace_id, m.Schedule.team_id == team_id)
    return conn.execute(update(m.Schedule).where(which).values(**values)).rowcount == 1


_SCHEDULE = text("""
    SELECT s.questions, s.weekdays, s.prompt_at, s.digest_at, s.nudge_after, s.answer_window, s.active, s.paused_at,
        s.paused_by, s.pause_until, s.receipt,
        (SELECT coalesce(nullif(c.name, ''), c.email) FROM account a JOIN contact c ON c.id = a.contact_id
         WHERE s.paused_by = 'account:' || a.id AND a.workspace_id = s.workspace_id) AS paused_name
    FROM schedule s WHERE s.workspace_id = :workspace_id AND s.team_id = :team_id
""")


def schedule(conn: Conn, workspace_id: int, team_id: int) -> Any:
    """A team's schedule as a row, with the name of who paused it; or None."""
    return conn.execute(_SCHEDULE, {"workspace_id": workspace_id, "team_id": team_id}).one_or_none()


def update_membership(conn: Conn, workspace_id: int, membership_id: int, values: Mapping[str, Any]) -> bool:
    """Set columns of a membership that has not ended; False when there is none."""
    of = m.Membership
    which = and_(of.workspace_id == workspace_id, of.id == membership_id, of.left_at.is_(None))
    return conn.execute(update(of).where(which).values(**values)).rowcount == 1


def update_zone(conn: Conn, workspace_id: int, contact_id: int, zone: str | None) -> None:
    """Set a person's own zone; None takes the team's."""
    which = and_(m.Contact.workspace_id == workspace_id, m.Contact.id == contact_id)
    conn.execute(update(m.Contact).where(which).values(zone=zone))


def pause(conn: Conn, workspace_id: int, membership_id: int, values: Mapping[str, Any]) -> bool:
    """Pause a membership that has not ended; a pause with a date gives way to it. False when it is paused for good."""
    of = m.Membership
    which = and_(of.workspace_id == workspace_id, of.id == membership_id, of.left_at.is_(None))
    which = and_(which, or_(of.paused_at.is_(None), of.pause_until.is_not(None)))
    return conn.execute(update(of).where(which).values(**values)).rowcount == 1


def insert_away(conn: Conn, workspace_id: int, contact_id: int, first: date, last: date) -> int:
    """The id of a new span of away days."""
    values = {"workspace_id": workspace_id, "contact_id": contact_id, "first_day": first, "last_day": last}
    return int(conn.execute(insert(m.Away).values(**values).returning(m.Away.id)).scalar_one())


def delete_away(conn: Conn, workspace_id: int, contact_id: int, away_id: int) -> bool:
    """Remove one span of a person; False when it is not there."""
    which = and_(m.Away.workspace_id == workspace_id, m.Away.contact_id == contact_id, m.Away.id == away_id)
    return conn.execute(delete(m.Away).where(which)).rowcount == 1


def away_of(conn: Conn, workspace_id: int, contact_id: int, since: date) -> list[Row[Any]]:
    """A person's away days (id, first_day, last_day) that end on `since` or later."""
    a = m.Away
    found = select(a.id, a.first_day, a.last_day).where(a.workspace_id == workspace_id, a.contact_id == contact_id)
    return list(conn.execute(found.where(a.last_day >= since).order_by(a.first_day, a.id)))


def open_parts(
    conn: Conn, workspace_id: int, memberships: Sequence[int], first: date | None = None, last: date | None = None
) -> list[int]:
    """Unanswered participations of memberships (on the dates from first to last), locked."""
    p = m.Participation
    found = select(p.id).where(p.workspace_id == workspace_id, queries.any_of(p.membership_id, memberships))
    found = found.where(p.state.in_(UNANSWERED))
    if first is not None and last is not None:
        found = found.where(p.local_date.between(first, last))
    return list(conn.scalars(found.order_by(p.id).with_for_update()))


def managers(conn: Conn, workspace_id: int, team_id: int, but: int) -> list[int]:
    """The contacts who manage a team, without the membership `but`."""
    of = m.Membership
    found = select(of.contact_id).where(of.workspace_id == workspace_id, of.team_id == team_id, of.role == "manager")
    return list(conn.scalars(found.where(of.left_at.is_(None), of.id != but).order_by(of.id)))


def admins(conn: Conn, workspace_id: int, but: int) -> list[int]:
    """The contacts of a workspace's owners and admins, without the contact `but`."""
    a = m.Account
    found = select(a.contact_id).where(a.workspace_id == workspace_id, a.role.in_(("owner", "admin")))
    return list(conn.scalars(found.where(a.contact_id != but).order_by(a.id)))


def person(conn: Conn, workspace_id: int, membership_id: int) -> Any:
    """A membership with the names of its person and team as a row, or None."""
    of = m.Membership
    columns = (
        of.id,
        of.team_id,
        of.contact_id,
        of.paused_at,
        m.Contact.name,
        m.Contact.email,
        m.Team.name.label("team"),
    )
    found = select(*columns).join(m.Contact, m.Contact.id == of.contact_id).join(m.Team, m.Team.id == of.team_id)
    return conn.execute(found.where(of.workspace_id == workspace_id, of.id == membership_id)).one_or_none()
