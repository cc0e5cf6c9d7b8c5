"""The private RabbitMQ node the stories run on."""

from __future__ import annotations

from kombu import Connection

from tests.fakes.rabbit import Rabbit


def put(url: str, body: str) -> None:
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        connection.SimpleQueue("kept").put(body)


def get(url: str) -> str:
    with Connection(url) as connection:
        message = connection.SimpleQueue("kept").get(timeout=20)
        message.ack()
        return str(message.payload)


def test_each_test_gets_an_empty_virtual_host(rabbit: Rabbit) -> None:
    first, second = rabbit.vhost(), rabbit.vhost()

    put(first, "one")

    with Connection(second) as connection:
        assert connection.SimpleQueue("kept").qsize() == 0
    assert get(first) == "one"


def test_a_durable_message_outlives_kill_9_and_restart(rabbit: Rabbit, rabbit_url: str) -> None:
    put(rabbit_url, "kept")

    rabbit.kill()
    rabbit.restart()

    assert get(rabbit_url) == "kept"
