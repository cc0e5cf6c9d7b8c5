"""The chaos suite's short form: what other stories do not break, with few mails and short leases (docs/chaos.md)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.chaos.__main__ import PARTS
from bench.chaos.play import play
from bench.chaos.rig import SHORT, Rig
from bench.chaos.stage import SCENARIOS, Stage
from bench.chaos.tally import tally
from tests.fakes.guard import Guard
from tests.fakes.parts import require
from tests.fakes.rabbit import Rabbit
from tests.stories.instance import Durable

pytestmark = pytest.mark.story


def may_mount() -> bool:
    """Whether this user may mount a file system here, as root of a container often may not."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        subprocess.run(["umount", folder], capture_output=True, check=False)
    return mounted.returncode == 0


# No set-up could bring these: where they lack, the scenarios that need them are left out, in CI too.
LACKING = {name for name, there in (("f8", may_mount), ("f9", lambda: shutil.which("cc"))) if not there()}
SHORT_FORMS = (
    ("sink", "pgmq"), ("sink-421", "rabbitmq"), ("f5", "rabbitmq"), ("f6-disk", "rabbitmq"), ("f7-lock", "pgmq"),
    ("f6-memory", "rabbitmq"), ("f8", "pgmq"), ("f9-one", "rabbitmq"), ("f9-scheduler", "pgmq"),
    ("f10-events", "pgmq"), ("f11", "rabbitmq"), ("f12", "rabbitmq"), ("f13", "pgmq"), ("f14", "rabbitmq"),
)  # fmt: skip
PLAYED = [(name, pair) for name, pair in SHORT_FORMS if name.partition("-")[0] not in LACKING]


@pytest.fixture(scope="module")
def rig(durable: Durable, guard: Guard, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The stories' own servers."""

    def rabbit() -> Rabbit:
        found: Rabbit = request.getfixturevalue("rabbit")
        return found

    with ExitStack() as stack:
        yield Rig(durable.folder.parent, guard, stack, durable, rabbit)


@pytest.mark.parametrize(("name", "pair"), PLAYED, ids=map("-".join, PLAYED))
def test_a_fault_costs_no_mail_and_makes_no_copy(rig: Rig, name: str, pair: str) -> None:
    found = play(SCENARIOS[name], rig, pair, SHORT)

    require(not found.skipped, found.skipped)
    assert found.broken == []
    assert (found.lost, found.false_sent, found.duplicates) == (0, 0, 0)


def test_the_bars_break_when_the_log_of_the_sink_says_otherwise(rig: Rig) -> None:
    with rig.house("pgmq", {}, **SHORT.settings()) as house:
        house.up("sender", "scheduler")
        stage = Stage(rig, house, SHORT)
        stage.plan(12)
        stage.finish()
        assert tally(stage, "true").broken == []
        told = house.sink.log.read_bytes()
        one = told.splitlines(keepends=True)[0]

        house.sink.log.write_bytes(told + one)
        copied = tally(stage, "copied")
        house.sink.log.write_bytes(told.removeprefix(one))
        kept_back = tally(stage, "kept back")

    assert (copied.duplicates, copied.false_sent, len(copied.broken)) == (1, 0, 1)
    assert (kept_back.duplicates, kept_back.false_sent, len(kept_back.broken)) == (0, 1, 1)


def test_every_fault_of_the_plan_has_a_scenario_of_its_name() -> None:
    assert len(PARTS) == len({part.__name__ for part in PARTS})
    assert {f"f{n}" for n in range(1, 15)} <= {name.partition("-")[0] for name in SCENARIOS}
