"""A team whose digest was mailed to Ada: what comments are about. Answers to it as several mail programs write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import select

from engine import models as m
from engine import tokens
from engine.db import Conn
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.world import DOMAIN, EVENING, KEYS, UNTIL, address
from tests.factories.rows import NOON

SAID = {
    "Bikram": [
        (
            "Moved the import to the new queue; the nightly run takes 40 minutes less, and a failed file no longer "
            "stops the others behind it."
        ),
        "Reviewed the change to the billing page.",
    ],
    "Carla": ["Interviewed two people; both come back next week.", "ok"],
    "Ada": ["Wrote up the outage: https://status.example.org/reports/2026-03-03"],
}


@dataclass(frozen=True)
class Digested:
    """Who wrote what, and Ada's digest of it: delivery (run, 1)."""

    ws: make.Workspace
    team: make.Team
    people: dict[str, make.Member]
    entries: dict[str, int]  # by text
    run: int
    day: date

    @property
    def ada(self) -> make.Member:
        return self.people["Ada"]

    @property
    def reply_address(self) -> str:
        return address(Purpose.REPLY, self.run, 1)

    def link(self, text: str, until: date = UNTIL) -> str:
        """The address of an entry's own."""
        return f"c+{tokens.sign(KEYS, Purpose.ENTRY, self.team.id, self.entries[text], until)}@{DOMAIN}"

    def text(self) -> str:
        """The digest's text part, much as it leaves."""
        lines = ["Rockets: what the team did, Wednesday 4 March", "3 of 3 wrote.", ""]
        for name, texts in SAID.items():
            lines += [name, "", *(f"  - {text}" for text in texts), ""]
        return "\n".join([*lines, "The team's page, and yours:", "https://sixpm.example.test/me/k7/team", ""])

    def mail(self, text: str, *, to: str = "", who: str = "Ada", html: str = "", **headers: str) -> bytes:
        """A mail of one of the team, by default to the address of Ada's digest."""
        mail = EmailMessage()
        mail["From"] = f"{who} <{self.people[who].email}>"
        mail["To"] = to or self.reply_address
        mail["Subject"] = headers.pop("subject", "Re: Rockets, Wednesday 4 March")
        mail["Date"] = format_datetime(EVENING)
        mail["Message-ID"] = headers.pop("ident", f"<{abs(hash((text, to, who)))}@client.example.org>")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        if text:
            mail.set_content(text)
        if html and text:
            mail.add_alternative(html, subtype="html")
        elif html:
            mail.set_content(html, subtype="html")
        return mail.as_bytes()


def digested(conn: Conn) -> Digested:
    """The world."""
    ws = make.workspace(conn)
    crew = make.team(conn, ws, name="Rockets")
    people = {name: make.member(conn, crew, name) for name in ("Ada", "Bikram", "Carla")}
    round_id = make.round_of(conn, crew)
    day = conn.execute(select(m.Round.local_date).where(m.Round.id == round_id)).scalar_one()
    entries: dict[str, int] = {}
    for name, texts in SAID.items():
        part = make.participation(conn, round_id, people[name], state="answered")
        entries |= {text: make.entry(conn, part, text) for text in texts}
    made = make.digest(conn, people["Ada"], day + timedelta(days=1), 0, 5, made_at=NOON)
    run = make.run(conn, ws.id, "digest")
    batch = make.batch(conn, ws.id, run)
    ada = people["Ada"]
    make.delivery(conn, ws.id, run, batch, 1, recipient=ada.id, about=made, address=ada.email, state="sent")
    return Digested(ws, crew, people, entries, run, day)


def comments(conn: Conn) -> list[Any]:
    """All comments in order."""
    c = m.Comment
    columns = (c.id, c.no, c.entry_id, c.local_date, c.membership_id, c.text, c.cut, c.run_id)
    return list(conn.execute(select(*columns).order_by(c.id)))


def mailed(conn: Conn) -> list[tuple[int, int, str]]:
    """(recipient, about, state) of the mails that tell of comments."""
    d, r = m.Delivery, m.Run
    found = conn.execute(
        select(d.recipient, d.about, d.state).join(r, r.id == d.run_id).where(r.kind == "comment").order_by(d.recipient)
    )
    return [(row.recipient, row.about, row.state) for row in found]
