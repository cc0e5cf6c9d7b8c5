"""Hooks into a worker that say where its CPU goes: threads by name, rendering apart from the wire, a profile.

They cost a little, so that a benchmark uses them in a pass of their own, after the one it counts.
"""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from celery.signals import task_prerun

from engine.outbound.content import Makers
from engine.outbound.send import Sender

TOP = 40  # functions shown of a profile
THREADS = {  # threads of a worker child by what they do
    "sending loop": "render_and_wire",
    "feed": "claim",
    "flush": "record",
    "lease": "leases",
    "MainThread": "celery",
}


class Rendering:
    """CPU of Makers.mail in this process."""

    nanoseconds = 0
    mails = 0

    @classmethod
    def watch(cls) -> None:
        """Count from here on."""
        make = Makers.mail

        def counted(*args: Any) -> Any:
            began = time.thread_time_ns()
            try:
                return make(*args)
            finally:
                cls.nanoseconds += time.thread_time_ns() - began
                cls.mails += 1

        Makers.mail = counted  # type: ignore[method-assign,assignment]


class Messages:
    """Delivery messages that this process took from the broker."""

    taken = 0

    @classmethod
    def watch(cls) -> None:
        """Count from here on."""

        @task_prerun.connect(weak=False)  # type: ignore[untyped-decorator]
        def taken(task: Any, **_: Any) -> None:
            cls.taken += task.name == "deliver"


def profile_loop(folder: Path) -> None:
    """Let every sending loop of this process and its children run under cProfile; dumped when it ends."""
    run = Sender._run

    def profiled(sender: Sender) -> None:
        profile = cProfile.Profile()
        try:
            profile.runcall(run, sender)
        finally:
            profile.dump_stats(folder / f"profile-{os.getpid()}.pstats")

    Sender._run = profiled  # type: ignore[method-assign,assignment]


def keep_notes(folder: Path) -> None:
    """In a thread of its own, for ever: write what threads there are and what rendering took, when it has changed."""

    def write() -> None:
        told: dict[str, object] = {}
        while True:
            notes = {
                "threads": [[thread.name, thread.native_id] for thread in threading.enumerate()],
                "messages": Messages.taken,
                "rendering": [Rendering.nanoseconds, Rendering.mails],
            }
            for name in [name for name in notes if notes[name] != told.get(name)]:
                _put(folder / f"{name}-{os.getpid()}.json", notes[name])
            told = notes
            time.sleep(0.25)

    threading.Thread(target=write, name="notes", daemon=True).start()


def _put(path: Path, value: object) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value))
    draft.replace(path)


def rendering(folder: Path) -> tuple[float, int]:
    """(CPU seconds, mails) of rendering in all children so far."""
    found = [json.loads(path.read_text()) for path in folder.glob("rendering-*.json")]
    return sum(n for n, _ in found) / 1e9, sum(n for _, n in found)


def messages(folder: Path) -> int:
    """Delivery messages that all children took so far."""
    return sum(json.loads(path.read_text()) for path in folder.glob("messages-*.json"))


def split(threads: dict[str, float], messages: int) -> dict[str, float]:
    """Microseconds of a worker's CPU per message, by what its threads do."""
    spent: dict[str, float] = {}
    for name, seconds in threads.items():
        stage = THREADS.get(name.rpartition("_")[0] or name, "other")
        spent[stage] = spent.get(stage, 0.0) + seconds
    return {stage: round(seconds / messages * 1e6, 1) for stage, seconds in spent.items()}


def top_functions(profiles: Sequence[Path]) -> str:
    """A table of the functions that took most time of their own in the sending loops."""
    if not profiles:
        return "no profile was written"
    out = io.StringIO()
    stats = pstats.Stats(str(profiles[0]), stream=out)
    for path in profiles[1:]:
        stats.add(str(path))
    stats.strip_dirs().sort_stats("tottime").print_stats(TOP)
    return out.getvalue()
