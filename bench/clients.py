"""Three ways to hand the same mail to the same place for a while: our wire, aiosmtplib, smtplib.

Each returns the instants (perf_counter) at which a mail was accepted, so that connecting counts for none.
"""

from __future__ import annotations

import asyncio
import smtplib
import threading
import time
from collections.abc import Callable, Coroutine

import aiosmtplib
import uvloop

from engine.transports.base import Key, Mail, Outcome, Trouble, Verdict
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.wire import SmtpTransport
from sixpm.embedded import ports

SENDER, TO = "from@bench.example", "to@bench.example"
HEAD = b"From: <from@bench.example>\r\nTo: <to@bench.example>\r\nSubject: bench\r\n\r\n"
CONTENT = HEAD + (b"y" * 74 + b"\r\n") * 78  # 6 KB
Client = Callable[[int, int, float], list[float]]
"""(port, connections, seconds) → when each mail was accepted."""


class Clocked:
    """A source that gives mails until its time is up."""

    def __init__(self, until: float) -> None:
        self.until, self.seq = until, 0

    @property
    def closed(self) -> bool:
        """Whether the time is up."""
        return time.perf_counter() >= self.until

    def take(self) -> Mail | None:
        """The next mail."""
        if self.closed:
            return None
        self.seq += 1
        return Mail(Key(1, self.seq, 0), SENDER, TO, CONTENT, normal=True)  # as the press vouches

    async def next(self) -> Mail | None:
        """The next mail."""
        return self.take()

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Nothing ever changes."""
        return lambda: None


class Always:
    """A permit for everything: what is measured is the wire."""

    def allows(self, key: Key) -> bool:
        """Always."""
        return True

    def hopeless(self, key: Key) -> bool:
        """Never."""
        return False


def ours(port: int, connections: int, seconds: float) -> list[float]:
    """SmtpTransport behind its seam, on uvloop as in a worker."""
    accepted: list[float] = []

    def report(outcome: Outcome) -> None:
        if outcome.verdict is not Verdict.SENT:
            raise AssertionError(f"not accepted: {outcome}")
        accepted.append(time.perf_counter())

    def alarm(trouble: Trouble) -> None:
        raise AssertionError(f"trouble: {trouble}")

    async def send() -> None:
        relay = Relay(ports.LOOPBACK, port, tls="none", hello="bench.example", messages_per_connection=1_000_000)
        wire, source = SmtpTransport(relay), Clocked(time.perf_counter() + seconds)
        await asyncio.gather(*(wire.run(source, Always(), report, alarm) for _ in range(connections)))

    _run(send())
    return accepted


def asynchronous(port: int, connections: int, seconds: float) -> list[float]:
    """aiosmtplib, a connection kept open per task, on uvloop too."""
    accepted: list[float] = []

    async def slot(until: float) -> None:
        async with aiosmtplib.SMTP(hostname=ports.LOOPBACK, port=port, start_tls=False, timeout=60) as client:
            while time.perf_counter() < until:
                await client.sendmail(SENDER, [TO], CONTENT)
                accepted.append(time.perf_counter())

    async def send() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(slot(until) for _ in range(connections)))

    _run(send())
    return accepted


def blocking(port: int, connections: int, seconds: float) -> list[float]:
    """smtplib, a connection kept open per thread."""
    accepted: list[float] = []
    until = time.perf_counter() + seconds

    def slot() -> None:
        with smtplib.SMTP(ports.LOOPBACK, port, timeout=60) as client:
            while time.perf_counter() < until:
                client.sendmail(SENDER, [TO], CONTENT)
                accepted.append(time.perf_counter())

    threads = [threading.Thread(target=slot) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return accepted


CLIENTS: dict[str, Client] = {"ours": ours, "aiosmtplib": asynchronous, "smtplib": blocking}


def _run(coroutine: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)
