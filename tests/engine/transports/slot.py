"""One SMTP slot driven by a test: a source, a permit and lists of what was reported."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from engine.transports.base import Key, Mail, Outcome, StreamTransport, Trouble
from engine.transports.smtp.relay import Relay, Timeouts
from engine.transports.smtp.wire import SmtpTransport
from tests.fakes import smtp_sink
from tests.fakes.smtp_record import Sink

T = TypeVar("T")
Factory = Callable[[], asyncio.AbstractEventLoop]
SENDER = "bounces@example.org"
LARGE = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 20_000  # 1.5 MB: more than socket buffers swallow
BODY = b"Message-ID: <%d@example.org>\r\nSubject: hello\r\n\r\nText.\r\n"
SHORT = Timeouts(step=5, session=10, command=5, data=5, block=5, dot=5, idle=0.2, quit=1)


def mail(seq: int, to: str = "ok@example.net", content: bytes | None = None, sender: str = SENDER) -> Mail:
    """A small mail."""
    return Mail(Key(1, seq, 0), sender, to, BODY % seq if content is None else content)


def relay(port: int, **options: object) -> Relay:
    """A relay on this machine without TLS, with short patience, and with BDAT where the test's fixture chose it."""
    plain = {"host": "127.0.0.1", "port": port, "tls": "none", "timeouts": SHORT, "chunking": pace[0].chunked}
    return Relay(**{**plain, **options})  # type: ignore[arg-type]


class ListSource:
    """Gives its mails, then is closed; or, with `idle`, has none for the time being."""

    def __init__(self, mails: Iterable[Mail], idle: bool = False) -> None:
        self.mails = deque(mails)
        self.idle = idle
        self.wakes: list[Callable[[], None]] = []

    @property
    def closed(self) -> bool:
        """Whether there will be no more."""
        return not self.mails and not self.idle

    def take(self) -> Mail | None:
        """The next mail."""
        return self.mails.popleft() if self.mails else None

    async def next(self) -> Mail | None:
        """The next mail, waited for."""
        mail = self.take()
        if mail is None and self.idle:
            await asyncio.get_running_loop().create_future()
        return mail

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` at `ring`."""
        self.wakes.append(wake)

        def deaf() -> None:
            if wake in self.wakes:
                self.wakes.remove(wake)

        return deaf

    def ring(self) -> None:
        """Something has changed."""
        for wake in [*self.wakes]:
            wake()


class OpenPermit:
    """Everything may leave."""

    ring: Callable[[], None]

    def allows(self, key: Key) -> bool:
        """Always."""
        return True

    def hopeless(self, key: Key) -> bool:
        """Never."""
        return False


class Gate:
    """Nothing may leave until `open`, or ever after `never`; `after`: the lease is over after that many questions."""

    def __init__(self) -> None:
        self.allowed = self.refused = False
        self.looks = 0
        self.after: int | None = None
        self.waiting = asyncio.Event()
        self.ring: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()

    def allows(self, key: Key) -> bool:
        """Whether it is open now."""
        self.looks += 1
        return self.allowed and not self.hopeless(key)

    def hopeless(self, key: Key) -> bool:
        """Whether it never will be."""
        if not self.allowed:
            self.waiting.set()
        return self.refused or (self.after is not None and self.looks > self.after)

    async def wait(self, key: Key) -> bool:
        """What a post does: wait until it may leave (True) or never may."""
        while not self.allowed:
            if self.hopeless(key):
                return False
            self._changed.clear()
            await self._changed.wait()
        return True

    def open(self) -> None:
        """Let everything leave."""
        self.allowed = True
        self._tell()

    def never(self) -> None:
        """Refuse."""
        self.refused = True
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self.ring()


@dataclass
class Ledger:
    """What a slot reported, in order: outcomes and troubles apart, and both together."""

    outcomes: list[Outcome] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def report(self, outcome: Outcome) -> None:
        """Takes an outcome."""
        self.outcomes.append(outcome)

    def alarm(self, trouble: Trouble) -> None:
        """Takes a trouble."""
        self.troubles.append(trouble)

    @property
    def verdicts(self) -> list[str]:
        """The verdicts alone."""
        return [outcome.verdict.value for outcome in self.outcomes]


async def drive(transport: StreamTransport, mails: Iterable[Mail], permit: object = None, idle: bool = False) -> Ledger:
    """Run one session over `mails`."""
    ledger, source = Ledger(), ListSource(mails, idle)
    gate = permit or OpenPermit()
    gate.ring = source.ring  # type: ignore[attr-defined]
    await transport.run(source, gate, ledger.report, ledger.alarm)  # type: ignore[arg-type]
    return ledger


async def drive_all(transport: StreamTransport, mails: Iterable[Mail], sessions: int = 20) -> Ledger:
    """Run sessions until the mails are gone, as a slot does, without its back-off."""
    ledger, source = Ledger(), ListSource(mails)
    for _ in range(sessions):
        if not source.mails:
            break
        await transport.run(source, OpenPermit(), ledger.report, ledger.alarm)
    return ledger


def loops() -> dict[str, Factory]:
    """Each kind of event loop a worker may have; their transports differ."""
    found: dict[str, Factory] = {"asyncio": asyncio.new_event_loop}
    try:
        import uvloop
    except ImportError:  # it does not exist for every platform
        return found
    return {**found, "uvloop": uvloop.new_event_loop}


LOOPS = loops()
chosen = ["asyncio"]  # set by the fixtures in smtp/conftest.py


class Pace(NamedTuple):
    """Whether commands go in groups, and content by BDAT."""

    grouped: bool = True
    chunked: bool = False


pace = [Pace()]


def sink(**options: Any) -> AbstractAsyncContextManager[Sink]:
    """A sink that announces PIPELINING and CHUNKING, or not, as the test's fixture chose."""
    return smtp_sink.sink(**{"pipelining": pace[0].grouped, "chunking": pace[0].chunked, **options})


async def one(address: str, **options: Any) -> tuple[Ledger, Sink]:
    """One mail to `address` through a sink with `options`; `sender` and `content` are the mail's."""
    sender, content = options.pop("sender", SENDER), options.pop("content", None)
    async with sink(**options) as server:
        ledger = await drive(SmtpTransport(relay(server.port)), [mail(1, address, content, sender)])
    return ledger, server


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run on the chosen loop, and see that no task is left behind."""

    async def watched() -> T:
        result = await coroutine
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        return result

    with asyncio.Runner(loop_factory=LOOPS[chosen[0]]) as runner:
        return runner.run(watched())
