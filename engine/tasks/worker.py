"""A worker process: Celery without its command line, which imports a shell and takes 0.8 s of CPU more."""

from __future__ import annotations

import logging
import socket
from typing import Any

from engine.tasks.app import celery_app


def serve(queues: str, concurrency: int, name: str) -> int:
    """Serve `queues` (by commas) with so many children until TERM; the exit code.

    `name` must be unique among the live workers of this machine: two of one name break each other's queue.
    """
    worker: Any = celery_app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=queues,
        concurrency=concurrency,
        loglevel=logging.INFO,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    return worker.exitcode or 0
