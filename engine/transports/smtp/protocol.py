"""One SMTP connection's bytes after aiosmtplib has opened, secured and authenticated it.

Replies pair with expectations in order, however they are cut into segments; a reply that nobody expects is kept and
makes the link unusable. Several expectations may be open at once, so a pipelined group needs no other protocol.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from engine.errors import TransportError
from engine.transports.smtp.replies import Reply

# Generous over any real reply (RFC 5321 section 4.5.3.1.5 allows lines of 512), and a bound on memory.
REPLY_LIMIT = 32 * 1024
UNSOLICITED_KEPT = 5
KNOWN, KNOWN_SIZE = 64, 60  # one-line replies kept in read form, and the longest of them

T = TypeVar("T")
_CODES = {str(code).encode(): code for code in range(200, 600)}
_MARKS = frozenset({b"", b" ", b"-"})


class LinkLost(TransportError):
    """The connection ended, broke its protocol, or stayed silent for too long. The text says which."""

    def __init__(self, text: str) -> None:
        super().__init__(text, scope="transport")


class Expectation(NamedTuple):
    """Whoever waits for one reply: what takes it, and what is told when it will not come."""

    reply: Callable[[Reply], None]
    lost: Callable[[LinkLost], None] | None = None


class Link(asyncio.Protocol):
    """A connected transport with an ordered queue of expected replies. Belongs to one event loop.

    `listener` is called once after each segment, when the write buffer has emptied, and when the link is lost: never
    between two replies of one segment, so that a stray one cannot pass for the answer to what the first one caused.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._buffer = b""
        self._lines: list[bytes] = []
        self._expected: deque[Expectation] = deque()
        self._known: dict[bytes, Reply] = {}  # what this server says to every mail
        self._size = 0
        self.listener: Callable[[], None] | None = None
        self.reading = False
        self.paused = False
        self.unsolicited: list[Reply] = []
        self.lost: LinkLost | None = None
        self.gone: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    def adopt(cls, transport: asyncio.Transport, leftover: bytes = b"") -> Link:
        """Take `transport` over from its protocol, with the bytes it had read but not used.

        The write buffer's limit becomes zero: not `paused` then means that all was handed to the kernel (under TLS,
        to the socket's own buffer), which H3 wants before the piece with the final dot.
        """
        link = cls(transport)
        transport.set_protocol(link)
        # Plain transports pause above `high`, those of TLS at it: with 0 an empty buffer would count as full.
        transport.set_write_buffer_limits(high=int(transport.get_extra_info("ssl_object") is not None), low=0)
        if leftover:
            link.data_received(leftover)
        return link

    @property
    def usable(self) -> bool:
        """Whether another command may be written: connected, in step, nothing unsolicited came."""
        return self.lost is None and not self.unsolicited and not self._transport.is_closing()

    def unusable(self) -> LinkLost:
        """Why the link is not usable, to be raised."""
        if self.unsolicited:
            return LinkLost("the server said, unasked: {} {}".format(*self.unsolicited[0]))
        return self.lost or LinkLost("the connection is closing")

    @property
    def expecting(self) -> bool:
        """Whether a reply is still to come."""
        return bool(self._expected)

    def call(self, *replies: Expectation) -> None:
        """Queue expectations of one reply each. Call it in the block that writes the commands."""
        self._expected.extend(replies)

    def expect(self) -> asyncio.Future[Reply]:
        """The same for who would rather await it; raises LinkLost when it will not come."""
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        if self.lost is not None:
            _fail(waiter, self.lost)
        else:
            self._expected.append(Expectation(partial(_settle, waiter), partial(_fail, waiter)))
        return waiter

    def write(self, data: bytes | memoryview) -> None:
        """Write, or raise LinkLost where asyncio would drop the bytes in silence."""
        transport = self._transport
        if self.lost is not None or transport.is_closing():
            raise self.unusable()
        transport.write(data)

    async def answer(self, waiter: asyncio.Future[Reply], seconds: float, to: str) -> Reply:
        """The reply to `to`; raises LinkLost when the connection ends first or `seconds` pass."""
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                return waiter.result()
            raise LinkLost(f"no answer to {to} within {seconds:g} s") from None

    def abort(self) -> None:
        """Drop the connection at once; what the kernel has not sent is thrown away. Harmless when it is over."""
        self._lose(LinkLost("we dropped the connection"))
        if not self.gone.done():  # Python 3.11.2's TLS transport fails when it is aborted after its end
            self._transport.abort()

    async def close(self, seconds: float) -> None:
        """Close in order, wait at most `seconds` for it, then drop. For TLS this is where close_notify goes out."""
        self._transport.close()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self.gone)
        except TimeoutError:
            self.abort()

    # asyncio's calls

    def data_received(self, data: bytes) -> None:
        """Cut bytes into lines, lines into replies; then say that something has changed."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self.reading = True
        try:
            for line in lines:
                if self.lost is not None:
                    break
                self._line(line)
        finally:
            self.reading = False
        if len(self._buffer) + self._size > REPLY_LIMIT:
            self._broken("a reply without end")
        elif self.listener is not None:
            self.listener()

    def eof_received(self) -> bool:
        """The server closed its side: whatever is still expected will not come."""
        self._lose(LinkLost("the server closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._lose(LinkLost(f"the connection was lost: {exc}" if exc else "the server closed the connection"))
        if not self.gone.done():
            self.gone.set_result(None)

    def pause_writing(self) -> None:
        """The write buffer is not empty."""
        self.paused = True

    def resume_writing(self) -> None:
        """The write buffer is empty."""
        self.paused = False
        if self.listener is not None:
            self.listener()

    def _line(self, line: bytes) -> None:
        known = self._known.get(line)
        if known is not None and not self._lines:
            self._reply(known)
            return
        if line.endswith(b"\r"):
            line = line[:-1]
        code, mark = _CODES.get(line[:3]), line[3:4]
        if code is None or mark not in _MARKS:
            self._broken(f"not an SMTP reply: {line[:80]!r}")
            return
        if mark == b"-" or self._lines:
            self._lines.append(line[4:])
            self._size += len(line)
            if mark == b"-":
                return
            line, mark = b"    " + b"\n".join(self._lines), b""
            self._lines, self._size = [], 0
        text = line[4:].decode("utf-8", "replace")
        reply = Reply(code, text.replace("\0", "\ufffd") if "\0" in text else text)
        if mark and len(line) < KNOWN_SIZE:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[line + b"\r"] = reply
        self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        if self._expected:
            self._expected.popleft().reply(reply)
        elif len(self.unsolicited) < UNSOLICITED_KEPT:
            self.unsolicited.append(reply)

    def _broken(self, why: str) -> None:
        self._lose(LinkLost(why))
        self._transport.abort()

    def _lose(self, lost: LinkLost) -> None:
        if self.lost is not None:
            return
        self.lost = lost
        while self._expected:
            waiter = self._expected.popleft()
            if waiter.lost is not None:
                waiter.lost(lost)
        if self.listener is not None and not self.reading:
            self.listener()


def _settle(waiter: asyncio.Future[Reply], reply: Reply) -> None:
    if not waiter.done():
        waiter.set_result(reply)


def _fail(waiter: asyncio.Future[T], lost: LinkLost) -> None:
    if not waiter.done():
        waiter.set_exception(lost)
        waiter.exception()  # nobody may ever await it, which asyncio would log
