"""Time inside a process: a steady clock for leases, and business time carried on from an instant the database gave.

Business time is PostgreSQL's clock plus one shift that only demo and tests set (engine.db.now). Leases never use it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

_STEADY = getattr(time, "CLOCK_BOOTTIME", None)


def steady() -> float:
    """Seconds on a clock that never steps and goes on while the machine sleeps (H3), where the system has one."""
    return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


@dataclass(frozen=True, slots=True)
class Carried:
    """Business time between two looks at the database: the instant it gave, and the steady time of that look."""

    instant: datetime
    at: float

    def now(self) -> datetime:
        """The business instant by now."""
        return self.instant + timedelta(seconds=steady() - self.at)


def carry(instant: datetime) -> Carried:
    """Start carrying from `instant`, which the database gave just now."""
    return Carried(instant, steady())
