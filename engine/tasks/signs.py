"""Signs of life of a queue: whatever a worker takes from it is one, for while all children send no canary gets through.

A slice of sending takes 45 s, and hints may wait before the canary, which is stale after 30 s.
"""

from __future__ import annotations

from engine import clock, db, log
from engine.outbound.queries import canaries
from engine.tasks import process

logger = log.get(__name__)

PAUSE = 10.0  # seconds between the signs one process gives for one queue
_given: dict[str, float] = {}


def give(conn: db.Conn, queue: str, canary: bool = False) -> None:
    """Write that this worker takes from a queue: a canary, or something else."""
    db.beat(conn, f"queue:{queue}", process.name())
    canaries.taken(conn, queue, process.name(), int(canary))


def give_now_and_then(queue: str) -> None:
    """The same in a transaction of its own, every few seconds at most. A database that is away is not told."""
    at = clock.steady()
    if at - _given.get(queue, -PAUSE) < PAUSE:
        return
    try:
        with db.begin() as conn:
            give(conn, queue)
        _given[queue] = at
    except db.Failure as error:  # the task finds out by itself
        logger.warning("no sign of life given", queue=queue, error=str(error).split("\n")[0])
