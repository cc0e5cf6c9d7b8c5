"""How many hints are published: one for each process that could use it, and never more for being repeated."""

from __future__ import annotations

from typing import Any

import pytest

from engine.tasks import deliver, hints
from engine.tasks.app import DAY, lifetime


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The ids of each message that would have gone to the broker."""
    found: list[list[int]] = []
    monkeypatch.setattr("engine.tasks.hints.celery_app.send_task", lambda name, args, **_: found.append(args[0]))
    return found


@pytest.mark.parametrize(("batches", "messages"), [(0, 0), (1, 1), (4, 1), (5, 2), (250, hints.WAKE)])
def test_a_launch_wakes_as_many_processes_as_it_has_work_for(
    batches: int, messages: int, published: list[list[int]]
) -> None:
    hints.batches(range(batches))

    assert len(published) == messages
    assert all(0 < len(ids) <= hints.IDS for ids in published)


def test_the_sweep_says_how_many_at_most(published: list[list[int]]) -> None:
    hints.batches(range(100), most=2)

    assert len(published) == 2


def test_a_slice_that_ends_with_work_left_leaves_one_message_behind_it(
    published: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it more, messages would breed: each is consumed for a slice and left a slice later."""

    class Busy:
        def work(self, seconds: float) -> bool:
            return True

    monkeypatch.setattr("engine.tasks.deliver.process.sender", Busy)
    monkeypatch.setattr(deliver, "settings", _Slices)

    deliver.send_for_a_slice(list(range(100)))

    assert len(published) == 1


class _Slices:
    slice_seconds: Any = 0.0


def test_a_message_does_not_grow_old_by_the_clocks_of_its_sender_and_reader() -> None:
    """Only RabbitMQ can count the seconds itself; elsewhere clocks may be a day apart."""
    assert lifetime("amqp://guest@rabbit/", 60) == {"expiration": 60}
    assert lifetime("pgmq://sixpm@localhost/sixpm", 60) == {"expires": DAY}
