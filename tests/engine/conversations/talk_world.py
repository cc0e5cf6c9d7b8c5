"""A team with a manager and an admin who have accounts, and a person who has written to the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import models as m
from engine.conversations import access, actions, events, threads
from engine.conversations.actions import Answer
from engine.conversations.parts import Done, Said, Thread
from engine.conversations.post import post
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.people.principal import Principal, of_session
from tests import factories as make
from tests.factories.rows import NOON, row


@dataclass(frozen=True)
class Talk:
    """Who is there, and the conversation."""

    ws: make.Workspace
    team: make.Team
    admin: Principal
    manager: Principal
    member: Principal
    ines: int
    email: str
    thread: Thread


def account(conn: Conn, workspace_id: int, contact_id: int, role: str, **values: object) -> Principal:
    ident = row(conn, m.Account, workspace_id=workspace_id, contact_id=contact_id, role=role, **values)
    return of_session(workspace_id, contact_id, ident, role)


def talk(conn: Conn, team_talk: bool = True) -> Talk:
    ws = make.workspace(conn)
    crew = make.team(conn, ws, name="Rockets")
    manager = make.member(conn, crew, "Mara", role="manager")
    member = make.member(conn, crew, "Momo")
    admin, _ = make.contact(conn, ws.id, "Ada")
    ines, email = make.contact(conn, ws.id, "Ines")
    thread, made = threads.with_contact(conn, ws.id, "mail", ines, crew.id if team_talk else None)
    events.write(conn, made, NOON)
    there = Talk(
        ws, crew, account(conn, ws.id, admin, "admin"), account(conn, ws.id, manager.contact_id, "user"),
        account(conn, ws.id, member.contact_id, "user"), ines, email, thread,
    )  # fmt: skip
    hears(conn, there, "May I join?")
    return there


def hears(conn: Conn, there: Talk, text: str, ident: str = "1@there.example", at: datetime = NOON) -> None:
    """Ines writes."""
    said = Said("contact", there.ines, "mail", text, "mail", f"{there.thread.id}/{ident}", at, "dmarc", "Joining")
    posted = post(conn, there.thread, said)
    assert posted is not None
    events.write(conn, posted.changes, at)


def cared(conn: Conn, there: Talk, who: Principal | None = None) -> Cared:
    return access.to_answer(conn, who or there.manager, there.thread.id)


def did(conn: Conn, there: Talk, done: Done, who: Principal | None = None) -> Answer:
    """Finish an act as pages do, under an id of its own."""
    who = who or there.manager
    return actions.once(
        conn, there.ws.id, who.account_id or 0, actions.fresh(NOON), {"n": id(done)}, NOON, lambda: done
    )
