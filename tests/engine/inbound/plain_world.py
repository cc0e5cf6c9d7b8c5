"""A team and a workspace with plain addresses, and mails that are written to them."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.people import plain
from tests.engine.inbound.world import DOMAIN, OWN, World, world

EDGE = "mx.own.test"
PROVEN = replace(OWN, authserv_id=EDGE)


def plain_world(conn: Conn) -> tuple[World, str, str]:
    """(the world, the team's plain address, the workspace's)."""
    here = world(conn)
    plain.make(conn, here.ws.id)
    plain.make(conn, here.ws.id, here.team.id)
    return here, f"{plain.of(conn, here.ws.id, here.team.id)}@{DOMAIN}", f"{plain.of(conn, here.ws.id)}@{DOMAIN}"


def letter(
    to: str, from_: str, text: str = "Can we talk?", *, ident: str = "1@example.org", subject: str = "A question",
    dmarc: str = "", answers: str = "",
) -> bytes:  # fmt: skip
    """A mail that answers nothing of ours."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = from_, to, subject, f"<{ident}>"
    if answers:
        mail["In-Reply-To"] = f"<{answers}>"
    mail.set_content(text)
    head = f"Authentication-Results: {EDGE}; dmarc={dmarc} header.from={from_.rpartition('@')[2]}\r\n" if dmarc else ""
    return head.encode() + mail.as_bytes()


def messages(conn: Conn) -> list[tuple[str, str]]:
    """(words, proof) of all messages, in order."""
    found = select(m.Message.body, m.Message.proof).order_by(m.Message.conversation_id, m.Message.no)
    return [(row[0].strip(), row[1]) for row in conn.execute(found)]


def standings(conn: Conn) -> dict[str, str]:
    """Everybody's standing by address."""
    return {row[0]: row[1] for row in conn.execute(select(m.Contact.email, m.Contact.standing))}
