"""What a scenario plays on: it plans runs, hits something, and waits; the stage keeps what the figures need."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.rig import Rig, Scale
from engine.outbound.plan import Planned
from tests.stories.instance import SLOTS, Instance
from tests.stories.pairs import PAIRS

CHILDREN = 2  # of a worker
OF_CHILD = 2 * SLOTS  # rows of one child that may be without a recorded outcome: in flight and announced, per slot
OF_GROUP = CHILDREN * OF_CHILD


class Skipped(Exception):
    """The scenario cannot be played on this machine; says why."""


@dataclass
class Stage:
    """One scenario's instance and what happened on it. Times are Unix times, as in the sink's log.

    `doubts` is how many rows may ever be in doubt, `ends` in which states rows may end; `broken` is what else did not
    come true; `notes` are figures of the scenario's own.
    """

    rig: Rig
    house: Instance
    scale: Scale
    runs: list[Planned] = field(default_factory=list)
    doubts: int = 0
    ends: frozenset[str] = frozenset({"sent", "in_doubt"})
    hit_at: float | None = None
    healed_at: float | None = None
    takeovers: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def plan(self, size: int | None = None, **options: Any) -> Planned:
        """Plan a run that counts."""
        run = self.house.plan(size or self.scale.rows, **options)
        self.runs.append(run)
        return run

    def under_way(self, size: int | None = None, **options: Any) -> Planned:
        """Plan a run and wait until it is well under way."""
        run = self.plan(size, **options)
        self.house.mid(run, at_least=run.size // 6)
        return run

    def hit(self) -> None:
        """Now something happens."""
        self.hit_at = self.hit_at or time.time()

    def healed(self) -> None:
        """Now everything that was taken away is there again."""
        self.healed_at = time.time()

    def check(self, true: object, claim: str) -> None:
        """Note a claim that did not hold."""
        if not true:
            self.broken.append(claim)

    def taken_over(self, pids: Iterable[int], act: Callable[[], object]) -> None:
        """Do `act`, which takes these processes away; how long until others have every batch they held."""
        held = holdings(self.house, pids)
        self.check(held, "nothing was held when it was hit")
        self.hit()
        began = time.monotonic()
        act()
        self.house.wait("others have its batches", lambda: not still(self.house, held), 3 * self.scale.takeover)
        self.takeovers.append(round(time.monotonic() - began, 2))
        self.healed()

    def finish(self, state: str = "done") -> None:
        """Wait until all runs are over, by themselves."""
        self.house.finish(*self.runs, seconds=self.scale.patience, state=state)

    def settle(self) -> None:
        """Wait until nothing more leaves and nothing more is proven."""
        seen, since = (-1, -1), time.monotonic()
        while time.monotonic() - since < 3.0:
            now = self.house.left(*self.runs), self._doubts()
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.2)
        self.finish()

    def outlive(self, run: Planned) -> None:
        """Our processes lived through it: all that has left gets written, and only what was out may be in doubt."""
        house, written = self.house, "SELECT count(*) FROM delivery WHERE run_id = :run AND state = 'sent'"
        house.wait("what has left is written", lambda: house.value(written, run=run.run_id) == house.left(run), 30)
        self.settle()
        self.doubts = 2 * OF_GROUP
        self.check(all(part.alive for part in house.parts.values()), "a process ended")

    def _doubts(self) -> int:
        statement = "SELECT count(*) FROM delivery WHERE run_id = ANY(:runs) AND state = 'in_doubt'"
        return int(self.house.value(statement, runs=[run.run_id for run in self.runs]))


def holdings(house: Instance, pids: Iterable[int]) -> dict[int, int]:
    """The epochs of the batches that these processes lease, by id."""
    wanted = {str(pid) for pid in pids}
    with house.engine.begin() as conn:
        rows = conn.exec_driver_sql("SELECT id, epoch, owner FROM batch WHERE owner IS NOT NULL").all()
    return {row.id: row.epoch for row in rows if row.owner.split(":")[1] in wanted}


def still(house: Instance, held: Mapping[int, int]) -> list[int]:
    """The batches that nobody else has had yet: neither ended nor leased again."""
    statement = (
        "SELECT b.id FROM batch b JOIN unnest(cast(:ids AS bigint[]), cast(:epochs AS bigint[])) AS h(id, epoch)"
        " USING (id) WHERE b.state = 'open' AND (b.epoch = h.epoch OR (b.owner IS NULL AND b.epoch < h.epoch + 2))"
    )
    return house.values(statement, ids=list(held), epochs=list(held.values()))


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Scenario:
    """A named fault. `script` and `sink` are what the relay does meanwhile, `settings` the instance's."""

    name: str
    title: str
    play: Callable[[Stage], None]
    pairs: Sequence[str]
    script: Mapping[str, object]
    settings: Mapping[str, Any]
    scene: Callable[[Rig], Any] | None = None


SCENARIOS: dict[str, Scenario] = {}


def in_order() -> list[Scenario]:
    """All scenarios: F1 to F14, then the others by name."""

    def place(one: Scenario) -> tuple[int, str]:
        number = one.name.partition("-")[0].removeprefix("f")
        return (int(number) if number.isdigit() else 99), one.name

    return sorted(SCENARIOS.values(), key=place)


Play = Callable[[Stage], None]


def scenario(
    name: str, title: str, *, pairs: Sequence[str] = PAIRS, script: Mapping[str, object] | None = None,
    scene: Callable[[Rig], Any] | None = None, **settings: Any,
) -> Callable[[Play], Play]:  # fmt: skip
    """Make a function a scenario. `scene` makes the PostgreSQL it has to itself."""

    def add(play: Play) -> Play:
        SCENARIOS[name] = Scenario(name, title, play, pairs, script or {"*": "late=0.02"}, settings, scene)
        return play

    return add
