"""The mailboxes as a process: the engine's, given the way to enqueue; and forgetting one."""

from __future__ import annotations

from engine.config import Settings
from engine.errors import NotFound


def serve(settings: Settings) -> int:
    """Fetch until TERM. Celery stays out of the engine's part: it gets its enqueue function here."""
    from engine.inbound.retrieve import imap
    from engine.tasks import hints

    return imap.serve(settings, hints.gathering())


def forget(name: str) -> None:
    """Drop where we stand in a mailbox. Raises NotFound; what it still holds is fetched no more."""
    from engine import db
    from engine.inbound.queries import boxes

    with db.begin() as conn:
        if not boxes.forget(conn, name):
            known = ", ".join(boxes.names(conn)) or "none"
            raise NotFound(f"There is no mailbox {name}. Known are: {known}.")
