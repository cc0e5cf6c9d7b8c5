"""Sending loops that are at work at once, and waiting for what they do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from engine.outbound.send import Sender
from tests.engine.outbound.world import Office


@contextlib.contextmanager
def at_work(*offices: Office, seconds: float = 20) -> Iterator[list[Sender]]:
    """A sending loop for each, all at work at once; they have ended their slices at the end of the block."""
    with contextlib.ExitStack() as stack:
        senders = [stack.enter_context(office.sender()) for office in offices]
        threads = [threading.Thread(target=_work, args=(sender, seconds)) for sender in senders]
        for thread in threads:
            thread.start()
        yield senders
        for thread in threads:
            thread.join(seconds + 10)


def _work(sender: Sender, seconds: float) -> None:
    waiting = threading.Event()
    for _ in range(3):  # a loop that found nothing may be asked again, as hints do
        sender.work(seconds)
        waiting.wait(0.2)


def until(true: Callable[[], Any], seconds: float = 20) -> None:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it never came true")


def sent(office: Office) -> int:
    return int(office.value("SELECT count(*) FROM delivery WHERE state = 'sent'"))
