"""What a worker child keeps for its life: the sending loop and the parse process, made at first use, after the fork."""

from __future__ import annotations

import os
import socket
from functools import lru_cache

from engine.config import settings
from engine.inbound.reader import Reader
from engine.outbound.send import Sender
from engine.tasks.contents import CONTENTS

NAME = f"{socket.gethostname()}:{os.getpid()}"


@lru_cache(maxsize=1)
def sender() -> Sender:
    """The sending loop of this process, started."""
    made = Sender(settings(), CONTENTS)
    made.start()
    return made


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The parse process of this worker."""
    return Reader()


def close() -> None:
    """Release what is leased and end the parse process."""
    if sender.cache_info().currsize:
        sender().stop()
    if reader.cache_info().currsize:
        reader().close()
