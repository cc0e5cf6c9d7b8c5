"""A worker process: Celery without its command line, which imports a shell and takes 0.8 s of CPU more."""

from __future__ import annotations

import logging
import socket
from typing import Any

from celery.signals import worker_ready
from celery.worker import state

from engine.config import settings
from engine.tasks import polls
from engine.tasks.app import celery_app
from engine.tasks.watchdog import CODE, Watchdog


def serve(queues: str, concurrency: int, name: str) -> int:
    """Serve `queues` (by commas) with so many children until TERM; the exit code, 75 if it went deaf.

    `name` must be unique among the live workers of this machine: two of one name break each other's queue.
    """
    worker = made(queues, concurrency, name)
    watchdog = Watchdog(queues.split(","), concurrency, lambda: len(state.active_requests), settings())
    if settings().watchdog_seconds > 0:
        worker_ready.connect(lambda **_: watchdog.start(), weak=False)
    worker.start()
    return CODE if watchdog.fired else worker.exitcode or 0


def made(queues: str, concurrency: int, name: str) -> Any:
    """The worker, not started."""
    polls.install()
    return celery_app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=queues,
        concurrency=concurrency,
        loglevel=logging.INFO,
        without_gossip=True,
        without_mingle=True,
    )
