"""What lies at a path: one mail, a Maildir, an mbox, or a folder of these. Nothing of it is changed."""

from __future__ import annotations

import mailbox
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

MBOX = (".mbox", ".mbx")


@dataclass(frozen=True, slots=True)
class Spot:
    """A mail that lies somewhere: how it is called, and how to get its bytes and when its file was written, which may
    raise OSError or KeyError."""

    name: str
    read: Callable[[], tuple[bytes, float]]


class Nothing(Exception):
    """There is no mail at a path; the text says what was looked for."""


def spots(path: Path) -> Iterator[Spot]:
    """Every mail at `path`, in the order of their names. Raises Nothing, OSError.

    Of a Maildir those in `new` and `cur`; its subfolders (.Sent, .Trash) only where they are named. Of another folder
    all .eml files, .mbox files and Maildirs in it. A file is an mbox when it begins with `From `, else one mail.
    """
    if not path.exists():
        raise Nothing(f"{path} is not there.")
    if path.is_dir():
        yield from _maildir(path) if _is_maildir(path) else _folder(path)
    elif _is_mbox(path):
        yield from _mbox(path)
    else:
        yield _file(path)


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _maildir(path: Path) -> Iterator[Spot]:
    for part in ("new", "cur"):
        for entry in sorted(os.scandir(path / part), key=lambda entry: entry.name):
            if entry.is_file() and not entry.name.startswith("."):
                yield _file(Path(entry.path))


def _folder(path: Path) -> Iterator[Spot]:
    for at, folders, files in os.walk(path):
        here = Path(at)
        if here != path and _is_maildir(here):
            folders.clear()
            yield from _maildir(here)
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = here / name
            if file.suffix.lower() in MBOX:
                yield from _mbox(file)
            elif file.suffix.lower() == ".eml":
                yield _file(file)


def _file(path: Path) -> Spot:
    return Spot(str(path), lambda: (path.read_bytes(), path.stat().st_mtime))


def _mbox(path: Path) -> Iterator[Spot]:
    """The mails without their `From ` lines; what was quoted with > on the way in stays quoted."""
    written = path.stat().st_mtime
    with closing(mailbox.mbox(path, create=False)) as box:
        for number, key in enumerate(box.keys(), start=1):
            yield Spot(f"{path}, mail {number}", lambda key=key: (box.get_bytes(key), written))  # type: ignore[misc]
