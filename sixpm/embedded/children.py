"""Child processes of the supervisor: started in groups of their own, started again with back-off, stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sixpm.embedded import forked
from sixpm.embedded.guard import Guard

Say = Callable[[str], None]
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
STEADY = 60.0  # seconds up after which a death counts as the first again
LOG_LIMIT = 10 * 1024 * 1024
# Seconds after the stop began. Celery's worker reads TERM as "finish", QUIT as "at once"; gunicorn likewise. An idle
# worker takes 3 to 5 s to finish, most of it in sleeps of a second of Celery's own threads.
STOP_STEPS = ((0.0, signal.SIGTERM), (6.0, signal.SIGQUIT), (8.5, signal.SIGKILL))


@dataclass(frozen=True, slots=True)
class Service:
    """One process to keep up. `ready` says whether it does its work; `where` is shown to the person.

    `argv` gets the number of the start, so that names that must be unique can hold it. `forks`: it is a module of
    Python's, and may be run in a fork of the supervisor.
    """

    name: str
    argv: Callable[[int], Sequence[str]]
    where: str
    ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    forks: bool = False


def log_of(folder: Path, name: str) -> Path:
    """Where the service `name` logs."""
    return folder / f"{name.replace(' ', '-')}.log"


class Child:
    """A service's process, over all its lives."""

    def __init__(self, service: Service, log: Path, guard: Guard | None = None) -> None:
        self.service = service
        self.log = log_of(log, service.name)
        self.lives = 0
        self.failures = 0
        self.again_at: float | None = None
        self.shown = False
        self._guard = guard
        self._process: subprocess.Popen[bytes] | forked.Forked | None = None
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, or start it again."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.lives += 1
        self.again_at = None
        with open(self.log, "ab") as log:
            self._process = self._run(list(self.service.argv(self.lives)), log.fileno())
        self._started = time.monotonic()
        if self._guard:
            self._guard.tell("up", self._process.pid)

    def _run(self, argv: list[str], log: int) -> subprocess.Popen[bytes] | forked.Forked:
        environment = self.service.environment
        if self.service.forks and forked.possible():
            return forked.start(self.service.name, argv, log, environment)
        env = {**os.environ, **environment}
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=env)

    def ready(self) -> bool:
        return self.alive and self.service.ready()

    def tend(self, say: Say) -> None:
        """Say that it died and start it again when its pause is over. Called every moment."""
        now = time.monotonic()
        if self.again_at is not None:
            if now >= self.again_at:
                self.start()
                say(f"{self.service.name} started again (process {self.pid})")
        elif not self.alive:
            steady = now - self._started > STEADY
            self.failures = 0 if steady else self.failures
            pause = BACK_OFF[min(self.failures, len(BACK_OFF) - 1)]
            self.failures += 1
            self.again_at = now + pause
            say(f"{self.service.name} ended ({self.ended()}); again in {pause:.0f} s; log: {self.log}")
            self.sweep()

    def ended(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode if self._process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def last_lines(self, count: int = 12) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        return ""

    def send(self, how: signal.Signals) -> None:
        """Signal the leader alone (it ends its own children in order), except KILL, which goes to the whole group."""
        if self._process is None:
            return
        if how == signal.SIGKILL:
            self.sweep()
        elif self.alive:
            self._process.send_signal(how)

    def sweep(self) -> None:
        """Kill what is left of its process group, and forget it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._guard:
            self._guard.tell("gone", self._process.pid)


def stop_all(children: Iterable[Child], say: Say) -> None:
    """Stop all at once, harder and harder: TERM, QUIT after 6 s, KILL after 8.5 s."""
    left, began = [child for child in children if child.pid is not None], time.monotonic()
    for index, (after, how) in enumerate(STOP_STEPS):
        while any(child.alive for child in left) and time.monotonic() < began + after:
            time.sleep(0.02)
        left = [child for child in left if not _ended(child, say)]
        if index and left:
            say(f"{', '.join(child.service.name for child in left)} still up after {after:g} s: {how.name}")
        for child in left:
            child.send(how)
    for child in left:
        child.sweep()


def _ended(child: Child, say: Say) -> bool:
    if child.alive:
        return False
    child.sweep()
    say(f"{child.service.name} stopped")
    return True
