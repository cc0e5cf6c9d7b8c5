"""Mailboxes that are followed by this process, as `sixpm imap` does; and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select

from engine import models as m
from engine.inbound.retrieve import imap
from engine.inbound.retrieve.imap import Enqueue
from tests.engine.inbound.world import settings

SEEN = {b"\\Seen"}
Pauses = list[tuple[str, float]]  # the kind of trouble, and the seconds until the next try


def mail(number: int | str, text: str = "Fixed it.") -> bytes:
    """A small mail, named by a number."""
    head = f"From: Ada <ada@example.org>\r\nMessage-ID: <{number}@example.org>\r\nSubject: Re: today\r\n"
    return f"{head}\r\n{text} {number}\r\n".encode()


@dataclass
class Followed:
    """The thread in which the mailboxes are followed; `offered` are the ids that the task was hinted at."""

    thread: threading.Thread
    stopped: threading.Event
    offered: list[int]
    code: list[int] = field(default_factory=list)

    def stop(self) -> None:
        """End it, and wait."""
        self.stopped.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


@contextmanager
def following(
    engine: Engine, *urls: str, enqueue: Enqueue | None = None, poll: float = 300, **more: Any
) -> Iterator[Followed]:
    """`sixpm imap` in a thread, on the database of `engine`. Looks only every `poll` seconds, unless it is told."""
    url = engine.url.render_as_string(hide_password=False)
    found = settings(url, imap_url=" ".join(urls), imap_poll_seconds=poll, **more)
    made = Followed(threading.Thread(), threading.Event(), [])
    offer = enqueue or made.offered.append

    def run() -> None:
        made.code.append(imap.serve(found, offer, stopped=made.stopped))

    made.thread = threading.Thread(target=run)
    made.thread.start()
    try:
        yield made
    finally:
        made.stop()
    assert made.code == [0]


def until(fact: Callable[[], Any], what: str, limit: float = 30) -> Any:
    """Wait until `fact` is true, and return it."""
    deadline = time.monotonic() + limit
    while not (found := fact()):
        assert time.monotonic() < deadline, f"did not happen: {what}"
        time.sleep(0.03)
    return found


def box(engine: Engine, name: str) -> Any:
    """The row of a mailbox, None while there is none."""
    columns = m.ImapBox.__table__.c
    with engine.begin() as conn:
        return conn.execute(select(*columns).where(columns.name == name)).one_or_none()


def connected(engine: Engine, name: str) -> Any:
    """Wait until the mailbox was looked at in full, and return its row."""
    return until(lambda: (row := box(engine, name)) and row.last_ok_at and row, f"{name} is connected")


def kept(engine: Engine) -> list[Any]:
    """(external_id, raw, state, reason, envelope_to, id) of every mail from a mailbox, in order."""
    i = m.Inbound
    with engine.begin() as conn:
        mine = select(i.external_id, i.raw, i.state, i.reason, i.envelope_to, i.id).where(i.source == "imap")
        return list(conn.execute(mine.order_by(i.id)))


def raws(engine: Engine) -> list[bytes]:
    """The mails as they came, in the order in which they were kept."""
    return [row.raw for row in kept(engine)]
