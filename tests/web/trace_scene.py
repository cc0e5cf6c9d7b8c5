"""Mail that came in and what became of it: held, parked, noted, assigned by hand. What screenshots of it look at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, text

from engine import config, db, move
from engine.db import Conn
from engine.inbound import assign, reread
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.inbound.store import store
from engine.models import Participation
from engine.people.accounts import Account
from tests.web.scene import Scene

FROM_HOME = """\
From: Bikram Thapa <bikram.thapa@home.example>
To: sixpm <checkin@sixpm.example.org>
Subject: Re: What did you get done today?
Date: Wed, 4 Mar 2026 18:20:11 +0545
Content-Type: text/plain; charset=utf-8

Done: the login bug is fixed and released.
Blocked: waiting for access to the staging database.

On Wed, 4 Mar 2026 at 18:00, Platform wrote:
> Hello Bikram,
>
> What did you get done today?
"""
AWAY = "From: {}\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nI am away until Monday.\n"
SPAM = "From: Best Offers <deals@shop.example>\nSubject: Only today\nContent-Type: text/html\n\n<p>Buy <b>now</b></p>\n"


@dataclass(frozen=True, slots=True)
class Traced:
    """Ids to find things by: mails by what became of them, and parts in a round by how they ended."""

    held: int
    known: int  # held, of somebody whose address is known
    ordering: int  # held, and begins with an order
    parked: int
    assigned: int
    answered: int
    bounced: int
    waits: int
    away: int


def build(conn: Conn, owner: Account, made: Scene) -> Traced:
    """Six mails, one of which an admin has assigned to somebody's round."""
    bikram, emi, farid, grace = (made.members[n] for n in (0, 3, 4, 5))
    held = read(conn, "held", SPAM)
    known = read(conn, "known", FROM_HOME.replace("bikram.thapa@home.example", farid.email))
    order = FROM_HOME.replace("Done: the login", "edit\nDone: the login").replace(
        "bikram.thapa@home.example", emi.email
    )
    ordering = read(conn, "order", order)
    read(conn, "away", AWAY.format(farid.email))
    parked, _ = store(conn, "smtp", "parked", "old@list.example", ["r+x@reply.test"], b"\x00" * 80, db.now(conn))
    reason = "Reading it was stopped 2 times: it took longer than 20 s"
    move.one(conn, "inbound", parked, "park", db.now(conn), values={"reason": reason})
    assigned, answered = read(conn, "assigned", FROM_HOME), _part(conn, made, bikram.id)
    assign.assign(conn, owner.principal, assigned, answered, db.now(conn))
    _receive(conn, assigned)
    _reread(conn, owner, assigned)
    parts = (_part(conn, made, one.id) for one in (emi, farid, grace))
    return Traced(held, known, ordering, parked, assigned, answered, *parts)


def _reread(conn: Conn, owner: Account, number: int) -> None:
    """As if an older parser had taken the mail's two entries for one, and a signature for words: what differs."""
    conn.execute(text("UPDATE inbound SET version = 0 WHERE state IN ('routed', 'noted')"))
    conn.execute(
        text(
            "UPDATE entry e SET text = 'the login bug is fixed and released. Blocked: waiting for access'"
            " FROM answer a WHERE a.id = e.answer_id AND a.inbound_id = :mail AND e.kind = 'done'"
        ),
        {"mail": number},
    )
    signed = "UPDATE message SET body = body || E'\n\n--\nBikram Thapa\nPlatform team' WHERE body LIKE 'Hello,%'"
    conn.execute(text(signed))  # where there are messages
    made, followup = reread.begin(conn, owner.principal, db.now(conn))
    while followup.reread:
        followup = reread.go_on(conn, made, parse, db.now(conn))


def read(conn: Conn, name: str, mail: str) -> int:
    """A mail that came by SMTP and was read; its number."""
    raw = mail.replace("\n", "\r\n").encode()
    number, _ = store(conn, "smtp", name, "somebody@home.example", ["checkin@reply.example.org"], raw, db.now(conn))
    _receive(conn, number)
    return number


def _receive(conn: Conn, number: int) -> None:
    receive(conn, number, parse, db.now(conn), own=Own.of(config.settings()))


def _part(conn: Conn, made: Scene, membership_id: int) -> int:
    """Somebody's part in today's round of the scene."""
    p = Participation
    mine = select(p.id).where(p.membership_id == membership_id).order_by(p.local_date.desc()).limit(1)
    found: int = conn.execute(mine).scalar_one()
    return found
