"""The scheduler process: a plain loop that writes rows itself, so that planning goes on while the broker is away.

Any number may run. Sweeps are led by whoever gets an advisory lock; planning needs no leader, since slots are unique
and the rows that are due are locked and skipped.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from engine import clock, db, log
from engine.config import Settings, settings
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.tasks import hints
from engine.tasks.app import QUEUES
from scheduler.rescue import audit, rescue
from scheduler.retention import make_room
from scheduler.tick import tick

logger = log.get(__name__)

LEADER = 0x6006_0001
CANARY = 10.0  # seconds between the signs of life asked of each queue


@dataclass
class Every:
    """A job that is due every `seconds`."""

    seconds: float
    job: Callable[[], object]
    next: float = field(default=0.0)


class Scheduler:
    """The loop; `stop` is set by TERM."""

    def __init__(self, chosen: Settings) -> None:
        self.settings = chosen
        self.stop = threading.Event()
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self.jobs = [
            Every(chosen.tick_seconds, self._tick),
            Every(chosen.sweep_seconds, self._sweep),
            Every(CANARY, self._canaries),
            Every(60.0, lambda: self._led(make_room)),
            Every(3600.0, lambda: self._led(audit)),
        ]

    def run(self) -> None:
        """Do each job when it is due, until told to stop. A job that fails is logged and due again."""
        while not self.stop.is_set():
            for job in self.jobs:
                if clock.steady() >= job.next and not self.stop.is_set():
                    job.next = clock.steady() + job.seconds
                    try:
                        job.job()
                    except Exception as error:  # the database may be away; nothing is lost by waiting for it
                        logger.warning("pass failed", job=job.job.__name__, error=str(error).split("\n")[0])
            wait = min(job.next for job in self.jobs) - clock.steady()
            self.stop.wait(max(0.0, min(wait, 1.0)))

    def _led(self, step: Callable[[Conn], object]) -> object:
        with db.begin() as conn:
            return step(conn) if db.try_lock(conn, LEADER) else None

    def _tick(self) -> None:
        planned, whole = tick(db.begin)
        hints.enqueue(planned)
        if whole:  # a scheduler that cannot plan must not look alive on the readiness page
            with db.begin() as conn:
                db.beat(conn, "scheduler", self.process)

    def _sweep(self) -> None:
        found = self._led(lambda conn: rescue(conn, db.now(conn), self.settings))
        if isinstance(found, FollowUp):
            hints.batches(found.batches, most=2 * self._senders())  # at most two hints per process and queue
            hints.inbound(found.inbound)

    def _senders(self) -> int:
        with db.begin() as conn:
            return max(1, db.living(conn, "queue:send"))

    def _canaries(self) -> None:
        for queue in QUEUES:
            hints.canary(queue)


def main() -> None:
    """Run until TERM or INT."""
    log.setup("scheduler", settings().log_json)
    scheduler = Scheduler(settings())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.stop.set())
    logger.info("scheduler up", process=scheduler.process)
    scheduler.run()


if __name__ == "__main__":
    main()
