"""The two pairs that stories run on: embedded PostgreSQL with its queues, and PostgreSQL with RabbitMQ."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import db
from sixpm.embedded import postgres
from tests.fakes.guard import Guard
from tests.fakes.rabbit import Rabbit
from tests.fakes.smtp_sink import sink_process
from tests.stories.instance import Durable, Instance

LATE = "late=0.02"  # seconds the sink takes over a mail, so that batches are still in flight when something is killed


@pytest.fixture(scope="package")
def durable(guard: Guard) -> Iterator[Durable]:
    """The stories' own PostgreSQL, with fsync on."""
    # Not under pytest's own temporary folder, which only its owner may enter: root runs the server as somebody else.
    base = Path(tempfile.mkdtemp(prefix="sixpm-story-"))
    base.chmod(0o711)
    guard.folder(base)
    made = Durable(base / "postgres", guard)
    made.start()
    yield made
    postgres.stop(made.folder)


@pytest.fixture(scope="package", params=["pgmq", "rabbitmq"])
def instance(request: pytest.FixtureRequest, guard: Guard, durable: Durable) -> Iterator[Instance]:
    """One instance per pair for all stories; its parts start when a story first needs them."""
    pair, server = str(request.param), durable.server
    rabbit: Rabbit | None = request.getfixturevalue("rabbit") if pair == "rabbitmq" else None
    base = durable.folder.parent / pair
    (base / "log").mkdir(parents=True)
    db.bootstrap(server.url("postgres"), pair)
    if rabbit is None:
        db.install_queues(server.url(pair))
    db.upgrade(server.url(pair))
    (base / "script.json").write_text(json.dumps({"*": LATE}))
    with sink_process(base / "sink.log", "--script", str(base / "script.json")) as sink:
        guard.process(sink.pid)
        broker = rabbit.vhost() if rabbit else server.pgmq_url(pair)
        made = Instance(pair, base, guard, durable, pair, sink, broker, rabbit)
        try:
            yield made
        finally:
            made.down()


@pytest.fixture
def house(instance: Instance) -> Iterator[Instance]:
    """The instance, tidied before and after. No story ends without its numbers being asked for."""
    instance.tidy()
    yield instance
    instance.tidy()
    instance.assert_balanced()
