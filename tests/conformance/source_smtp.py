"""The SMTP and LMTP listeners as sources: smtplib before them."""

from __future__ import annotations

import smtplib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine import db
from engine.inbound.retrieve.line import LmtpLine
from tests.conformance.sources import LIMIT, Place, Said, Shape, Told
from tests.engine.inbound.world import listening


class Smtp:
    """By SMTP, one connection a mail."""

    name = "smtp"
    envelope = True
    limited = True
    cannot = frozenset({Shape.NO_END})  # the end of data is a line end, then a dot: RFC 5321 section 4.1.1.4

    @contextmanager
    def running(self, place: Place) -> Iterator[SmtpSender]:
        """A listener in a thread."""
        engine = db.create_engine(place.url, lock_timeout_ms=5000)
        try:
            with listening(engine, place.offer, smtpd_size=LIMIT) as port:
                yield SmtpSender(port)
        finally:
            engine.dispose()

    def original(self, kept: bytes) -> bytes:
        """Without Return-Path and Received, which a server must write above (RFC 5321 section 4.4): four lines."""
        lines = kept.split(b"\r\n", 4)
        assert lines[0].startswith(b"Return-Path: <")
        assert lines[1].startswith(b"Received: from ")
        assert lines[2].startswith(b"\t")
        assert lines[3].startswith(b"\t")
        return lines[4]


class Lmtp(Smtp):
    """By LMTP, at a port or at a socket file."""

    def __init__(self, name: str = "lmtp", by_file: bool = False) -> None:
        self.name, self._by_file = name, by_file

    @contextmanager
    def running(self, place: Place) -> Iterator[SmtpSender]:
        """A listener in a thread. The file has a short name: 107 bytes are all that a socket's may have."""
        engine = db.create_engine(place.url, lock_timeout_ms=5000)
        with tempfile.TemporaryDirectory(prefix="lmtp-") as folder:
            at = Path(folder) / "s" if self._by_file else None
            try:
                with listening(engine, place.offer, kind=LmtpLine, at=at, smtpd_size=LIMIT) as port:
                    yield SmtpSender(port, lambda: smtplib.LMTP(str(at or "127.0.0.1"), port, timeout=30))
            finally:
                engine.dispose()


class SmtpSender:
    """A mail server that has something for us; `connect` makes its client, of SMTP unless given."""

    def __init__(self, port: int, connect: Callable[[], smtplib.SMTP] | None = None) -> None:
        self._connect = connect or (lambda: smtplib.SMTP("127.0.0.1", port, timeout=30))
        self._last: tuple[bytes, str, Sequence[str]] = (b"", "", ())

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """MAIL, RCPT for each, DATA."""
        self._last = (raw, envelope_from, envelope_to)
        try:
            with self._connect() as client:
                return [_told(*answer) for answer in _transaction(client, raw, envelope_from, envelope_to)]
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            return [Told(Said.AGAIN, str(error))]

    def repeat(self) -> list[Told]:
        """The queue of the sending server is read again."""
        return self.deliver(*self._last)


def _transaction(client: smtplib.SMTP, raw: bytes, sender: str, to: Sequence[str]) -> list[tuple[int, bytes]]:
    """The first answer that stops it, else those to the data: one, of LMTP one for each recipient. Past smtplib.data,
    which mends line ends."""
    client.ehlo("client.example.org")
    for answer in (client.mail(sender, ["BODY=8BITMIME"]), *(client.rcpt(address) for address in to)):
        if answer[0] >= 400:
            return [answer]
    client.putcmd("DATA")
    assert client.getreply()[0] == 354
    client.send(stuffed(raw))
    return [client.getreply() for _ in (to if isinstance(client, smtplib.LMTP) else to[:1])]


def stuffed(raw: bytes) -> bytes:
    """The mail as it goes over the line: dots doubled, and the end (RFC 5321 section 4.5.2)."""
    dotted = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return dotted + (b"" if raw.endswith(b"\r\n") or not raw else b"\r\n") + b".\r\n"


def _told(code: int, words: bytes) -> Told:
    said = Said.TAKEN if code < 400 else Said.AGAIN if code < 500 else Said.REFUSED
    return Told(said, f"{code} {words.decode()}")
