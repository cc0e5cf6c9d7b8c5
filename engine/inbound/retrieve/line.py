"""One connection of a listener: aiosmtpd's protocol with our bounds, for SMTP and for LMTP (RFC 2033)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

CONNECTIONS = 200
OF_ONE_PEER = 50  # of them; a machine's own mail server, and who comes by a socket file, may have all
REFUSALS = 20  # recipients that one connection may guess wrong
COMMANDS = 2000  # of each kind in one connection

# aiosmtpd answers without enhanced codes, which RFC 2033 section 5 wants: those of RFC 3463 for its own replies.
_ENHANCED = {
    b"221": b"2.0.0", b"250": b"2.0.0", b"252": b"2.0.0", b"454": b"4.7.0", b"500": b"5.5.2", b"501": b"5.5.4",
    b"502": b"5.5.1", b"503": b"5.5.1", b"552": b"5.3.4", b"553": b"5.1.3", b"554": b"5.5.1", b"555": b"5.5.4",
}  # fmt: skip
_BARE = re.compile(rb"([245]\d\d) (?!\d\.\d{1,3}\.\d{1,3} )")
LOOPBACK = ("127.", "::1", "::ffff:127.")


class Line(SMTP):
    """aiosmtpd's protocol with room for the long lines that mail programs write (RFC 5321 asks for 1,000 bytes), and
    a 421 for connections above the limits. `lines` holds the connections that are served."""

    line_length_limit = 1024 * 1024
    source = "smtp"

    def __init__(self, handler: object, lines: set[Line], **options: Any) -> None:
        super().__init__(handler, **options)
        self._lines = lines
        self._naming = False
        self._refused = False
        self._wrong = 0
        self.peer_address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.peer_address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self not in self._lines and self._crowded():
            self._refused = True
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"421 4.3.2 Too many connections, please try again later\r\n")
            transport.close()
            return
        self._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._lines.discard(self)
        if not self._refused:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    async def smtp_HELO(self, hostname: str) -> None:
        """Its reply has no enhanced code (RFC 2034 section 4)."""
        with self._unnumbered():
            await super().smtp_HELO(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:
        """Nor have these."""
        with self._unnumbered():
            await super().smtp_EHLO(hostname)

    async def push(self, status: str | bytes) -> None:
        """Send a reply, with an enhanced code where it has none; 421 is the last one."""
        reply = status if isinstance(status, bytes) else status.encode()
        if not self._naming and (found := _BARE.match(reply)) and found[1] in _ENHANCED:
            reply = found[0] + _ENHANCED[found[1]] + b" " + reply[found.end() :]
        await super().push(reply)
        if reply.startswith(b"421") and self.transport is not None:
            self.transport.close()

    def guessed(self) -> bool:
        """Count a recipient that does not exist; True when this connection has tried too many."""
        self._wrong += 1
        return self._wrong > REFUSALS

    @contextmanager
    def _unnumbered(self) -> Iterator[None]:
        self._naming = True
        try:
            yield
        finally:
            self._naming = False

    def _crowded(self) -> bool:
        if len(self._lines) >= CONNECTIONS:
            return True
        peer = self.peer_address
        if not peer or peer.startswith(LOOPBACK):
            return False
        return sum(line.peer_address == peer for line in self._lines) >= OF_ONE_PEER


class LmtpLine(Line, LMTP):
    """LMTP: LHLO, and after the data one reply for each recipient that was taken, in their order (section 4.2)."""

    source = "lmtp"

    def __init__(self, handler: object, lines: set[Line], **options: Any) -> None:
        super().__init__(handler, lines, **options)
        self._owed = 0

    async def smtp_LHLO(self, hostname: str) -> None:
        """EHLO of LMTP."""
        with self._unnumbered():
            await super().smtp_LHLO(hostname)

    async def smtp_DATA(self, arg: str) -> None:
        """Each recipient is owed a reply, whoever gives it: the handler, or aiosmtpd where the mail is too large."""
        self._owed = len(self.envelope.rcpt_tos) if self.envelope is not None and not arg else 0
        await super().smtp_DATA(arg)

    async def push(self, status: str | bytes) -> None:
        """Send a reply: the one to the data as often as it is owed."""
        reply, times = status if isinstance(status, bytes) else status.encode(), 1
        if not reply.startswith(b"354"):
            times, self._owed = max(1, self._owed), 0
        for _ in range(times):
            await super().push(reply)
