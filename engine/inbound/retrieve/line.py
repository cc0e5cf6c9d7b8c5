"""One connection of the inbound SMTP listener: aiosmtpd's protocol with our bounds."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP

CONNECTIONS = 200


class Line(SMTP):
    """aiosmtpd's protocol with room for the long lines that mail programs write (RFC 5321 asks for 1,000 bytes), and
    a 421 for connections above the limit. `lines` holds the connections that are served."""

    line_length_limit = 1024 * 1024

    def __init__(self, handler: object, lines: set[Line], **options: Any) -> None:
        super().__init__(handler, **options)
        self._lines = lines
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self._lines and len(self._lines) >= CONNECTIONS:
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
