"""The two pairs that stories run on: embedded PostgreSQL with its queues, and PostgreSQL with RabbitMQ."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import config
from sixpm.embedded import postgres
from tests.fakes.guard import Guard
from tests.fakes.rabbit import Rabbit
from tests.stories.instance import Durable, Instance
from tests.stories.pairs import LATE, PAIRS, instance_on


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


@pytest.fixture(scope="package", params=PAIRS)
def instance(request: pytest.FixtureRequest, guard: Guard, durable: Durable) -> Iterator[Instance]:
    """One instance per pair for all stories; its parts start when a story first needs them."""
    pair = str(request.param)
    rabbit: Rabbit | None = request.getfixturevalue("rabbit") if pair == "rabbitmq" else None
    with instance_on(pair, pair, durable.folder.parent, durable, rabbit, {"*": LATE}) as made:
        yield made


@pytest.fixture(scope="package", params=["rabbitmq"])  # so that it is in the name of its tests (bin/test parts them)
def fast(request: pytest.FixtureRequest, durable: Durable) -> Iterator[Instance]:
    """An instance with RabbitMQ whose sink answers at once, for stories of many mails or far days."""
    rabbit: Rabbit = request.getfixturevalue("rabbit")
    with instance_on("rabbitmq", "swift", durable.folder.parent, durable, rabbit, {}, relay_connections=40) as made:
        yield made


@pytest.fixture
def house(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """The instance, tidied before and after. No story ends without its numbers being asked for."""
    yield from _told(instance, monkeypatch)


@pytest.fixture
def swift(fast: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """The fast instance, tidied before and after, as `house` is."""
    yield from _told(fast, monkeypatch)


def _told(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """What a story does in its own process, such as planning a run, is done with the instance's settings."""
    for name, value in instance.env.items():
        if name.startswith("SIXPM_"):
            monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    instance.tidy()
    yield instance
    instance.tidy()
    instance.assert_balanced()
