"""When the sending loop flushes: often enough that no slot starves, seldom enough that what comes together goes
together."""

from __future__ import annotations

import asyncio


class Pulse:
    """Due at once when `enough` rows wait for their permit, else `seconds` after the first change since the last beat.

    A flush costs both sides some 500 µs, whatever is in it. Belongs to one event loop; only its thread calls.
    """

    def __init__(self, seconds: float) -> None:
        self.enough = 1
        self._seconds = seconds
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def stir(self, waiting: int) -> None:
        """Something was taken or learnt; `waiting` rows were taken since the last beat."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._due.set)
        if waiting >= self.enough:
            self._due.set()

    def now(self) -> None:
        """Beat at once."""
        self._due.set()

    async def beat(self) -> None:
        """Wait until a flush is due."""
        await self._due.wait()
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
