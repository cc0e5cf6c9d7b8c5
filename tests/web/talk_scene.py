"""People who wrote to a team and to the workspace, some of whom nobody knows yet. What screenshots of it look at."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import select

from engine import config, db
from engine.db import Conn
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.inbound.store import store
from engine.models import Conversation
from engine.people import plain
from tests.web.scene import Scene

LONG = "https://status.example.org/a/rather/long/path/that/has/no/place/to/break/at/all/and/goes/on"
# Whoever writes unasked chooses their own address and subject: neither may break a page.
STRANGER = f"maximiliana.constantinopoulou-featherstonehaugh.purchasing@{'department.' * 3}partner.example"
WORDS = (
    ("Holiday next week", "Hello,\n\nI am away from Monday to Wednesday. Who takes the release?\n\nBikram"),
    ("Re: Holiday next week", f"Found somebody: Carla does it.\n\nWhat is left:\n- tag the release\n- tell {LONG}\n"),
)


@dataclass(frozen=True, slots=True)
class Talk:
    """Ids to find things by."""

    conversation: int
    with_workspace: int
    mail: int


def build(conn: Conn, made: Scene) -> Talk:
    """Two messages to the team, one to the workspace, and mails of three newcomers, one with nothing to break at."""
    ws, team = made.team.workspace_id, made.team.id
    plain.make(conn, ws, team)
    to = {of: f"{plain.of(conn, ws, of)}@{config.settings().reply_domain}" for of in (None, team)}
    bikram, emi = made.members[0], made.members[3]
    for n, (subject, text) in enumerate(WORDS):
        mail = letter(conn, f"talk{n}", to[team], f"Bikram Thapa <{bikram.email}>", subject, text)
    letter(conn, "talk-emi", to[None], emi.email, "Invoice", "Where do I send the invoice of the train?")
    for n, who in enumerate(("Ines Duarte <ines@partner.example>", "sales@shop.example")):
        letter(conn, f"new{n}", to[team], who, ("Joining on Monday", "")[n], "Hello, may I join the team?")
    letter(conn, "new2", to[None], "Ines Duarte <ines@partner.example>", "One more thing", "Is there parking?")
    letter(conn, "stranger", to[team], STRANGER, "Re: " + LONG.replace("/", "") * 3, "Who is this?")
    v = Conversation
    found = {of: conn.scalars(select(v.id).where(v.team_id.is_not_distinct_from(of))).one() for of in (team, None)}
    return Talk(found[team], found[None], mail)


def letter(conn: Conn, name: str, to: str, from_: str, subject: str, text: str) -> int:
    """A mail that came by SMTP and was read; its number."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = from_, to, subject, f"<{name}@mail.example>"
    mail.set_content(text)
    number, _ = store(conn, "smtp", name, "somebody@mail.example", [to], mail.as_bytes(), db.now(conn))
    receive(conn, number, parse, db.now(conn), own=Own.of(config.settings()))
    return number
