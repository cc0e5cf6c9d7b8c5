"""`sixpm inbound parse`: reads mails as the inbound task does, in a process with a deadline, and stores nothing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.errors import Invalid
from engine.inbound.parse import ParsedMail
from engine.inbound.reader import ParseKilled, Reader
from sixpm.inbound.described import describe, told

Read = Callable[[bytes], ParsedMail]


def one(path: Path) -> str:
    """The mail in this file, for a person. Raises Invalid when there is nothing to read."""
    with Reader() as reader:
        try:
            return told(reader.parse(path.read_bytes()))
        except OSError as error:
            raise Invalid(_unreadable(path, error)) from error


def batch(lines: Iterable[bytes], say: Callable[[str], object], reader: Reader) -> None:
    """One JSON object a line for each path in `lines`, in their order. A mail that kills the parse process costs
    itself alone; the next one gets a new process."""
    reader.parse(b"")  # the process is up before the first mail is timed
    for line in lines:
        path = os.fsdecode(line.rstrip(b"\r\n"))
        if path:
            say(json.dumps({"path": path, **answer(Path(path), reader.parse)}))


def answer(path: Path, read: Read) -> dict[str, Any]:
    """What there is to say about the mail in this file, or `error`."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return {"error": _unreadable(path, error)}
    start = time.perf_counter()
    found: dict[str, Any]
    try:
        found = describe(read(raw))
    except ParseKilled as error:
        found = {"ok": False, "error": str(error)}
    return {**found, "sha256": hashlib.sha256(raw).hexdigest(), "ms": 1000 * (time.perf_counter() - start)}


def _unreadable(path: Path, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{path} cannot be read: {why}."
