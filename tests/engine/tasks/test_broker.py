"""What the pages and the doctor ask RabbitMQ."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kombu import Connection

from engine.config import Settings
from engine.tasks import broker
from engine.tasks.app import QUEUES
from sixpm.embedded import ports


@pytest.fixture
def settings(rabbit_url: str) -> Settings:
    return Settings(broker_url=rabbit_url)


@pytest.fixture
def two_waiting(rabbit_url: str) -> Iterator[str]:
    with Connection(rabbit_url) as connection:
        queue = connection.SimpleQueue(sorted(QUEUES)[-1])
        queue.put({"n": 1})
        queue.put({"n": 2})
        yield queue.queue.name
        queue.queue.delete()


def test_queues_that_are_there_are_counted_and_the_others_are_left_out(settings: Settings, two_waiting: str) -> None:
    found = broker.depths(settings)

    assert found == {two_waiting: 2}


def test_a_broker_that_does_not_answer_is_no_count_and_no_error() -> None:
    away = Settings(broker_url=f"amqp://guest:guest@127.0.0.1:{ports.free_port()}//")

    assert broker.depths(away, timeout=0.5) == {}


def test_queues_in_postgresql_are_not_asked_for_here() -> None:
    assert broker.depths(Settings(broker_url="pgmq+postgresql://u@127.0.0.1/d")) is None
