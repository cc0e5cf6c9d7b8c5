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
    """How many messages lie in each queue of RabbitMQ; None where the queues are in PostgreSQL, {} when it is away."""
    url = settings.broker_url or ""
    if not url.startswith("amqp"):
        return None
    found: dict[str, int] = {}
    try:
        with Connection(url, connect_timeout=timeout) as connection:
            for queue in QUEUES:
                found[queue] = connection.default_channel.queue_declare(queue, passive=True).message_count
    except Exception:  # a queue that nobody declared yet, or no broker: the page says that nobody knows
        return found
    return found
