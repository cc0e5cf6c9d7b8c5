"""What befalls the soak: each ill begins at once, and ends by itself a while later."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from bench.chaos.brokers import GENEROUS, NOTHING, node, purge
from bench.chaos.database import CUT
from bench.chaos.stage import Stage, kill
from tests.stories.messages import OLD_MESSAGES
from tests.stories.pairs import PAIRS


@dataclass
class Later:
    """What is to be done at some later second."""

    _steps: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def add(self, seconds: float, step: Callable[[], object]) -> None:
        """Do `step` once `seconds` are over."""
        self._steps.append((time.monotonic() + seconds, step))

    def due(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        ready = [step for at, step in self._steps if at <= now]
        self._steps = [(at, step) for at, step in self._steps if at > now]
        for step in ready:
            step()

    def all(self) -> None:
        """Do everything that is left, now."""
        steps, self._steps = self._steps, []
        for _, step in steps:
            step()


@dataclass(frozen=True)
class Ill:
    """A fault of the soak, and how many crashes it is worth: each may put two rows a connection in doubt."""

    name: str
    act: Callable[[Stage, Later], None]
    crashes: int = 0
    pairs: Sequence[str] = PAIRS


def _signalled(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _child(stage: Stage) -> int:
    children = stage.house.one("sender2").children()
    return random.choice(children)


def _kill_child(stage: Stage, later: Later) -> None:
    kill(_child(stage))


def _freeze_child(stage: Stage, later: Later) -> None:
    child = _child(stage)
    os.kill(child, signal.SIGSTOP)
    later.add(stage.scale.lease + 8, partial(_signalled, child, signal.SIGCONT))


def _kill_part(name: str) -> Callable[[Stage, Later], None]:
    def act(stage: Stage, later: Later) -> None:
        stage.house.one(name).kill()
        later.add(5, partial(stage.house.up, name))

    return act


def _freeze_group(stage: Stage, later: Later) -> None:
    part = stage.house.one("sender2")
    part.freeze()
    later.add(stage.scale.lease + 8, part.thaw)


def _roll(stage: Stage, later: Later) -> None:
    part = stage.house.one("sender2")
    part.process.terminate()
    part.process.wait(60)
    stage.house.up("sender2")


def _cut(stage: Stage, later: Later) -> None:
    for seconds in range(5):
        later.add(seconds, partial(stage.house.do, CUT, share=random.uniform(0.3, 1.0)))


def _purge(stage: Stage, later: Later) -> None:
    purge(stage)


def _stop_database(stage: Stage, later: Later) -> None:
    stage.house.durable.stop_at_once()
    later.add(random.choice((3, 10, stage.scale.lease + 8)), stage.house.durable.start)


def _kill_broker(stage: Stage, later: Later) -> None:
    node(stage).kill()
    later.add(random.uniform(2, 20), node(stage).restart)


def _fill_broker(stage: Stage, later: Later) -> None:
    mark = "vm_memory_monitor:set_vm_memory_high_watermark"
    node(stage).call(f"{mark}({NOTHING})")
    later.add(12, partial(node(stage).call, f"{mark}({GENEROUS})"))


def _nonsense(stage: Stage, later: Later) -> None:
    stage.house.publish(OLD_MESSAGES * 3)


ILLS = (
    Ill("kill child", _kill_child, 1),
    Ill("kill group", _kill_part("sender2"), 1),
    Ill("kill scheduler", _kill_part("scheduler2")),
    Ill("freeze child", _freeze_child, 1),
    Ill("freeze group", _freeze_group, 1),
    Ill("roll worker", _roll),
    Ill("cut sessions", _cut),
    Ill("purge queues", _purge),
    Ill("stop database", _stop_database, 2),
    Ill("nonsense", _nonsense),
    Ill("kill broker", _kill_broker, pairs=("rabbitmq",)),
    Ill("broker full", _fill_broker, pairs=("rabbitmq",)),
)
