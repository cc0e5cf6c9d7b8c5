"""One team, one member, one prompt that was sent: what a reply is about; and a real listener in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from engine import models as m
from engine import tokens
from engine.config import Settings, load
from engine.db import Conn
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.inbound.retrieve.line import Line
from engine.inbound.retrieve.smtp import Enqueue, Listener
from engine.inbound.store import store
from engine.outbound.followup import FollowUp
from engine.tokens import Keys, Purpose
from sixpm.replies import reply_to
from tests import factories as make
from tests.factories.rows import NOON

SECRET = "a secret of the tests, more than 32 bytes long"
DOMAIN = "reply.example.test"
KEYS = Keys.of(SECRET)
OWN = Own(KEYS, SECRET, DOMAIN, "checkin@sixpm.example.test")
EVENING = NOON + timedelta(hours=7)
UNTIL = NOON.date() + timedelta(days=7)


@dataclass(frozen=True)
class World:
    """A workspace with one team of one member, whose prompt is delivery (run, seq)."""

    ws: make.Workspace
    team: make.Team
    ada: make.Member
    part: int
    run: int
    seq: int = 1

    @property
    def reply_address(self) -> str:
        return address(Purpose.REPLY, self.run, self.seq)

    @property
    def bounce_address(self) -> str:
        return address(Purpose.BOUNCE, self.run, self.seq)

    @property
    def message_id(self) -> str:
        return tokens.message_id(KEYS, self.run, self.seq, "sixpm.example.test")

    def prompt(self) -> bytes:
        """The prompt as it left."""
        mail = EmailMessage()
        mail["From"] = "Rockets <checkin@sixpm.example.test>"
        mail["To"] = self.ada.email
        mail["Reply-To"] = self.reply_address
        mail["Subject"] = "What did you get done today?"
        mail["Message-ID"] = self.message_id
        mail["Date"] = format_datetime(NOON + timedelta(hours=6))
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("Hello Ada,\n\nWhat did you get done today?\n\nJust reply to this mail.\n")
        return mail.as_bytes()

    def reply(self, text: str, client: str = "apple", from_: str | None = None) -> bytes:
        """Ada's answer, as a mail program writes it."""
        return reply_to(self.prompt(), client, text, from_ or f"Ada <{self.ada.email}>", at=EVENING)


def address(purpose: Purpose, run: int, seq: int, until: date = UNTIL) -> str:
    """An address that names a delivery."""
    letter = "r" if purpose is Purpose.REPLY else "b"
    return f"{letter}+{tokens.sign(KEYS, purpose, run, seq, until)}@{DOMAIN}"


def world(conn: Conn, *, state: str = "asked", delivery: str = "sent", kind: str = "prompt", **team: Any) -> World:
    """The world, with the prompt (or digest, by `kind`) in the state given."""
    ws = make.workspace(conn)
    crew = make.team(conn, ws, name="Rockets", **team)
    ada = make.member(conn, crew, "Ada")
    part = make.participation(conn, make.round_of(conn, crew), ada, state=state)
    run = make.run(conn, ws.id, kind)
    batch = make.batch(conn, ws.id, run)
    about = part if kind != "digest" else 0
    make.delivery(conn, ws.id, run, batch, 1, recipient=ada.id, about=about, address=ada.email, state=delivery)
    return World(ws, crew, ada, part, run)


def keep(conn: Conn, raw: bytes, to: Sequence[str] = (), *, ident: str = "one", at: datetime = EVENING) -> int:
    """Store a mail as a listener does."""
    return store(conn, "smtp", ident, "someone@example.org", to, raw, at)[0]


def take(conn: Conn, inbound_id: int, *, own: Own = OWN, now: datetime = EVENING, **more: Any) -> FollowUp:
    """Receive it, parsed in this process."""
    return receive(conn, inbound_id, parse, now, own=own, **more)


def inbound(conn: Conn, ident: int) -> Any:
    """The mail's row."""
    i = m.Inbound
    columns = (i.state, i.reason, i.kind, i.workspace_id, i.from_address, i.subject, i.kills, i.envelope_to, i.raw)
    return conn.execute(select(*columns).where(i.id == ident)).one()


def texts(conn: Conn) -> list[str]:
    """All entries in order."""
    return list(conn.scalars(select(m.Entry.text).order_by(m.Entry.no)))


def settings(url: str, **more: Any) -> Settings:
    """Settings of a listener on the database at `url`, port chosen by the kernel."""
    names = {"database_url": url, "secret_key": SECRET, "reply_domain": DOMAIN, "smtpd_port": 0}
    return load(**{**names, **more})


async def _ended() -> None:
    """Let what was just being accepted end as well: else its socket is left open, and the next test pays for it."""
    accepted = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in accepted:
        task.cancel()
    await asyncio.gather(*accepted, return_exceptions=True)
    for _ in range(3):  # a transport that is closed lets its socket go in the loop's next turn
        await asyncio.sleep(0)


@contextmanager
def listening(
    engine: Engine,
    enqueue: Enqueue = lambda _: None,
    *,
    kind: type[Line] = Line,
    at: Path | None = None,
    **more: Any,
) -> Iterator[int]:
    """A real listener on `engine`; gives its port. `at`: LMTP at this socket file instead, and the port is 0."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = Listener(settings("unused", **more), engine, enqueue)
    try:
        asyncio.run_coroutine_threadsafe(listener.beat(), loop).result(20)
        if at is not None:
            asyncio.run_coroutine_threadsafe(listener.start_socket(at), loop).result(20)
            yield 0
        else:
            yield asyncio.run_coroutine_threadsafe(listener.start("127.0.0.1", 0, kind), loop).result(20)
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.run_until_complete(_ended())
        loop.close()
