"""When a deferred row is tried again: a ladder, a jitter, and whatever the receiver asked for."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

LADDERS: dict[str, tuple[int, ...]] = {
    # minutes; greylisting opens within five, and RFC 5321 4.5.4.1 asks for patience after that
    "smtp": (5, 15, 30, 60, 120),
    # seconds would do for a chat service, but its own Retry-After says so when it does
    "": (1, 2, 5, 15, 30, 60),
}
JITTER = 0.2
GRAIN = 15  # seconds: rows due within the same grain share a retry batch


def next_try(transport: str, attempt: int, now: datetime, retry_after: float | None, dice: random.Random) -> datetime:
    """The instant of the next try after refusal number `attempt` (from 0), never before `retry_after` seconds."""
    ladder = LADDERS.get(transport, LADDERS[""])
    wait = ladder[min(attempt, len(ladder) - 1)] * 60 * dice.uniform(1 - JITTER, 1 + JITTER)
    at = now.timestamp() + max(wait, retry_after or 0)
    return datetime.fromtimestamp(-(-at // GRAIN) * GRAIN, tz=now.tzinfo)


def back_off(failures: int) -> timedelta:
    """How long a transport rests after its n-th failure in a row: 5 s, doubling, at most 5 min."""
    return timedelta(seconds=min(5 * 2 ** min(failures, 10), 300))
