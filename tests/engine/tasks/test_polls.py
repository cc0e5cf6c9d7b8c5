"""Queues in PostgreSQL: every answered poll is counted by queue, whoever got the message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from kombu import Connection, Consumer, Queue
from kombu.transport import TRANSPORT_ALIASES
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from engine import db
from engine.tasks import polls
from engine.tasks.app import broker_options


@pytest.fixture
def broker(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setitem(TRANSPORT_ALIASES, "pgmq", TRANSPORT_ALIASES["pgmq"])
    monkeypatch.setattr(polls, "answered", type(polls.answered)())
    db.install_queues(db_url, ["send", "bulk"])
    polls.install()
    url = make_url(db_url).set(drivername="pgmq", query={}).render_as_string(hide_password=False)
    with Connection(url, transport_options=broker_options(url)) as made:
        yield made


ASK = """
from engine.tasks.app import celery_app
from engine.tasks.worker import made
made("send", 1, "polls")
print(celery_app.connection().get_transport_cls().__module__)
"""


def test_a_worker_counts_its_polls(db_url: str) -> None:
    url = make_url(db_url).set(drivername="pgmq", query={}).render_as_string(hide_password=False)
    env = {**os.environ, "SIXPM_DATABASE_URL": db_url, "SIXPM_BROKER_URL": url}

    said = subprocess.run([sys.executable, "-c", ASK], env=env, check=True, capture_output=True, text=True, timeout=60)

    assert said.stdout.split()[-1] == "engine.tasks.polls"


def drain(broker: Connection, seconds: float = 1.5) -> None:
    with suppress(TimeoutError):
        while True:
            broker.drain_events(timeout=seconds)


def test_a_consumer_that_gets_nothing_has_polled(broker: Connection) -> None:
    with Consumer(broker.channel(), [Queue("send"), Queue("bulk")], callbacks=[lambda body, message: message.ack()]):
        drain(broker)

    assert polls.answered["send"] >= 1
    assert polls.answered["bulk"] >= 1


def test_a_queue_whose_consumer_was_cancelled_is_polled_no_more(broker: Connection) -> None:
    with Consumer(
        broker.channel(), [Queue("send"), Queue("bulk")], callbacks=[lambda body, message: message.ack()]
    ) as consumer:
        drain(broker)
        consumer.cancel_by_queue("send")
        before = polls.answered.copy()

        drain(broker)

    assert polls.answered["send"] == before["send"]
    assert polls.answered["bulk"] > before["bulk"]


def test_a_poll_that_failed_is_none(broker: Connection, db_url: str) -> None:
    with Consumer(broker.channel(), [Queue("send")], callbacks=[lambda body, message: message.ack()]):
        drain(broker)
        before = polls.answered.copy()
        engine = create_engine(db_url)
        with engine.begin() as conn:
            conn.execute(text("ALTER TABLE pgmq.q_send RENAME TO q_gone"))
        engine.dispose()

        with pytest.raises(Exception, match="q_send"):
            broker.drain_events(timeout=1.5)

    assert polls.answered == before
