"""What one mail costs in the wire's own code: a session against a transport in memory, no sockets, no loop's turns.

Part of `python -m bench.wire --micro`. The parts are measured each alone; what they leave is the pipeline itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median
from typing import cast

from bench.clients import CONTENT, SENDER, TO, Always, Clocked
from engine.transports.base import Key, Mail, Outcome, Trouble
from engine.transports.smtp.envelope import Letter, prepare
from engine.transports.smtp.pipeline import Pipeline
from engine.transports.smtp.protocol import Expectation, Link
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.replies import Reply
from engine.transports.smtp.session import Features, Session
from engine.transports.smtp.transaction import Refusals, Transaction, sent

ADDRESSES = b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
GO_ON = b"354 End data with <CR><LF>.<CR><LF>\r\n"
TAKEN = b"250 2.0.0 Ok: queued as %011X\r\n"
FEATURES = Features(size=10_240_000, announces_size=True, eightbit=True, pipelining=True, chunking=True)
MAIL = Mail(Key(1, 1, 0), SENDER, TO, CONTENT, normal=True)


class Memory:
    """A transport that takes everything and keeps nothing."""

    def write(self, data: bytes) -> None:
        """Forget."""

    def is_closing(self) -> bool:
        """Never."""
        return False

    def abort(self) -> None:
        """Nothing to drop."""


class Vouched(Clocked):
    """Gives one mail over and over; its line ends are vouched for, as those of the press are."""

    def take(self) -> Mail | None:
        """The mail."""
        return MAIL


def costs(*, chunked: bool, mails: int = 20_000, repeats: int = 5) -> dict[str, float]:
    """Microseconds of CPU a mail, medians of `repeats`: the whole session by DATA or BDAT, and its parts."""
    group = ADDRESSES if chunked else ADDRESSES + GO_ON
    replies = [TAKEN % n + group for n in range(mails)]

    async def measured() -> dict[str, float]:
        parts: dict[str, Callable[[], None]] = {
            "session": _session(group, replies, chunked),
            "envelope": lambda: _envelope(mails, chunked),
            "replies": _replies(replies, 3 if chunked else 4),
            "outcome": lambda: _outcome(mails),
        }
        found: dict[str, list[float]] = {name: [] for name in parts}
        for _ in range(repeats):
            for name, part in parts.items():
                began = time.process_time()
                part()
                found[name].append((time.process_time() - began) / mails * 1e6)
        middle = {name: round(median(times), 2) for name, times in found.items()}
        middle["pipeline"] = round(2 * middle["session"] - sum(middle.values()), 2)
        return middle

    return asyncio.run(measured())


def _session(group: bytes, replies: list[bytes], chunked: bool) -> Callable[[], None]:
    def run() -> None:
        outcomes: list[Outcome] = []
        link = Link(cast(asyncio.Transport, Memory()))
        relay = Relay("x.test", messages_per_connection=1_000_000, chunking=chunked)
        source = Vouched(time.perf_counter() + 600)
        pipeline = Pipeline(Session(link, FEATURES), relay, source, Always(), outcomes.append, _no_trouble, Refusals())
        pipeline.begin(MAIL)
        link.data_received(group)
        for segment in replies:
            link.data_received(segment)
        if len(outcomes) != len(replies):
            raise AssertionError(f"{len(outcomes)} outcomes for {len(replies)} mails")
        pipeline.tear("measured")

    return run


def _no_trouble(trouble: Trouble) -> None:
    raise AssertionError(f"trouble: {trouble}")


def _ignore(reply: Reply) -> None:
    """Nobody waits for it."""


def _envelope(mails: int, chunked: bool) -> None:
    for _ in range(mails):
        prepare(MAIL, FEATURES, chunked=chunked)


def _replies(replies: list[bytes], each_mail: int) -> Callable[[], None]:
    def run() -> None:
        link, each = Link(cast(asyncio.Transport, Memory())), Expectation(_ignore)
        for segment in replies:
            link.call(*(each,) * each_mail)
            link.data_received(segment)

    return run


def _outcome(mails: int) -> None:
    letter: Letter = prepare(MAIL, FEATURES)
    reply = Reply(250, "2.0.0 Ok: queued as 4B2F31C0A92")
    for _ in range(mails):
        sent(Transaction(MAIL, letter), reply)
