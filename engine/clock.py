"""Time inside a process: a steady clock for leases, and business time carried on from an instant the database gave.

Business time is PostgreSQL's clock plus one shift that only demo and tests set (engine.db.now). Leases never use it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

_STEADY = getattr(time, "CLOCK_BOOTTIME", None)


def steady() -> float:
    """Seconds on a clock that never steps and goes on while the machine sleeps (H3), where the system has one."""
    return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


class Carried:
    """Business time between two looks at the database: the instant it gave, and the steady time of that look."""

    __slots__ = ("_at", "_instant", "_said", "_said_at")

    def __init__(self, instant: datetime, at: float) -> None:
        self._instant = self._said = instant
        self._at = self._said_at = at

    def now(self) -> datetime:
        """The business instant by now, or by a hundredth of a second ago: every mail asks twice."""
        at = steady()
        if at - self._said_at > 0.01:
            self._said, self._said_at = self._instant + timedelta(seconds=at - self._at), at
        return self._said


def carry(instant: datetime) -> Carried:
    """Start carrying from `instant`, which the database gave just now."""
    return Carried(instant, steady())
