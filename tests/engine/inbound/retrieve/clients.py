"""A client that says what it is told to, and what the listener kept."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import IO

from sqlalchemy import Engine, select

from engine import models as m
from engine.tokens import Purpose
from tests.engine.inbound.world import address

TODAY = datetime.now(UTC).date()
GOOD = address(Purpose.REPLY, 7, 3, TODAY + timedelta(days=7))
OTHER = address(Purpose.REPLY, 8, 1, TODAY + timedelta(days=7))
BOUNCE = address(Purpose.BOUNCE, 7, 3, TODAY + timedelta(days=7))
MAIL = b"From: ada@example.org\r\nTo: somebody\r\nSubject: Re: today\r\n\r\nFixed it.\r\n..dots stay\r\n"


def kept(engine: Engine) -> list[tuple[str, list[str], bytes]]:
    """(envelope sender, envelope recipients, raw) of each row in order."""
    i = m.Inbound
    with engine.begin() as conn:
        return [tuple(row) for row in conn.execute(select(i.envelope_from, i.envelope_to, i.raw).order_by(i.id))]  # type: ignore[misc]


def dialogue(port: int) -> smtplib.SMTP:
    """A client that has said EHLO."""
    client = smtplib.SMTP("127.0.0.1", port, timeout=20)
    client.ehlo("client.example.org")
    return client


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """A bare line, past its greeting."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line, line.makefile("rb") as replies:
        made = Wire(line, replies)
        made.reply()
        yield made


class Wire:
    """Sends bytes as they are, and reads whole replies."""

    def __init__(self, line: socket.socket, replies: IO[bytes]) -> None:
        self._line, self._replies = line, replies

    def send(self, data: bytes) -> None:
        """All at once."""
        self._line.sendall(data)

    def reply(self) -> str:
        """The next reply, of several lines perhaps; "" when the line is closed."""
        lines: list[bytes] = []
        while line := self._replies.readline():
            lines.append(line)
            if line[3:4] != b"-":
                break
        return b"".join(lines).decode()

    def say(self, command: bytes) -> str:
        """A command and its reply."""
        self.send(command + b"\r\n")
        return self.reply()
