"""How long a session waits for what, and what is said when that is over (RFC 5321 section 4.5.3.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.transports.smtp.relay import Timeouts
from engine.transports.smtp.replies import Stage
from engine.transports.smtp.transaction import Transaction


class Patience:
    """One timer for all waits of a session; it is moved only when a wait may end before it fires.

    `moved` is set by whoever sees a reply come or bytes leave; the clock is read when the next wait begins.
    """

    def __init__(self, times: Timeouts, overdue: Callable[[], None]) -> None:
        """`overdue` is called when the timer fires; it asks `over` whether anything has come of it."""
        self._times, self._overdue = times, overdue
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.moved = False

    def watch(self, flight: Transaction | None, front: Transaction | None) -> None:
        """Wait for what these two wait for."""
        if self.moved:
            self.moved, self._since = False, self._loop.time()
        limit = self._limit(flight, front)
        if limit is None:
            return
        until = self._since + limit
        if self._timer is not None:
            if self._timer.when() <= until:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(until, self._overdue)

    def over(self, flight: Transaction | None, front: Transaction | None) -> bool:
        """Whether the wait has ended, asked when the timer has fired; else it is set anew."""
        self._timer = None
        if self.moved:
            self.moved, self._since = False, self._loop.time()
        limit = self._limit(flight, front)
        if limit is None:
            return False
        if self._since + limit > self._loop.time():
            self.watch(flight, front)
            return False
        return True

    def why(self, flight: Transaction | None, front: Transaction | None) -> str:
        """What did not come, and for how long it was waited for; "" where nobody is late."""
        limit = self._limit(flight, front)
        if flight is not None and not flight.out:
            return f"the server took no content for {limit:g} s"
        if (flight is None) == (front is None):  # idle, or a mail that waits behind a content
            return ""
        at = flight or front
        assert at is not None
        return f"no answer to {at.stage} within {limit:g} s"

    def stop(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _limit(self, flight: Transaction | None, front: Transaction | None) -> float | None:
        """Seconds that may pass; None while we wait for ourselves."""
        times = self._times
        if flight is not None:
            if not flight.out:
                return times.block
            return times.dot if front is None else min(times.behind, times.dot)
        if front is None:
            return times.idle
        if front.go:
            return None
        return times.data if front.stage is Stage.DATA else times.command
