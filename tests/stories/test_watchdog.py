"""A worker that stops consuming ends and is started again; one whose broker is away does not."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from sixpm.embedded.children import Child, Service
from tests.stories.instance import Instance
from tests.stories.parts import ROOT, Part

pytestmark = pytest.mark.story
SHORT = 25.0
LONG = 32.0  # after 30 s without a canary the silence counts anew: a worker whose broker was away has time to come back
TAKEN = "SELECT count(*) FROM canary WHERE queue = 'send' AND taken_at > clock_timestamp() - interval '5 s'"

CANARIES = [("canary", "send", ["send"], dict[str, Any]())] * 8  # the scheduler's take minutes


@contextmanager
def supervised(house: Instance, limit: float) -> Iterator[Child]:
    """A sender that can be made deaf, kept up as `sixpm run` keeps it up; everybody else is told of the short limit."""
    env = {**house.env, "SIXPM_WATCHDOG_SECONDS": str(limit), "SIXPM_ALERT_AFTER_SECONDS": "2"}
    for name in ("sender", "scheduler"):
        if name in house.parts:
            house.parts.pop(name).kill()
    argv = [sys.executable, "-m", "sixpm", "scheduler"]
    house.parts["scheduler9"] = Part(
        "scheduler9", argv, env, house.base / "log", house.guard, words="scheduler up"
    )  # fmt: skip
    order = house.base / "go-deaf"

    def worker(life: int) -> list[str]:
        words = [str(order), "send,bulk", f"deaf-{os.getpid()}-{time.monotonic_ns()}-{life}"]
        return [sys.executable, "-m", "tests.stories.deaf", *words]

    child = Child(Service("deaf", worker, "", environment={**env, "PYTHONPATH": str(ROOT)}), house.base / "log")
    child.start()
    assert child.pid is not None
    house.guard.process(child.pid)
    try:
        yield child
    finally:
        child.sweep()
        house.guard.process(child.pid)


def ready(house: Instance) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{house.settings.base_url}/readyz", timeout=20).json()["checks"]
    return found


def test_a_worker_that_stops_consuming_ends_and_is_started_again(house: Instance) -> None:
    house.up("web")
    with supervised(house, SHORT) as child:
        house.wait("the worker consumes", lambda: house.value(TAKEN), 40)
        assert ready(house)["queue:send"] == "ok"
        first, said, seen = child.pid, list[str](), list[str]()

        def ended() -> bool:
            child.tend(said.append)
            seen.append(ready(house)["queue:send"])
            return bool(said)

        def consuming_again() -> bool:
            child.tend(said.append)
            return bool(house.value(TAKEN))

        (house.base / "go-deaf").touch()
        house.wait("it ends", ended, 60)

        assert "exit code 75" in said[0]
        assert any(words.startswith("not consumed") for words in seen), seen
        house.wait("it is up again", consuming_again, 40)
        assert child.lives == 2
        assert child.pid != first
        run = house.plan(20)
        house.finish(run, seconds=30)
        over = "SELECT count(*) FROM incident WHERE kind = 'watchdog' AND about = 'send' AND over_at IS NOT NULL"
        house.wait("the incident is over", lambda: house.value(over), 30)
        house.wait("the page is green", lambda: ready(house)["queue:send"] == "ok", 10)


def test_one_deaf_worker_among_others_ends_and_is_started_again(house: Instance) -> None:
    house.do("DELETE FROM heartbeat WHERE role LIKE 'queue:%'")  # the workers of earlier stories
    house.up("web", "sender2")
    with supervised(house, LONG) as child:

        def lives_as(pid: int | None) -> object:
            alive = "SELECT count(*) FROM heartbeat WHERE role = 'queue:send' AND process = :name"
            return house.value(alive, name=f"{socket.gethostname()}:{pid}")

        def both_take() -> bool:
            house.publish(CANARIES)
            return bool(lives_as(child.pid) and lives_as(house.parts["sender2"].pid))

        def ended() -> bool:
            house.publish(CANARIES)
            child.tend(said.append)
            return bool(said)

        def started_again() -> object:
            child.tend(said.append)
            return child.alive and lives_as(child.pid)

        house.wait("both consume", both_take, 60)
        first, said = child.pid, list[str]()
        house.publish(CANARIES, times=6, pause=2)  # three times what is proof, over two looks at least
        child.tend(said.append)
        assert (said, child.lives) == ([], 1)

        (house.base / "go-deaf").touch()
        house.wait("it ends", ended, 60)

        assert "exit code 75" in said[0]
        assert ready(house)["queue:send"] == "ok"
        house.finish(house.plan(20), seconds=30)
        house.wait("it is started again and consumes", started_again, 60)
        assert child.pid != first
        assert house.parts["sender2"].alive
        assert child.lives == 2


def test_a_worker_whose_broker_is_away_stays(house: Instance) -> None:
    with supervised(house, LONG) as child:
        house.wait("the worker consumes", lambda: house.value(TAKEN), 40)

        if house.rabbit is not None:
            house.rabbit.kill()
        else:
            house.durable.stop_at_once()
        time.sleep(LONG + 2)
        if house.rabbit is not None:
            house.rabbit.restart()
        else:
            house.durable.start()
        house.wait("the worker consumes again", lambda: house.value(TAKEN), 60)

        assert child.alive
        assert child.lives == 1
        ours = "SELECT about FROM incident WHERE kind = 'watchdog' AND about IN ('send', 'bulk') AND over_at IS NULL"
        assert house.values(ours) == []
