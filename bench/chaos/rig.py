"""The servers of a chaos run, each started when a scenario first needs it, and the scale it is played at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sixpm.embedded import postgres
from tests.fakes.guard import Guard
from tests.fakes.rabbit import Rabbit
from tests.stories.instance import Durable, Instance
from tests.stories.pairs import instance_on


@dataclass(frozen=True)
class Scale:
    """How big and how patient: mails of a run, the product's own times, how long something stays away."""

    rows: int
    lease: float
    sweep: float
    tick: float
    away: float
    patience: float

    @property
    def takeover(self) -> float:
        """The bar: a lease, and a sweep."""
        return self.lease + self.sweep

    def settings(self) -> dict[str, Any]:
        """The instance's settings."""
        return {"lease_seconds": self.lease, "sweep_seconds": self.sweep, "tick_seconds": self.tick}


FULL = Scale(rows=1500, lease=30.0, sweep=5.0, tick=1.0, away=40.0, patience=300.0)  # the product's defaults
SHORT = Scale(rows=300, lease=8.0, sweep=0.5, tick=0.5, away=9.0, patience=90.0)


@dataclass
class Rig:
    """What scenarios share. Each scenario has an instance of its own on it, with an empty database and sink."""

    folder: Path
    guard: Guard
    stack: ExitStack
    durable: Durable
    rabbit: Callable[[], Rabbit]
    _names: Iterator[int] = field(default_factory=count)

    @contextmanager
    def house(
        self, pair: str, script: Mapping[str, object], sink: Sequence[str] = (), *, durable: Durable | None = None,
        **settings: Any,
    ) -> Iterator[Instance]:  # fmt: skip
        """A new instance on a pair; `durable` is its PostgreSQL where that is not the shared one."""
        rabbit = self.rabbit() if pair == "rabbitmq" else None
        name = f"chaos{next(self._names)}"
        with instance_on(pair, name, self.folder, durable or self.durable, rabbit, script, sink, **settings) as made:
            try:
                yield made
            finally:
                made.tidy()

    def another(self, name: str, settings: Mapping[str, str] | None = None, folder: Path | None = None) -> Durable:
        """One more PostgreSQL, stopped at the end."""
        made = Durable(folder or self.folder / name, self.guard, settings or {})
        made.start()
        self.stack.callback(postgres.stop, made.folder)
        return made


@contextmanager
def rig(folder: Path, guard: Guard) -> Iterator[Rig]:
    """An empty rig in `folder`, which accounts other than ours must be able to enter."""
    with ExitStack() as stack:
        nodes: list[Rabbit] = []

        def rabbit() -> Rabbit:
            if not nodes:
                nodes.append(Rabbit(folder / "rabbit", guard))
                stack.callback(nodes[0].stop)
                nodes[0].start()
            return nodes[0]

        durable = Durable(folder / "postgres", guard)
        durable.start()
        stack.callback(postgres.stop, durable.folder)
        yield Rig(folder, guard, stack, durable, rabbit)
