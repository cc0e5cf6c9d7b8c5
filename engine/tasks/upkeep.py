"""Small tasks that keep an instance honest about itself."""

from __future__ import annotations

from typing import Any

from engine import db
from engine.tasks import signs
from engine.tasks.app import celery_app


@celery_app.task(name="canary")  # type: ignore[untyped-decorator]
def canary(queue: str, v: int = 1, **_: Any) -> None:
    """Write that somebody consumes `queue`. Twice counts one more of hundreds; never is what the watchdog looks for."""
    with db.begin() as conn:
        signs.give(conn, queue, canary=True)
