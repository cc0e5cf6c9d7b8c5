"""A fuzzer over the reply parser, guided by the lines that an input reaches.

    python -m bench.fuzz [--minutes 10] [--seed 1] [--mails FOLDER ...] [--findings FOLDER]

It begins with the mails of tests/corpus (and of the folders given), changes them again and again, and keeps what
reaches a new line of engine.inbound.parse. Of each input it asks that nothing is raised, that no reader gave up
("unreadable"), that it takes at most 2 seconds of processor time, that the answer survives JSON, that all text fits
PostgreSQL and outgoing headers, and that each attachment is found again with the size it was said to have.

What fails is written to the folder of findings; the command then ends with 1. Each finding becomes a test.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from bench.mutations import mutate
from engine.inbound.parse import attached, entries, from_dict, parse, to_dict
from engine.inbound.parse import limits as parse_limits

PACKAGE = str(Path(parse_limits.__file__).parent)
SECONDS = 2.0
MOST_BYTES = 256 * 1024
OWN = frozenset({"in.example.net"})
_TRACED = 3  # every so many inputs are run a second time under the tracer, which slows them five times


@dataclass
class Run:
    """What a run has seen so far. `folder`: where what fails is written."""

    folder: Path | None = None
    inputs: int = 0
    slowest: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)
    lines: set[tuple[str, int]] = field(default_factory=set)
    kept: list[bytes] = field(default_factory=list)


def wrong(raw: bytes) -> str | None:
    """What is wrong with the answer to this input, or None."""
    before = hashlib.sha256(raw).digest()
    start = time.process_time()
    mail = parse(raw, OWN)
    spent = time.process_time() - start
    if spent > SECONDS:
        return f"{spent:.1f} seconds"
    told = to_dict(mail)
    if from_dict(json.loads(json.dumps(told))) != mail:
        return "changed by JSON"
    fault = next((fault for fault in mail.faults if fault.startswith("unreadable")), None)
    if fault is not None:
        return fault
    entries(mail.reply_text, 3)
    for item in mail.attachments:
        data = attached(raw, item.path)
        if data is None or len(data) != item.size:
            return f"attachment {item.path} not found again"
    return unsafe(told) or ("bytes touched" if hashlib.sha256(raw).digest() != before else None)


_LONG = {"text", "reply_text", "cut_text", "comment", "body"}


def unsafe(value: Any, name: str = "") -> str | None:
    """Which text of the answer a database or an outgoing header would not take."""
    if isinstance(value, str):
        odd = "\0" in value or any("\ud800" <= c <= "\udfff" for c in value)
        return f"unsafe {name}" if odd or (name not in _LONG and ("\n" in value or "\r" in value)) else None
    if isinstance(value, dict):
        return next((found for key, item in value.items() if (found := unsafe(item, key))), None)
    if isinstance(value, (list, tuple)):
        return next((found for item in value if (found := unsafe(item, name))), None)
    return None


def lines_of(raw: bytes) -> set[tuple[str, int]]:
    """The lines of the parse package that an input reaches."""
    seen: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        return line if frame.f_code.co_filename.startswith(PACKAGE) else None

    sys.settrace(call)
    try:
        entries(parse(raw, OWN).reply_text, 3)
    finally:
        sys.settrace(None)
    return seen


def seeds(folders: list[Path]) -> list[bytes]:
    """The mails to begin with, the small ones of them."""
    found = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.eml"))]
    return [raw for raw in found if len(raw) <= MOST_BYTES] or [b"Subject: x\n\nhello\n"]


def inputs(run: Run, draw: random.Random) -> Iterator[bytes]:
    """Without end: kept mails, changed. The younger half is drawn as often as the older."""
    while True:
        half = run.kept[-max(1, len(run.kept) // 2) :] if draw.random() < 0.5 else run.kept
        yield mutate(draw.choice(half), draw.choice(run.kept), draw)[:MOST_BYTES]


def attempt(run: Run, raw: bytes, traced: bool) -> None:
    """One input: judged, and kept where it reaches new lines."""
    run.inputs += 1
    start = time.process_time()
    try:
        fault = wrong(raw)
    except Exception as error:  # this is what the fuzzer looks for: whatever the parser raises is a finding
        fault = f"{type(error).__name__}: {error}"
    run.slowest = max(run.slowest, time.process_time() - start)
    if fault is not None and fault not in run.findings:
        _keep(run, raw, fault)
    if traced:
        new = lines_of(raw) - run.lines
        if new:
            run.lines |= new
            run.kept.append(raw)


def _keep(run: Run, raw: bytes, fault: str) -> None:
    name = hashlib.sha256(raw).hexdigest()[:12]
    run.findings[fault] = name
    print(f"FOUND {name}: {fault}", flush=True)
    if run.folder is not None:
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / f"{name}.eml").write_bytes(raw)


def fuzz(minutes: float, seed: int, folders: list[Path], findings: Path | None = None) -> Run:
    """A run of so many minutes; the same seed draws the same inputs as long as the clock allows."""
    run, draw = Run(findings), random.Random(seed)
    for raw in seeds(folders):
        attempt(run, raw, traced=True)
        run.kept.append(raw)
    until = time.monotonic() + 60 * minutes
    for number, raw in enumerate(inputs(run, draw)):
        if time.monotonic() > until:
            break
        attempt(run, raw, traced=number % _TRACED == 0)
    return run


def main() -> int:
    """0 where nothing was found."""
    parser = argparse.ArgumentParser(description="Fuzz the reply parser.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mails", type=Path, nargs="*", default=[])
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    args = parser.parse_args()
    run = fuzz(args.minutes, args.seed, [Path("tests/corpus"), *args.mails], args.findings)
    print(
        f"{run.inputs:,} inputs, {len(run.lines):,} lines reached, {len(run.kept):,} mails kept, "
        f"slowest {run.slowest:.2f} s, {len(run.findings)} findings"
    )
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
