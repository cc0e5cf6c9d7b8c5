"""Token buckets in the database, shared by all processes: so many tries at once, then one every so often."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.db import Conn
from engine.people import queries


@dataclass(frozen=True, slots=True)
class Limit:
    """`size` tries at once, then one every `every` seconds."""

    size: int
    every: float

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return 1 / self.every


def take(conn: Conn, key: str, limit: Limit, now: datetime) -> float:
    """Take one try from `key`: 0 when there was one, else the seconds until there is. One statement, safe at once.

    The bucket's row stays locked until the transaction ends; the caller commits even when it then refuses.
    """
    if queries.take_token(conn, key, limit.size, limit.rate, now):
        return 0.0
    missing = 1 - queries.tokens_left(conn, key, limit.size, limit.rate, now)
    return max(1.0, math.ceil(missing * limit.every))


def tidy(conn: Conn, now: datetime) -> int:
    """Forget buckets that have been full for long, and return how many; for retention. No limit takes a day to fill."""
    return queries.drop_old_buckets(conn, now - timedelta(days=1))
