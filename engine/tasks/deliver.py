"""The delivery task: wakes this process's sending loop."""

from __future__ import annotations

from typing import Any

from engine.config import settings
from engine.tasks import hints, process
from engine.tasks.app import celery_app


@celery_app.task(name="deliver")  # type: ignore[untyped-decorator]
def deliver(batch_ids: list[int], v: int = 1, **_: Any) -> None:
    """Send for at most a slice whatever can be claimed, most urgent first; the ids only say that there is something.

    Twice is harmless: a claim takes what is free, and finds nothing the second time. Never is healed by the sweep.
    """
    send_for_a_slice(batch_ids)


def send_for_a_slice(batch_ids: list[int]) -> None:
    """Send, and leave one hint behind where there may be more to do."""
    if process.sender().work(settings().slice_seconds):
        hints.batches(batch_ids, most=1)  # this process goes on; were there more, every slice would breed some
