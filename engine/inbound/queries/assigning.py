"""To whom a mail can be assigned: teams, their members, and the rounds that each was asked in."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, func, select, update

from engine import models as m
from engine.db import Conn

ROUNDS = 30  # the newest of a member


class Choice(NamedTuple):
    """Something to choose, by its name."""

    id: int
    name: str


def teams(conn: Conn, workspace_id: int) -> list[Choice]:
    """The teams that are not archived."""
    t = m.Team
    mine = and_(t.workspace_id == workspace_id, t.archived_at.is_(None))
    return [Choice(*row) for row in conn.execute(select(t.id, t.name).where(mine).order_by(func.lower(t.name)))]


def members(conn: Conn, workspace_id: int, team_id: int) -> list[Choice]:
    """The people of a team who have not left it."""
    w, c = m.Membership, m.Contact
    name = func.coalesce(func.nullif(c.name, ""), c.email)
    mine = and_(w.workspace_id == workspace_id, w.team_id == team_id, w.left_at.is_(None))
    found = select(w.id, name).join(c, c.id == w.contact_id).where(mine).order_by(func.lower(name))
    return [Choice(*row) for row in conn.execute(found)]


class Slot(NamedTuple):
    """A member's part in a round."""

    id: int
    local_date: date
    state: str
    answers: int


def slots(conn: Conn, workspace_id: int, membership_id: int) -> list[Slot]:
    """The newest parts of a member in rounds, newest first, with how many answers each has."""
    p, a = m.Participation, m.Answer
    answers = select(func.count()).where(a.participation_id == p.id).scalar_subquery()
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id)
    found = select(p.id, p.local_date, p.state, answers).where(mine).order_by(p.local_date.desc()).limit(ROUNDS)
    return [Slot(*row) for row in conn.execute(found)]


class Named(NamedTuple):
    """A part in a round with its names."""

    id: int
    team_id: int
    team: str
    membership_id: int
    person: str
    local_date: date


def named(conn: Conn, workspace_id: int, participation_id: int) -> Named | None:
    """A part with its names, whoever has left since."""
    p, t, w, c = m.Participation, m.Team, m.Membership, m.Contact
    person = func.coalesce(func.nullif(c.name, ""), c.email)
    found = conn.execute(
        select(p.id, t.id, t.name, w.id, person, p.local_date)
        .join(t, t.id == p.team_id)
        .join(w, w.id == p.membership_id)
        .join(c, c.id == w.contact_id)
        .where(p.workspace_id == workspace_id, p.id == participation_id)
    ).one_or_none()
    return Named(*found) if found else None


def newest_of_sender(conn: Conn, workspace_id: int, address: str) -> int | None:
    """The newest part in a round of whoever has this address."""
    p, w, c = m.Participation, m.Membership, m.Contact
    return conn.execute(
        select(p.id)
        .join(w, w.id == p.membership_id)
        .join(c, c.id == w.contact_id)
        .where(c.workspace_id == workspace_id, c.email_key == address.casefold(), w.left_at.is_(None))
        .order_by(p.local_date.desc(), p.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def set_part(conn: Conn, inbound_id: int, workspace_id: int, participation_id: int, actor: str) -> None:
    """A person's word about which part a mail answers."""
    i = m.Inbound
    said = {"assigned_part_id": participation_id, "assigned_by": actor, "workspace_id": workspace_id}
    conn.execute(update(i).where(i.id == inbound_id).values(**said))
