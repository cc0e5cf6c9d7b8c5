"""The watchdog of a worker: when its queues are asked for a sign of life and nobody takes the question, it ends.

Consumers stop for reasons of their own (the notes of Celery and kombu list a dozen); the process lives on and looks
well. Its supervisor starts a new one. It does not bark while the scheduler or the broker are away, since then nobody
is asked, nor while all children are busy, for then a canary waits behind them. One of several workers of a queue that
is deaf alone ends as well (engine.tasks.alone), and only one at a time.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from billiard import active_children

from engine import clock, config, db, log
from engine.config import Settings
from engine.outbound.alerts import queries as incidents
from engine.outbound.alerts.facts import unconsumed
from engine.outbound.queries import canaries
from engine.tasks import polls, process
from engine.tasks.alone import Alone, Look

logger = log.get(__name__)

# Seconds, at the default limit; less where the limit is below a minute (Settings.watchdog_haste).
CHECK = 5.0
FREE = 20.0  # a child must have been free so long: two canaries had the chance to be taken
CODE = 75  # EX_TEMPFAIL: whoever started us may start us again
PATIENCE = ((signal.SIGTERM, 15.0), (signal.SIGQUIT, 5.0))  # in order, then at once, and no later than this


@dataclass
class Judge:
    """Decides from what is seen every few seconds. All times are of the steady clock, in seconds.

    `slice_`: how long a child may be busy with one task. A process that was stopped, or a machine that slept, has to
    be awake anew for as long as the limit.
    """

    limit: float
    slice_: float
    seen: float = field(default_factory=clock.steady)
    awake: float = field(default_factory=clock.steady)
    free: float = field(default_factory=clock.steady)
    haste: float = 1.0

    def deaf(self, at: float, silences: Sequence[float], queues: int, busy: bool) -> bool:
        """Whether it is time to end. `silences` of those of our `queues` that are being asked; `busy`: all children."""
        if at - self.seen > 3 * CHECK * self.haste:
            self.awake = self.free = at
        self.seen = at
        if busy:
            self.free = at
        if at - self.awake < self.limit or not silences:
            return False
        if max(silences) >= self.limit and at - self.free >= FREE * self.haste:
            return True
        # Whatever it believes to be busy with: nothing of any of its queues was taken for longer than a task takes.
        longest = self.limit + 2 * self.slice_
        return len(silences) == queues and min(silences) >= longest and at - self.awake >= longest


class Watchdog(threading.Thread):
    """Looks at the canaries of `queues` until the process ends. `active` says how many of the `children` are at work.

    To be started when the children have been forked: one that is forked while this thread imports a module finds
    that import locked for ever.
    """

    def __init__(self, queues: Sequence[str], children: int, active: Callable[[], int], settings: Settings) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.fired = False
        self._queues, self._children, self._active = tuple(queues), children, active
        self._check = CHECK * settings.watchdog_haste
        self._judge = Judge(settings.watchdog_seconds, settings.slice_seconds, haste=settings.watchdog_haste)
        self._alone = Alone()
        # An Engine of its own: a child that takes another's place is forked while this thread may be using it.
        url = config.required(settings.database_url, "database_url")
        self._engine = db.create_engine(url, size=1, app="sixpm-watchdog")

    def run(self) -> None:
        """Look every few seconds; end the process when it is deaf."""
        while not process.leaving():
            time.sleep(self._check)
            try:
                with self._engine.begin() as conn:
                    silent = self._look(conn) or self._look_beside(conn)
            except db.Failure:
                continue  # the database is away: nobody knows anything
            if silent and not process.leaving():
                self.fired = True
                logger.error("deaf: ending, to be started again", queues=silent)
                end()

    def _look(self, conn: db.Conn) -> list[str]:
        """The queues that are silent, where that is reason to end; written down as an incident."""
        found = {q: age for q, age in canaries.silences(conn).items() if q in self._queues}
        busy = self._active() >= self._children
        if busy:  # slices of one queue keep the canaries of the others waiting for as long as there is work
            for queue in self._queues:
                db.beat(conn, f"queue:{queue}", process.name())
        if not self._judge.deaf(clock.steady(), list(found.values()), len(self._queues), busy):
            return []
        more = f" Worker {process.name()} has ended, to be started again."
        facts = [unconsumed(q, age, more) for q, age in sorted(found.items()) if age >= self._judge.limit]
        incidents.see(conn, facts, db.now(conn))
        return [fact.about for fact in facts]

    def _look_beside(self, conn: db.Conn) -> list[str]:
        """The queues that only this worker does not hear, where it may end for that. No incident: mail flows."""
        rows = canaries.standing(conn, self._queues, process.name())
        looks = [Look(r.queue, r.canaries, r.others, (r.own, polls.answered[r.queue])) for r in rows]
        found = self._alone.deaf(clock.steady(), looks, self._active() > 0)
        return found if found and canaries.may_end(conn, self._queues) else []


def end() -> None:
    """End this worker: in order if it still listens to signals, else at once, with its children."""
    process.leave()
    for how, seconds in PATIENCE:
        os.kill(os.getpid(), how)
        time.sleep(seconds)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)
    os._exit(CODE)
