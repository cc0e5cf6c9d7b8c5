"""A conversation that a campaign began: answered by the person, noted about, answered by us, given to the owner."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine import config
from engine.config import required
from engine.conversations import access, care, doors, events, individual, writing
from engine.conversations.parts import Change, Done, Said
from engine.conversations.post import post
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.models import ConvDoor
from engine.people.accounts import Account
from engine.tokens import Keys
from tests import factories as make
from tests.factories.campaigns import campaign, mailed
from tests.web.scene import Scene

GUIDE = "https://help.example.org/a/rather/long/path/to/the/guide/that/has/no/place/to/break/and/goes/on/for/ever"
BODY = "Hello Ines,\n\nwe plan the spring. What would help you most?\n\nAda"


@dataclass(frozen=True, slots=True)
class Answered:
    """Ids to find things by; `door` is the path of the person's link."""

    conversation: int
    door: str


def build(conn: Conn, owner: Account, made: Scene) -> Answered:
    """The conversation, with the words of four days' work in an hour."""
    ws, who, now = made.team.workspace_id, owner.principal, made.now
    contact_id, email = make.contact(conn, ws, "Ines Duarte-Winterbottom", email="ines@customers.example")
    news = campaign(conn, ws, shape="individual", team_id=made.team.id, subject="What would help you?", body=BODY)
    run, _ = mailed(conn, ws, news, [(contact_id, email)], at=now)
    found = individual.answered(conn, run, 1)
    assert found is not None
    thread, changes = found
    words = "A guide for new people, please. Ours has this address and nobody finds it:\n\n" + GUIDE
    said = Said("contact", contact_id, "mail", words, "mail", f"{thread.id}/guide@customers.example", now, "token",
                "Re: What would help you?", None, news, run, 1)  # fmt: skip
    posted = post(conn, thread, said)
    assert posted is not None
    events.write(conn, (*changes, *posted.changes), now)

    def did(done: Done) -> tuple[Change, ...]:
        events.write(conn, done.changes, now)
        return done.changes

    def cared() -> Cared:
        return access.to_answer(conn, who, thread.id)

    did(care.assign(conn, who, cared(), owner.id))
    did(writing.note(conn, who, cared(), "They are a customer since March. Carla knows the guide best.", now))
    did(writing.mail(conn, who, cared(), "Thank you, Ines. Carla moves it to the first page this week.", now))
    ident, until = conn.execute(select(ConvDoor.id, ConvDoor.until).where(ConvDoor.contact_id == contact_id)).one()
    keys = Keys.of(required(config.settings().secret_key, "secret_key"))
    return Answered(thread.id, f"/c/{doors.token(keys, ws, ident, until)}")
