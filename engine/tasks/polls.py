"""Queues in PostgreSQL, with polls counted: a worker that asks a queue and is answered consumes it, whoever gets the
message.

RabbitMQ takes its consumers in turn; pollers of PostgreSQL race, and one that is further from the database than
another may lose every time (engine.tasks.alone).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, pgmq

answered: Counter[str] = Counter()  # by queue, in this process


class Channel(pgmq.Channel):
    """Counts the answers, empty ones too. A read that fails is none."""

    def _receive_messages(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        found = super()._receive_messages(queue, *args, **kwargs)
        answered[queue] += 1
        return found


class Transport(pgmq.Transport):
    """kombu's own, with these channels."""

    Channel = Channel


def install() -> None:
    """Have kombu use it for pgmq:// from here on."""
    TRANSPORT_ALIASES["pgmq"] = f"{__name__}:Transport"
