"""The inbound SMTP listener as a process: the engine's listener, given the way to enqueue."""

from __future__ import annotations

from engine.config import Settings


def serve(settings: Settings) -> None:
    """Listen until TERM. Celery stays out of the listener itself: it gets its enqueue function here."""
    from engine.inbound.retrieve import process
    from engine.tasks import hints

    process.serve(settings, hints.gathering())
