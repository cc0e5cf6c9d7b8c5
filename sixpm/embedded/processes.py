"""Is that process alive? The question every pid file raises, with zombies and reused pids told apart."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Seen:
    """A live process: its command line, words parted by blanks."""

    pid: int
    command: str


def seen(pid: int) -> Seen | None:
    """The process `pid`, or None when there is none or it is a zombie.

    A zombie answers signal 0 for as long as nobody reaps it, which in a container whose first process does not
    reap is for ever; so the state is read and not guessed from the signal.
    """
    if pid <= 0:
        return None
    return _from_proc(pid) if (PROC / "self" / "stat").exists() else _from_ps(pid)


def _from_proc(pid: int) -> Seen | None:
    try:
        # The name in parentheses may itself contain blanks and parentheses; the state follows the last one.
        state = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        command = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (OSError, IndexError):
        return None
    return None if state in "ZX" else Seen(pid, command)


def _from_ps(pid: int) -> Seen | None:
    shown = subprocess.run(["ps", "-o", "state=,command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, command = shown.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else Seen(pid, command.strip())


def reap(pid: int) -> None:
    """Collect `pid` if it is a dead child of ours, so that it does not stay a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
