"""Whether the broker can be reached, for /readyz and `sixpm doctor`, and how full its queues are, for /system."""

from __future__ import annotations

from kombu import Connection

from engine.config import Settings
from engine.log import mask
from engine.tasks.app import QUEUES, broker_options


def problem(settings: Settings, timeout: float = 2.0) -> str | None:
    """Why the broker cannot be reached within `timeout` seconds, or None."""
    if not settings.broker_url:
        return "SIXPM_BROKER_URL is not set."
    try:
        options = broker_options(settings.broker_url)
        with Connection(settings.broker_url, connect_timeout=timeout, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=timeout)
    except Exception as error:  # each transport raises its own kinds; whatever it says is the answer
        return f"does not answer ({type(error).__name__}: {mask(str(error))[:200]}). Is SIXPM_BROKER_URL right?"
    return None


def depths(settings: Settings, timeout: float = 2.0) -> dict[str, int] | None:
    """How many messages lie in each queue of RabbitMQ, without those that nobody declared yet.

    None where the queues are in PostgreSQL, {} when it does not answer: the page then says that nobody knows.
    """
    url = settings.broker_url or ""
    if not url.startswith("amqp"):
        return None
    connection = Connection(url, connect_timeout=timeout)
    try:
        with connection:
            counts = {queue: _depth(connection, queue) for queue in QUEUES}
    except connection.connection_errors:
        return {}
    return {queue: count for queue, count in counts.items() if count is not None}


def _depth(connection: Connection, queue: str) -> int | None:
    """On a channel of its own: asking for a queue that is not there closes the channel (AMQP 0-9-1, 404)."""
    try:
        with connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        return None
