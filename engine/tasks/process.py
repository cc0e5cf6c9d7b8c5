"""What a worker child keeps for its life: the sending loop and the parse process, made at first use, after the fork."""

from __future__ import annotations

import mmap
import os
import socket
from functools import lru_cache

from engine.config import settings
from engine.inbound.reader import Reader
from engine.outbound.send import Sender
from engine.tasks.contents import CONTENTS

NAME = f"{socket.gethostname()}:{os.getpid()}"

# Shared with the children, which fork after it: a worker told to stop waits for its tasks, and a sending slice that
# does not know would go on for up to 45 s.
_told = mmap.mmap(-1, 1)


def leave() -> None:
    """In the worker's main process: it was told to stop."""
    _told[0] = 1


def leaving() -> bool:
    """In a child: whether the worker was told to stop."""
    return _told[0] == 1


@lru_cache(maxsize=1)
def sender() -> Sender:
    """The sending loop of this process, started."""
    made = Sender(settings(), CONTENTS, leaving=leaving)
    made.start()
    return made


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The parse process of this worker."""
    return Reader(own_domains=frozenset({settings().reply_domain}))


def close() -> None:
    """Release what is leased and end the parse process."""
    if sender.cache_info().currsize:
        sender().stop()
    if reader.cache_info().currsize:
        reader().close()
