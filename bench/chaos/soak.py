"""The soak: steady sending for an hour with a random fault every minute or so; is anything lost, does memory grow?

    python -m bench.chaos soak [--minutes 60] [--rate 60] [--pair rabbitmq] [--out FILE]

Two workers and two schedulers: the second of each is killed and frozen, the first lives all along, as does the web
process, through everything that happens to database and broker. The memory of those that live is what counts. A line
of JSON for every five minutes goes to FILE as it comes; the last line is the sum.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy.exc import OperationalError

from bench.bill import resident_mb
from bench.chaos.ills import ILLS, Later
from bench.chaos.stage import Stage
from bench.pages import answers, make_owner, sign_in
from tests import factories

LIVING = ("sender", "scheduler", "web")
VICTIMS = ("sender2", "scheduler2")
PAGES = ("/deliveries", "/teams", "/readyz", "/metrics")
WORKSPACES = 4
WINDOW = 300.0  # seconds of one line
GROWTH = 0.05
WARM = 1 / 3  # the share of the time that is not judged: in an hour, each ill has come once by then
Say = Callable[[str], object]


@dataclass
class Watch:
    """What was seen: (seconds, MB) of those that live, and what befell the others."""

    began: float = field(default_factory=time.monotonic)
    memory: list[tuple[float, float]] = field(default_factory=list)
    ills: list[str] = field(default_factory=list)
    planned: dict[int, float] = field(default_factory=dict)  # Unix time by run
    missed: int = 0  # seconds in which nothing could be planned, for the database was away

    @property
    def seconds(self) -> float:
        """How long it has gone on."""
        return time.monotonic() - self.began

    def growth(self) -> float:
        """Memory at the end over memory after warming up, less one: medians of a tenth of the time each."""
        end = self.memory[-1][0]
        first = [mb for at, mb in self.memory if WARM * end <= at <= (WARM + 0.1) * end]
        last = [mb for at, mb in self.memory if at >= 0.9 * end]
        return round(statistics.median(last) / statistics.median(first) - 1, 4)


class Soak:
    """A soak on one stage."""

    def __init__(self, stage: Stage, minutes: float, rate: int, client: httpx.Client, say: Say) -> None:
        self.stage, self.house, self.rate, self.client, self.say = stage, stage.house, rate, client, say
        self.end, self.watch, self.later = 60 * minutes, Watch(), Later()
        self.dice = random.Random()
        self.ills = [ill for ill in ILLS if self.house.pair in ill.pairs]
        self.coming = self.dice.sample(self.ills, k=len(self.ills))  # each once, then as it comes
        self.workspaces: list[int] = []
        self.lines: list[dict[str, Any]] = []

    def play(self) -> None:
        """Send, break and look until the time is over; then let everything end by itself."""
        house = self.house
        with house.engine.begin() as conn:
            self.workspaces = [factories.workspace(conn).id for _ in range(WORKSPACES)]
        house.up(*LIVING, *VICTIMS)
        house.wait("the pages are there", lambda: answers(self.client), 30)
        make_owner(house.engine)
        sign_in(self.client)
        ill_at, line_at = self.dice.uniform(20, 40), WINDOW
        while self.watch.seconds < self.end:
            began = time.monotonic()
            self._second()
            self.later.due()
            if self.watch.seconds >= ill_at and self.watch.seconds < self.end - 40:
                self._befall()
                ill_at = self.watch.seconds + self.dice.uniform(45, 75)
            if self.watch.seconds >= line_at:
                self._line()
                line_at += WINDOW
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        self.later.all()
        self.stage.settle()
        self._line()

    def _second(self) -> None:
        try:
            workspace_id = self.dice.choice(self.workspaces)
            run = self.house.plan(self.rate, workspace_id=workspace_id)
        except OperationalError:  # the database is away
            self.watch.missed += 1
        else:
            self.stage.runs.append(run)
            self.watch.planned[run.run_id] = time.time()
        with suppress(httpx.HTTPError):
            self.client.get(self.dice.choice(PAGES))
        living = [self.house.parts[name] for name in LIVING]
        gone = [part.name for part in living if not part.alive]
        self.stage.check(not gone, f"ended: {gone}")
        self.watch.memory.append((self.watch.seconds, resident_mb(part.pid for part in living)))

    def _befall(self) -> None:
        ill = self.coming.pop() if self.coming else self.dice.choice(self.ills)
        self.watch.ills.append(ill.name)
        self.stage.doubts += 2 * ill.crashes * self.house.settings.relay_connections
        ill.act(self.stage, self.later)

    def _line(self) -> None:
        """What the last five minutes were like."""
        house, watch = self.house, self.watch
        since = len(self.lines) * WINDOW
        house.sunk.look()
        begun = time.time() - watch.seconds
        times = [(t, row[0]) for t, row in house.sunk.times if t - begun >= since]
        waits = sorted(t - watch.planned[run] for t, run in times if run in watch.planned)
        memory = [mb for at, mb in watch.memory if at >= since]
        line = {
            "minute": round(watch.seconds / 60, 1), "mails": len(times),
            "rate": round(len(times) / max(1.0, min(watch.seconds, self.end) - since), 1),
            "p50_s": _at(waits, 0.5), "p95_s": _at(waits, 0.95),
            "memory_mb": round(statistics.median(memory or [0]), 1),
            "in_doubt": self._doubts(), "ills": watch.ills[:],
        }  # fmt: skip
        watch.ills.clear()
        self.lines.append(line)
        self.say(json.dumps(line))

    def _doubts(self) -> int | None:
        with suppress(OperationalError):
            return int(self.house.value("SELECT count(*) FROM delivery_event WHERE trigger = 'doubt'"))
        return None


def _at(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def soak(stage: Stage, minutes: float, rate: int, say: Say) -> None:
    """Play a soak; notes are lines by window, growth of memory, seconds in which nothing could be planned."""
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=stage.house.settings.base_url, timeout=30))
        played = Soak(stage, minutes, rate, client, say)
        try:
            played.play()
        finally:
            played.later.all()
    growth = played.watch.growth()
    stage.check(minutes < 30 or growth < GROWTH, f"memory grew by {growth:.1%}")
    stage.notes = {
        "growth": growth, "missed_s": played.watch.missed, "minutes": minutes, "rate": rate, "lines": played.lines
    }  # fmt: skip
