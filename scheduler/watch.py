"""Watching: canaries, tallies, incidents and what is told of them. In a thread of its own beside the planning, for a
webhook or a DNS server that does not answer must not keep anybody's hour from being noticed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from engine import clock, db
from engine.campaigns.report import counting as report_counting
from engine.campaigns.tracking import counting
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import dnsbl, incidents, tell
from engine.outbound.followup import FollowUp
from engine.outbound.health.standing import COUNTER
from engine.outbound.health.tally import Counter
from engine.outbound.queries import canaries
from engine.tasks import hints
from engine.tasks.app import QUEUES
from scheduler.every import Every

WATCHER = 0x6006_0002
CANARY = 10.0  # seconds between the signs of life asked of each queue; less where the watchdog is in a hurry
COUNT = 5.0
LOOK = 10.0
LISTS = 3600.0
AGAIN = 300.0  # seconds at most between two tries of a webhook that does not take an alert

Step = Callable[[Conn], object]


class Watch:
    """The jobs of watching, and what they remember."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counter = Counter(settings)
        self._pause, self._post_at = 0.0, 0.0

    def jobs(self) -> list[Every]:
        """What to do, and how often."""
        tell_every = max(1.0, min(self.settings.alert_after_seconds, 60.0))  # one message for all of a minute
        return [
            Every(CANARY * self.settings.watchdog_haste, self.canaries),
            Every(COUNT, lambda: self._led(self._count)),
            Every(COUNT, lambda: self._led(_reports)),
            Every(LOOK, lambda: self._led(lambda conn: incidents.watch(conn, db.now(conn), self.settings))),
            Every(tell_every, self.tell),
            Every(LISTS, self.lists),
        ]

    def canaries(self) -> None:
        """Ask every queue for a sign of life, and write down which questions the broker took."""
        asked = [queue for queue in QUEUES if hints.canary(queue)]
        with db.begin() as conn:
            canaries.asked(conn, asked)

    def _count(self, conn: Conn) -> None:
        self.counter.recount(conn, db.now(conn))
        db.beat(conn, COUNTER, f"{socket.gethostname()}:{os.getpid()}")

    def tell(self) -> None:
        """Plan the mails of what is to be told; then call the webhook, later and later while it does not answer."""
        planned = self._led(lambda conn: tell.by_mail(conn, db.now(conn), self.settings))
        if isinstance(planned, FollowUp):
            hints.enqueue(planned)
        if clock.steady() >= self._post_at:
            took = self._led(lambda conn: tell.by_chat(conn, db.now(conn), self.settings))
            self._pause = 0.0 if took is not False else min(AGAIN, max(15.0, 2 * self._pause))
            self._post_at = clock.steady() + self._pause

    def lists(self) -> None:
        """Ask the block lists about our addresses."""
        found = dnsbl.listings(self.settings)
        self._led(lambda conn: dnsbl.settle(conn, found, db.now(conn)))

    def _led(self, step: Step) -> object:
        with db.begin() as conn:
            return step(conn) if db.try_lock(conn, WATCHER) else None


def _reports(conn: Conn) -> None:
    """Count large runs of campaigns, and sum up what hits have changed, for the pages that tell of them."""
    counting.fold(conn)
    report_counting.recount(conn, db.now(conn))
