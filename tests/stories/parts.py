"""A process of the product in a story: started in a group of its own, killed, frozen and thawed by its id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sixpm.embedded import ports, processes
from tests.fakes.guard import Guard

ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: str, fact: Callable[[], object], seconds: float, why: Callable[[], str] = str) -> None:
    """Wait until `fact` is true; fails with what did not happen and what `why` says of the moment."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"within {seconds:.0f} s did not happen: {what}\n{why()}")
        time.sleep(0.05)


class Part:
    """One process group. `words` in its log, or an answer on `port`, tell that it is up; its code is in `tree`."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], folder: Path, guard: Guard, *,
        words: str = "", port: int = 0, tree: Path = ROOT,
    ) -> None:  # fmt: skip
        self.name, self._words, self._port = name, words, port
        self.log = folder / f"{name}.log"
        self._began = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                list(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=dict(env),
                cwd=tree,
            )  # fmt: skip
        guard.process(self.process.pid)

    @property
    def pid(self) -> int:
        """The leader's id, which is the group's too."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the leader lives."""
        return self.process.poll() is None

    def said(self) -> str:
        """What this life of it has logged."""
        with open(self.log, "rb") as log:
            log.seek(self._began)
            return log.read().decode(errors="replace")

    def up(self) -> bool:
        """Whether it does its work."""
        assert self.alive, f"{self.name} ended with {self.process.returncode}:\n{self.said()[-3000:]}"
        return self._words in self.said() if self._words else ports.answers(self._port)

    def children(self) -> list[int]:
        """The ids of its live child processes (a worker's pool), whichever of its threads made them."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        found = [pid for task in tasks for pid in task.read_text().split()]
        return [int(pid) for pid in found if processes.seen(int(pid))]

    def kill(self) -> None:
        """kill -9 of the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(20)

    def freeze(self) -> None:
        """SIGSTOP of the whole group."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT of the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGCONT)
