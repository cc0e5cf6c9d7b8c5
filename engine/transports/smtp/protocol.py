"""One SMTP connection's bytes after aiosmtplib has opened, secured and authenticated it.

Replies pair with expectations in order, however they are cut into segments; a reply that nobody expects is kept and
makes the link unusable. Several expectations may be open at once, so a pipelined group needs no other protocol.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from engine.errors import TransportError
from engine.transports.smtp.replies import Reply

# Generous over any real reply (RFC 5321 section 4.5.3.1.5 allows lines of 512), and a bound on memory.
REPLY_LIMIT = 32 * 1024
UNSOLICITED_KEPT = 5

T = TypeVar("T")


class LinkLost(TransportError):
    """The connection ended, broke its protocol, or stayed silent for too long. The text says which."""

    def __init__(self, text: str) -> None:
        super().__init__(text, scope="transport")


class Link(asyncio.Protocol):
    """A connected transport with an ordered queue of expected replies. Belongs to one event loop."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._expected: deque[asyncio.Future[Reply]] = deque()
        self._drainers: list[asyncio.Future[None]] = []
        self._scope: asyncio.Timeout | None = None
        self._size = 0
        self.paused = False
        self.unsolicited: list[Reply] = []
        self.lost: LinkLost | None = None
        self.gone: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    def adopt(cls, transport: asyncio.Transport, leftover: bytes = b"") -> Link:
        """Take `transport` over from its protocol, with the bytes it had read but not used.

        The write buffer's limit becomes zero: `drained` then means that all was handed to the kernel (under TLS, to
        the socket's own buffer), which H3 wants before the piece with the final dot.
        """
        link = cls(transport)
        transport.set_protocol(link)
        transport.set_write_buffer_limits(high=0)
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

    def expect(self) -> asyncio.Future[Reply]:
        """Queue an expectation of one reply. Call it in the block that writes what the reply will answer."""
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        if self.lost is not None:
            _fail(waiter, self.lost)
        else:
            self._expected.append(waiter)
        return waiter

    def write(self, data: bytes | memoryview) -> None:
        """Write, or raise LinkLost where asyncio would drop the bytes in silence."""
        if self.lost is not None or self._transport.is_closing():
            raise self.unusable()
        self._transport.write(data)

    async def answer(self, waiter: asyncio.Future[Reply], seconds: float, to: str) -> Reply:
        """The reply to `to`; raises LinkLost when the connection ends first or `seconds` pass."""
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                return waiter.result()
            raise LinkLost(f"no answer to {to} within {seconds:g} s") from None

    async def drained(self, seconds: float) -> None:
        """Wait until the write buffer is empty, a reply comes, or LinkLost."""
        if not self.paused:
            return
        if self.lost is not None:
            raise self.lost
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._drainers.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            raise LinkLost(f"the server took no content for {seconds:g} s") from None
        finally:
            self._drainers.remove(waiter)

    async def while_usable(self, wait: Callable[[], Awaitable[T]], seconds: float | None, what: str) -> T:
        """Await `wait()`; raises LinkLost as soon as the link is unusable, or after `seconds`.

        `wait` is cancelled then, so it must not lose what it took: no await between taking and returning.
        """
        try:
            async with asyncio.timeout(seconds) as scope:
                self._scope = scope
                if not self.usable:
                    raise self.unusable()
                return await wait()
        except TimeoutError:
            if not scope.expired():
                raise
            raise (LinkLost(f"{what} took {seconds} s") if self.usable else self.unusable()) from None
        finally:
            self._scope = None

    def abort(self) -> None:
        """Drop the connection at once; what the kernel has not sent is thrown away."""
        self._lose(LinkLost("we dropped the connection"))
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
        """Cut bytes into lines, lines into replies."""
        self._buffer += data
        while self.lost is None and (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._line(line)
        if len(self._buffer) + self._size > REPLY_LIMIT:
            self._broken("a reply without end")

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
        self._wake_drainers()

    def _line(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        mark = line[3:4]
        if len(line) < 3 or not line[:3].isdigit() or not b"200" <= line[:3] <= b"599" or mark not in {b"", b" ", b"-"}:
            self._broken(f"not an SMTP reply: {line[:80]!r}")
            return
        self._lines.append(line[4:])
        self._size += len(line)
        if mark != b"-":
            text = b"\n".join(self._lines).decode("utf-8", "replace").replace("\0", "\ufffd")
            self._lines, self._size = [], 0
            self._reply(Reply(int(line[:3]), text))

    def _reply(self, reply: Reply) -> None:
        if self._expected:
            waiter = self._expected.popleft()
            if not waiter.done():
                waiter.set_result(reply)
            self._wake_drainers()
        else:
            if len(self.unsolicited) < UNSOLICITED_KEPT:
                self.unsolicited.append(reply)
            self._wake()

    def _broken(self, why: str) -> None:
        self._lose(LinkLost(why))
        self._transport.abort()

    def _lose(self, lost: LinkLost) -> None:
        if self.lost is not None:
            return
        self.lost = lost
        while self._expected:
            _fail(self._expected.popleft(), lost)
        self._wake_drainers()
        self._wake()

    def _wake_drainers(self) -> None:
        for waiter in self._drainers:
            if not waiter.done():
                _fail(waiter, self.lost) if self.lost else waiter.set_result(None)

    def _wake(self) -> None:
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(self._loop.time())


def _fail(waiter: asyncio.Future[T], lost: LinkLost) -> None:
    if not waiter.done():
        waiter.set_exception(lost)
        waiter.exception()  # nobody may ever await it, which asyncio would log
