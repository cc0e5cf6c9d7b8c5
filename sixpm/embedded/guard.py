"""Stops what a supervisor started when the supervisor itself is killed. A program of the standard library alone.

It reads lines `up PID`, `gone PID` (leaders of process groups) and `server PID` (PostgreSQL, stopped last) until its
input ends, which it does however the supervisor ends. It inherits the supervisor's lock and so keeps a new
supervisor waiting until all is stopped. After an orderly stop there is nothing left to do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable


class Guard:
    """The supervisor's side."""

    def __init__(self, lock: int) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=(lock,),
            cwd="/",
        )

    def tell(self, word: str, pid: int) -> None:
        """Say `up`, `gone` or `server` of a pid."""
        if self._child.stdin and self._child.poll() is None:
            self._child.stdin.write(f"{word} {pid}\n")
            self._child.stdin.flush()

    def done(self) -> None:
        """End it; it stops whatever was not said to be gone."""
        self._child.communicate()


def _main() -> None:
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, signal.SIG_IGN)
    groups: set[int] = set()
    servers: set[int] = set()
    for line in sys.stdin:
        word, _, pid = line.strip().partition(" ")
        if word == "gone":
            groups.discard(int(pid))
            servers.discard(int(pid))
        else:
            (groups if word == "up" else servers).add(int(pid))
    _stop(groups, ((os.kill, signal.SIGTERM, 5), (os.killpg, signal.SIGKILL, 2)))
    _stop(servers, ((os.kill, signal.SIGINT, 5), (os.kill, signal.SIGQUIT, 5)))


def _stop(pids: Iterable[int], steps: Iterable[tuple[Callable[[int, int], None], int, float]]) -> None:
    for send, how, seconds in steps:
        left = [pid for pid in pids if _sent(send, pid, how)]
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [pid for pid in left if _sent(os.kill, pid, 0)]


def _sent(send: Callable[[int, int], None], pid: int, how: int) -> bool:
    try:
        send(pid, how)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    _main()
