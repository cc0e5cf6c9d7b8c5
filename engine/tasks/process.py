"""What a worker child keeps for its life: the sending loop and the parse process, made at first use, after the fork."""

from __future__ import annotations

import mmap
import os
import socket
from dataclasses import dataclass
from functools import lru_cache

from engine import db, memory
from engine.config import required, settings
from engine.inbound.reader import Reader
from engine.outbound.send import Sender
from engine.tasks.contents import CONTENTS


@dataclass
class Worker:
    """What the children of one worker know of it, made before they are forked.

    `told` is shared memory: a worker told to stop waits for its tasks, and a sending slice that does not know would
    go on for up to 45 s.
    """

    name: str
    told: mmap.mmap


def _new() -> Worker:
    return Worker(f"{socket.gethostname()}:{os.getpid()}", mmap.mmap(-1, 1))


_worker = _new()


def begin() -> None:
    """In the worker's main process, before its children: it is a worker of its own, whoever imported this before."""
    global _worker  # noqa: PLW0603  # what lives as long as the process
    _worker = _new()


def name() -> str:
    """The worker's name in its signs of life."""
    return _worker.name


def leave() -> None:
    """In the worker's main process: it was told to stop."""
    _worker.told[0] = 1


def leaving() -> bool:
    """In a child: whether the worker was told to stop."""
    return _worker.told[0] == 1


@lru_cache(maxsize=1)
def sender() -> Sender:
    """The sending loop of this process, started."""
    memory.settle()
    made = Sender(settings(), CONTENTS, leaving=leaving)
    made.start()
    return made


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The parse process of this worker."""
    return Reader(own_domains=frozenset({settings().reply_domain}))


@lru_cache(maxsize=1)
def reading() -> db.Pool:
    """The database as the story of one mail uses it: the same statements for every mail, planned once."""
    return db.create_engine(required(settings().database_url, "database_url"), size=1, app="sixpm inbound", by_key=True)


def close() -> None:
    """Release what is leased and end the parse process."""
    if sender.cache_info().currsize:
        sender().stop()
    if reader.cache_info().currsize:
        reader().close()
    if reading.cache_info().currsize:
        reading().dispose()
