"""H1 to H15 under every order of steps that hypothesis can think of. Each rule alone: test_ledger_rules.py."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from engine.db import Conn
from engine.outbound import plan
from tests import factories
from tests.engine.outbound.ledger_pipeline import ChunkedWorld, PipelinedWorld
from tests.engine.outbound.ledger_server import ANSWERS
from tests.engine.outbound.ledger_sim import BATCH, PLAIN, SLOTS, World

EXAMPLES = int(os.environ.get("SIXPM_TEST_INTERLEAVINGS", "2000"))

PROCESS = st.integers(0, 1)
SLOT = st.integers(0, SLOTS - 1)
FATE = st.sampled_from(["commit", "commit", "commit", "refused", "unsure"])
ANSWER = st.sampled_from(["250"] * 8 + [*PLAIN, *ANSWERS])


class Ledger(RuleBasedStateMachine):
    """Two processes on one run; every rule is one step of one of them, or something that happens to them."""

    conn: ClassVar[Conn]
    workspace_id: ClassVar[int]
    kind: ClassVar[type[World]] = World

    def __init__(self) -> None:
        super().__init__()
        self.world = self.kind(self.conn, self.workspace_id)
        self.paused = self.cancelled = False
        self.disasters = 0

    @rule(n=PROCESS)
    def work(self, n: int) -> None:
        """What a healthy process does next, so that disasters find it busy."""
        self.world.see(n)
        if not self.world.processes[n].desk.held:
            self.world.claim(n)
        for s in range(SLOTS):
            self.world.take(n, s)
        self.world.flush(n)

    @rule(n=PROCESS, s=SLOT)
    def take(self, n: int, s: int) -> None:
        self.world.take(n, s)

    @rule(n=PROCESS, s=SLOT)
    def leave(self, n: int, s: int) -> None:
        self.world.leave(n, s)

    @rule(n=PROCESS, s=SLOT, answer=ANSWER)
    def reply(self, n: int, s: int, answer: str) -> None:
        self.world.reply(n, s, answer)

    @rule(n=PROCESS, fate=FATE)
    def flush(self, n: int, fate: str) -> None:
        self.world.flush(n, fate)

    @rule(n=PROCESS)
    def see(self, n: int) -> None:
        self.world.see(n)

    @rule(n=PROCESS)
    def claim(self, n: int) -> None:
        self.world.claim(n)

    @rule(n=PROCESS)
    def let_go(self, n: int) -> None:
        self.world.let_go(n)

    @rule(n=PROCESS, on=st.booleans())
    def drain(self, n: int, on: bool) -> None:
        self.world.drain(n, on)

    @rule(n=PROCESS)
    def renew(self, n: int) -> None:
        self.world.renew(n)

    @precondition(lambda self: self.disasters < 3)
    @rule(n=PROCESS, how=st.sampled_from(["crash", "stall", "crash in claim"]))
    def disaster(self, n: int, how: str) -> None:
        self.disasters += 1
        if how == "crash in claim":
            self.world.claim(n, "crash")
        else:
            getattr(self.world, how)(n)

    @rule()
    def rescue(self) -> None:
        self.world.rescue()

    @rule(minutes=st.sampled_from([10, 200]))
    def later(self, minutes: int) -> None:
        self.world.later(minutes)

    @rule()
    def zombie(self) -> None:
        self.world.zombie()

    @precondition(lambda self: not self.cancelled)
    @rule()
    def pause_or_resume(self) -> None:
        (self.world.resume if self.paused else self.world.pause)()
        self.paused = not self.paused

    @precondition(lambda self: not self.cancelled)
    @rule(sure=st.integers(0, 3))
    def cancel(self, sure: int) -> None:
        if sure == 0:
            self.world.cancel()
            self.cancelled = True

    @rule(cancelled=st.integers(0, 3))
    def send_the_rest(self, cancelled: int) -> None:
        """What did not go out goes out once: never a second copy, whatever a worker still has in its hands."""
        if cancelled == 0 and not self.cancelled:
            self.world.cancel()
            self.cancelled = True
        if self.world.send_the_rest():
            self.cancelled = False

    @rule()
    def look(self) -> None:
        self.world.check_balance()

    def teardown(self) -> None:
        """Let it all end well, then count."""
        try:
            self.world.check_never()
            self.world.settle()
            self.world.check_end()
        finally:
            self.world.close()


def explore(database: Engine, examples: int, kind: type[World]) -> None:
    """Run the machine on `database`; raises at the first broken promise."""
    with database.begin() as conn:
        workspace = factories.workspace(conn)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with database.connect() as conn:
        machine: Any = type("LedgerHere", (Ledger,), {"conn": conn, "workspace_id": workspace.id, "kind": kind})
        run_state_machine_as_test(machine, settings=chosen)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST", BATCH)


@pytest.mark.timeout(1200)  # minutes each, on a machine that may be doing other things
@pytest.mark.parametrize("kind", [World, PipelinedWorld, ChunkedWorld])
def test_no_order_of_steps_loses_or_doubles_a_row(engine_db: Engine, kind: type[World]) -> None:
    explore(engine_db, EXAMPLES, kind)
