"""Small tasks that keep an instance honest about itself."""

from __future__ import annotations

from typing import Any

from engine import db
from engine.tasks import hints, process, signs
from engine.tasks.app import celery_app
from engine.tasks.stories import dry_run_on, erase_on, import_on, reread_on


@celery_app.task(name="canary")  # type: ignore[untyped-decorator]
def canary(queue: str, v: int = 1, **_: Any) -> None:
    """Write that somebody consumes `queue`. Twice counts one more of hundreds; never is what the watchdog looks for."""
    with db.begin() as conn:
        signs.give(conn, queue, canary=True)


@celery_app.task(name="reread")  # type: ignore[untyped-decorator]
def reread(rereading_ids: list[int], v: int = 1, **_: Any) -> None:
    """Go on with rereadings, a slice each.

    Twice is harmless: the row is locked, and what was read or applied is not again. Never is healed by the sweep.
    """
    for rereading_id in rereading_ids:
        hints.enqueue(reread_on(rereading_id, process.reader()))


@celery_app.task(name="erase")  # type: ignore[untyped-decorator]
def erase(erasure_ids: list[int], v: int = 1, **_: Any) -> None:
    """Go on with erasures, a slice each.

    Twice is harmless: the row is locked, and what is empty stays so. Never is healed by the sweep.
    """
    for erasure_id in erasure_ids:
        hints.enqueue(erase_on(erasure_id))


@celery_app.task(name="import_people")  # type: ignore[untyped-decorator]
def import_people(import_ids: list[int], v: int = 1, **_: Any) -> None:
    """Go on with imports of people, and with taking them back, slice after slice for some seconds.

    Twice is harmless: each slice holds the row and keeps how far it came. Never is healed by the sweep.
    """
    for import_id in import_ids:
        hints.enqueue(import_on(import_id, process.leaving))


@celery_app.task(name="dry_run")  # type: ignore[untyped-decorator]
def dry_run(campaign_ids: list[int], v: int = 1, **_: Any) -> None:
    """Go on with dry runs of campaigns for some seconds; nobody gets anything.

    Twice is harmless: of two that try the same people one is counted. Never is healed by the sweep.
    """
    for campaign_id in campaign_ids:
        hints.enqueue(dry_run_on(campaign_id, process.leaving))
