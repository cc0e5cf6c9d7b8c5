"""The room that this machine knows of: where the state folder lies, the embedded database, and the caught mails."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.config import Settings

LOW, FULL = 5 * 10**9, 10**9  # bytes free
MOST = 20_000  # mails counted in the mailbox; more are said to be more


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, what is free on its disk and how large that is; `problem` says what to do, where there is one."""

    name: str
    path: str
    free: int
    of: int
    problem: str


@dataclass(frozen=True, slots=True)
class Disk:
    """Places on this machine; `unknown` says what cannot be seen from here."""

    places: tuple[Place, ...]
    mails: int | None
    mail_bytes: int
    more: bool
    unknown: tuple[str, ...]


def look(settings: Settings) -> Disk:
    """What this process can see."""
    data = settings.home / "postgres" / "data"
    here = [("State folder", settings.home)]
    unknown: list[str] = []
    if data.exists():
        here.append(("Data of PostgreSQL", data))
    else:
        unknown.append("The database is not in this state folder: how much room its machine has is not known here.")
    mails, size, more = _mailbox(settings.mailbox_dir)
    if mails is None:
        unknown.append("No caught mails here: mail goes to relays, or another machine catches it.")
    return Disk(tuple(_place(name, path) for name, path in here), mails, size, more, tuple(unknown))


def _place(name: str, path: Path) -> Place:
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    usage = shutil.disk_usage(there)
    problem = ""
    if usage.free < LOW:
        problem = "Free some space now: PostgreSQL stops without." if usage.free < FULL else "Free some space soon."
    return Place(name, str(there), usage.free, usage.total, problem)


def _mailbox(folder: Path) -> tuple[int | None, int, bool]:
    """(mails, bytes, whether there are more than were counted); None where there is no such folder."""
    count = size = 0
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if count >= MOST:
                    return count, size, True
                if entry.is_file(follow_symlinks=False):
                    count, size = count + 1, size + entry.stat(follow_symlinks=False).st_size
    except OSError:
        return None, 0, False
    return count, size, False
