"""Workspaces, teams with their schedules, people and channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select

from engine import models as m
from engine.db import Conn
from tests.factories.rows import NOON, NUMBERS, row


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace's id and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team with its schedule."""

    id: int
    workspace_id: int
    schedule_id: int
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Member:
    """A membership (its id) with its contact."""

    id: int
    workspace_id: int
    team_id: int
    contact_id: int
    email: str
    name: str


def workspace(conn: Conn, name: str = "Acme", **values: Any) -> Workspace:
    """A workspace with its log; `values` are further columns (mail_from, reply_domain, base_url, demo)."""
    made = Workspace(row(conn, m.Workspace, name=name, **values), name)
    conn.execute(insert(m.WsHead).values(workspace_id=made.id, epoch="tests"))
    return made


def team(
    conn: Conn,
    ws: Workspace,
    name: str | None = None,
    *,
    zone: str = "UTC",
    questions: tuple[str, ...] = ("What did you get done today?",),
    weekdays: int = 31,
    prompt_at: time = time(18),
    digest_at: time = time(9),
    nudge_after: int | None = 120,
    answer_window: int = 900,
    made_at: datetime = NOON,
) -> Team:
    """A team and its schedule; minutes are counted from the prompt, weekdays have bit 0 = Monday."""
    name = name or f"Team {next(NUMBERS)}"
    team_id = row(conn, m.Team, workspace_id=ws.id, name=name, zone=zone, made_at=made_at)
    schedule_id = row(
        conn,
        m.Schedule,
        workspace_id=ws.id,
        team_id=team_id,
        questions=list(questions),
        weekdays=weekdays,
        prompt_at=prompt_at,
        digest_at=digest_at,
        nudge_after=nudge_after,
        answer_window=answer_window,
        made_at=made_at,
    )
    return Team(team_id, ws.id, schedule_id, name, zone)


def contact(
    conn: Conn, workspace_id: int, name: str = "", *, email: str | None = None, zone: str | None = None
) -> tuple[int, str]:
    """A contact's (id, address); the address is made from the name unless given."""
    email = email or f"{(name or 'person').split()[0].lower()}{next(NUMBERS)}@example.org"
    values = {"workspace_id": workspace_id, "email": email, "email_key": email.casefold(), "name": name, "zone": zone}
    return row(conn, m.Contact, **values), email


def member(
    conn: Conn,
    of: Team,
    name: str = "",
    zone: str | None = None,
    *,
    role: str = "member",
    email: str | None = None,
    contact_id: int | None = None,
    made_at: datetime = NOON,
    **values: Any,
) -> Member:
    """A membership of team `of`; `values` are further columns of it (prompt_at, paused_at, next_prompt_at …).

    `contact_id` makes somebody who is in the workspace already a member of one more team.
    """
    if contact_id is None:
        contact_id, email = contact(conn, of.workspace_id, name, email=email, zone=zone)
    elif email is None:
        email = conn.execute(select(m.Contact.email).where(m.Contact.id == contact_id)).scalar_one()
    made = {"workspace_id": of.workspace_id, "team_id": of.id, "contact_id": contact_id, "role": role}
    ident = row(conn, m.Membership, **made, made_at=made_at, **values)
    return Member(ident, of.workspace_id, of.id, contact_id, email, name)


def account(
    conn: Conn, workspace_id: int, contact_id: int, *, role: str = "user", password_hash: str | None = None
) -> int:
    """An account for a contact; its id."""
    values = {"workspace_id": workspace_id, "contact_id": contact_id, "role": role, "password_hash": password_hash}
    return row(conn, m.Account, **values)


def away(conn: Conn, who: Member, first: date, last: date) -> int:
    """Days off for a member's contact, both ends included; the row's id."""
    values = {"workspace_id": who.workspace_id, "contact_id": who.contact_id, "first_day": first, "last_day": last}
    return row(conn, m.Away, **values)


def channel(conn: Conn, of: Team, kind: str = "console", name: str = "general", **values: Any) -> int:
    """A chat channel of a team; `values` are further columns (config, secret, state). Its id."""
    return row(conn, m.Channel, workspace_id=of.workspace_id, team_id=of.id, kind=kind, name=name, **values)
