"""A TCP proxy that makes a place far away: what comes back from it is held for one round trip.

    python -m bench.delay LISTEN_PORT TO_PORT MILLISECONDS

All of the delay is on the way back, where a client that waits for an answer feels it; bandwidth is not limited.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections import deque

from sixpm.embedded import ports


class Back(asyncio.Protocol):
    """The far side of one connection: holds what it says, then passes it on, in order."""

    def __init__(self, near: asyncio.Transport, seconds: float) -> None:
        self.near, self.seconds = near, seconds
        self.held: deque[tuple[float, bytes | None]] = deque()  # None: it has hung up
        self.loop = asyncio.get_running_loop()
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.far = transport

    def data_received(self, data: bytes) -> None:
        self._hold(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._hold(None)

    def _hold(self, data: bytes | None) -> None:
        self.held.append((self.loop.time() + self.seconds, data))
        if self.timer is None:
            self.timer = self.loop.call_at(self.held[0][0], self._pass_on)

    def _pass_on(self) -> None:
        while self.held and self.held[0][0] <= self.loop.time():
            data = self.held.popleft()[1]
            if data is None:
                self.near.close()
            else:
                self.near.write(data)
        self.timer = self.loop.call_at(self.held[0][0], self._pass_on) if self.held else None


class Near(asyncio.Protocol):
    """The client's side of one connection: passes on at once."""

    def __init__(self, to: int, seconds: float) -> None:
        self.to, self.seconds = to, seconds
        self.early: list[bytes] = []
        self.far: asyncio.Transport | None = None
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.opening = asyncio.create_task(self._open(transport))

    async def _open(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            far, _ = await loop.create_connection(lambda: Back(transport, self.seconds), ports.LOOPBACK, self.to)
        except OSError:
            transport.abort()
            return
        self.far = far
        far.writelines(self.early)
        if self.gone:
            far.close()

    def data_received(self, data: bytes) -> None:
        if self.far is None:
            self.early.append(data)
        else:
            self.far.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        if self.far is not None:
            self.far.close()


async def serve(listen: int, to: int, seconds: float) -> None:
    """Until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Near(to, seconds), ports.LOOPBACK, listen)
    async with server:
        await server.serve_forever()


def loop() -> asyncio.AbstractEventLoop:
    """One whose timers are finer than a millisecond: epoll's are not, select's are."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
