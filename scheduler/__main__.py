"""The scheduler process: a plain loop that writes rows itself, so that planning goes on while the broker is away.

Any number may run. Sweeps are led by whoever gets an advisory lock; planning needs no leader, since slots are unique
and the rows that are due are locked and skipped.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence

from engine import db, log, memory
from engine.campaigns.watching import watch
from engine.config import Settings, required, settings
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.people import suppression
from engine.tasks import hints
from scheduler import every
from scheduler.every import Every
from scheduler.rescue import audit, expire, rescue
from scheduler.retention import keep, make_room
from scheduler.tick import tell, tick
from scheduler.watch import Watch

logger = log.get(__name__)

LEADER = 0x6006_0001
FLIGHTS = 5.0  # seconds between two looks at the campaigns under way
KEEP = 300.0  # seconds between two passes that take away what is no longer kept
WAIT = 5.0  # seconds a look, or a call that is under way, may take after TERM


class Scheduler:
    """The loop; `stop` is set by TERM."""

    def __init__(self, chosen: Settings) -> None:
        self.settings = chosen
        self.stop = threading.Event()
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self.jobs = [
            Every(chosen.tick_seconds, self._tick),
            Every(chosen.sweep_seconds, self._sweep),
            Every(FLIGHTS, lambda: self._led(lambda conn: watch(conn, db.now(conn)))),
            Every(60.0, lambda: self._led(make_room)),
            Every(3600.0, lambda: self._led(audit)),
            Every(3600.0, lambda: self._led(self._recognise)),
            Every(60.0, lambda: self._led(expire)),
            Every(KEEP, lambda: self._led(keep)),
        ]

    def run(self) -> None:
        """Plan and sweep until told to stop; beside it, in a thread each, watch and tell.

        These two wait for others: for a webhook that does not answer, for whoever is writing to a conversation.
        """
        hints.prepare()
        memory.settle()
        telling = Every(self.settings.sweep_seconds, lambda: tell(db.begin))
        beside = [self._beside("watch", Watch(self.settings).jobs()), self._beside("tell", [telling])]
        every.run(self.jobs, self.stop)
        for thread in beside:
            thread.join(WAIT)

    def _beside(self, name: str, jobs: Sequence[Every]) -> threading.Thread:
        thread = threading.Thread(target=every.run, args=(jobs, self.stop), name=name, daemon=True)
        thread.start()
        return thread

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
        found = self._led(self._rescue)
        if isinstance(found, FollowUp):
            hints.batches(found.batches, most=2 * self._senders())  # at most two hints per process and queue
            hints.inbound(found.inbound)
            hints.reread(found.reread)
            hints.erase(found.erase)
            hints.imports(found.imports)
            hints.dry_runs(found.dry_runs)

    def _rescue(self, conn: Conn) -> FollowUp:
        found = rescue(conn, db.now(conn), self.settings)
        db.beat(conn, "leader", self.process)  # who swept last, for people; nobody decides by it
        return found

    def _recognise(self, conn: Conn) -> int:
        """Contacts that came by whatever way, and whose address gets no mail, are listed as such."""
        return suppression.recognise_all(conn, required(self.settings.secret_key, "secret_key"))

    def _senders(self) -> int:
        with db.begin() as conn:
            return max(1, db.living(conn, "queue:send"))


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
