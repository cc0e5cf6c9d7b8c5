"""A worker of the product that goes deaf when told: `python -m tests.stories.deaf ORDER QUEUES NAME`.

When the file ORDER appears it is removed, and the worker's consumers are cancelled, by the very call that Celery's
remote control makes (which needs reply queues that pgmq does not have). The process lives on as if nothing had been.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from engine.tasks.worker import serve


def main(order: Path, queues: str, name: str) -> int:
    """Serve until ended."""

    @worker_ready.connect(weak=False)  # type: ignore[untyped-decorator]
    def _listen(sender: Any, **_: Any) -> None:
        threading.Thread(target=_obey, args=(order, sender, queues.split(",")), daemon=True).start()

    return serve(queues, 2, name)


def _obey(order: Path, consumer: Any, queues: list[str]) -> None:
    while not order.exists():
        time.sleep(0.1)
    order.unlink()
    for queue in queues:
        consumer.call_soon(consumer.cancel_task_queue, queue)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
