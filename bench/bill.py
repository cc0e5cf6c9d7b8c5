"""What a benchmark cost: CPU seconds by group of processes and by thread, and peak memory, from /proc (Linux only)."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
MB = 1024  # kB, the unit of /proc/PID/status


@dataclass(frozen=True, slots=True)
class Bill:
    """CPU seconds so far: of each group with all its descendants, and of each named thread of the workers."""

    groups: Mapping[str, float]
    threads: Mapping[str, float]

    def since(self, before: Bill) -> Bill:
        """What was spent between two bills."""
        return Bill(_minus(self.groups, before.groups), _minus(self.threads, before.threads))

    def each(self, messages: int) -> dict[str, float]:
        """Microseconds of CPU per message, by group."""
        return {name: round(spent / messages * 1e6, 1) for name, spent in self.groups.items()}


def bill(groups: Mapping[str, int], threads: Path | None = None) -> Bill:
    """`groups`: first process by name. `threads`: the folder in which workers name their threads (bench.worker)."""
    children, spent = _processes()
    by_group = {name: sum(spent.get(pid, 0.0) for pid in _tree(root, children)) for name, root in groups.items()}
    by_group["bench"] = sum(os.times()[:2])
    return Bill(by_group, _threads(threads) if threads else {})


def family(root: int) -> list[int]:
    """A process and its descendants."""
    return _tree(root, _processes()[0])


def forget_peaks(pids: Iterable[int]) -> None:
    """Begin the peak memory of these processes anew."""
    for pid in pids:
        (PROC / str(pid) / "clear_refs").write_text("5")


def peak_mb(pids: Iterable[int]) -> float:
    """The largest peak of resident memory among these processes."""
    return round(max((_status(pid, "VmHWM") for pid in pids), default=0) / MB, 1)


def resident_mb(roots: Iterable[int]) -> float:
    """Resident memory now of these processes and all their descendants."""
    children = _processes()[0]
    return round(sum(_status(pid, "VmRSS") for root in roots for pid in _tree(root, children)) / MB, 1)


def _processes() -> tuple[dict[int, list[int]], dict[int, float]]:
    """Children by pid; CPU seconds by pid, with those of children that have ended."""
    children: dict[int, list[int]] = defaultdict(list)
    spent: dict[int, float] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(folder / "stat")):
            pid = int(folder.name)
            children[int(fields[1])].append(pid)
            spent[pid] = sum(map(int, fields[11:15])) / TICK  # utime, stime, cutime, cstime
    return children, spent


def _stat(path: Path) -> list[str]:
    """The fields of proc(5)'s stat after the name, from the state on; none for a process that is gone."""
    try:
        return path.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _tree(root: int, children: Mapping[int, list[int]]) -> list[int]:
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _threads(folder: Path) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for path in folder.glob("threads-*.json"):
        pid = path.stem.partition("-")[2]
        for name, tid in json.loads(path.read_text()):
            fields = _stat(PROC / pid / "task" / str(tid) / "stat")
            spent[name] += sum(map(int, fields[11:13])) / TICK if fields else 0.0
    return spent


def _status(pid: int, name: str) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _minus(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: spent - before.get(name, 0.0) for name, spent in now.items()}
