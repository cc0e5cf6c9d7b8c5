"""Jobs that are due every so often, done one after the other until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine import clock, log

logger = log.get(__name__)


@dataclass
class Every:
    """A job that is due every `seconds`."""

    seconds: float
    job: Callable[[], object]
    next: float = field(default=0.0)


def run(jobs: Sequence[Every], stop: threading.Event) -> None:
    """Do each job when it is due, until `stop`. A job that fails is logged and due again."""
    while not stop.is_set():
        for job in jobs:
            if clock.steady() >= job.next and not stop.is_set():
                job.next = clock.steady() + job.seconds
                try:
                    job.job()
                except Exception as error:  # the database may be away; nothing is lost by waiting for it
                    logger.warning("pass failed", job=job.job.__name__, error=str(error).split("\n")[0])
        wait = min(job.next for job in jobs) - clock.steady()
        stop.wait(max(0.0, min(wait, 1.0)))
