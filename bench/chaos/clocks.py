"""The clock of one kind of process jumps two hours ahead and two hours back: F9.

bench/tools/wallclock.c, compiled at first use, shifts what a process takes for the wall clock; the steady clock is left
to the kernel, as when an operator or NTP steps the time. Debian's libfaketime would not do: told to leave the steady
clock alone, it still breaks sleeps until an instant of it, which are those of Python.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import httpx

from bench.chaos.stage import Skipped, Stage, scenario
from bench.machine import ROOT
from bench.pages import answers, csrf, make_owner, sign_in
from engine.outbound.plan import Planned
from tests import factories

HOURS = 3600
JUMPS = (2 * HOURS, -2 * HOURS)


class Watch:
    """What time it is for some processes: a file that they have mapped."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise Skipped("there is no C compiler (cc) for bench/tools/wallclock.c")
        library, self._file = folder / "wallclock.so", folder / "offset"
        source = ROOT / "bench/tools/wallclock.c"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, timeout=60)
        self._file.write_bytes(struct.pack("=q", 0))
        self.environment = {"LD_PRELOAD": str(library), "WALLCLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Shift their time by so much; seen at once."""
        file = os.open(self._file, os.O_WRONLY)
        os.pwrite(file, struct.pack("=q", seconds), 0)
        os.close(file)


def _jumps(stage: Stage, names: Sequence[str]) -> None:
    house, watch = stage.house, Watch(stage.house.base)
    house.more = dict.fromkeys(names, watch.environment)
    house.up("sender", "sender2", "scheduler")
    for jump in JUMPS:
        stage.under_way()
        watch.set(jump)
        stage.hit()
        stage.plan(stage.scale.rows // 3)
        stage.finish()
    for name in names:  # and a process that is born with the wrong time
        house.parts[name].kill()
    house.up(*names)
    stage.plan(stage.scale.rows // 3)
    stage.finish()
    stage.healed()


@scenario("f9-worker", "the clock of the workers jumps by two hours, to and fro")
def of_workers(stage: Stage) -> None:
    """Leases are PostgreSQL's time, waiting is the steady clock's."""
    _jumps(stage, ("sender", "sender2"))


@scenario("f9-one", "the clock of one worker of two jumps by two hours, to and fro")
def of_one_worker(stage: Stage) -> None:
    """Two workers that do not agree what time it is."""
    _jumps(stage, ("sender2",))


@scenario("f9-scheduler", "the clock of the scheduler jumps by two hours, to and fro")
def of_the_scheduler(stage: Stage) -> None:
    """What is due is business time, which is PostgreSQL's."""
    _jumps(stage, ("scheduler",))


@scenario("f9-web", "the clock of the web process jumps by two hours, to and fro")
def of_the_web(stage: Stage) -> None:
    """One can sign in, and what the page launches is sent at once."""
    house, watch = stage.house, Watch(stage.house.base)
    house.more = {"web": watch.environment}
    house.up("sender", "scheduler")
    with house.engine.begin() as conn:
        workspace_id = factories.workspace(conn).id
    house.one("web")
    make_owner(house.engine)
    for jump in (0, *JUMPS):
        watch.set(jump)
        stage.hit()
        with httpx.Client(base_url=house.settings.base_url, timeout=30) as client:
            house.wait("the pages are there", partial(answers, client), 30)
            house.wait(f"the web's clock is off by {jump} s", partial(_off, client, stage, jump), 20)
            sign_in(client)  # a session that begins in the future is none
            answer = client.post("/setup/test", data={"csrf_token": csrf(client, "/setup/mail")})
            stage.check(answer.status_code == 302, f"off by {jump} s the launch was answered {answer.status_code}")
        launched = house.values("SELECT id FROM run WHERE workspace_id = :w", w=workspace_id)
        stage.runs = [Planned(run, (), 1) for run in launched]
        stage.finish()
    stage.check(len(stage.runs) == len(JUMPS) + 1, f"{len(stage.runs)} launches")
    stage.healed()


def _off(client: httpx.Client, stage: Stage, jump: int) -> bool:
    """Whether the Date of an answer is off by the jump."""
    said = parsedate_to_datetime(client.get("/livez").headers["date"])
    return abs((said - stage.house.now()).total_seconds() - jump) < 60
