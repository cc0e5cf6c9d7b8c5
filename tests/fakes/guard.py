"""Nothing stays behind when the test run itself is killed: a small process that outlives it and tidies up.

Run as a program it reads lines `pid N` and `dir PATH` until its standard input ends, which it does however the
test run ends, then kills those processes by id and removes those folders.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


class Guard:
    """The test run's side: says what to tidy up. One per test run."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, start_new_session=True, text=True, cwd="/"
        )

    def process(self, pid: int) -> None:
        """Kill `pid` at the end."""
        self._say(f"pid {pid}")

    def folder(self, path: Path) -> None:
        """Remove `path` at the end."""
        self._say(f"dir {path}")

    def done(self) -> None:
        """Tidy up now and wait for it."""
        self._child.communicate()

    def _say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines = [line.rstrip("\n").partition(" ") for line in sys.stdin]
    for how in (signal.SIGINT, signal.SIGKILL):
        left = [pid for kind, _, value in lines if kind == "pid" and _send(pid := int(value), how)]
        deadline = time.monotonic() + 5
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [pid for pid in left if _send(pid, 0)]
    for kind, _, value in lines:
        if kind == "dir":
            shutil.rmtree(value, ignore_errors=True)


def _send(pid: int, how: int) -> bool:
    try:
        os.kill(pid, how)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    _main()
