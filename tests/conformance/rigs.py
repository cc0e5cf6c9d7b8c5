"""One rig per transport: how to bring about each case of the suite, and how to see what arrived.

Adding a transport is adding one class here and its line in RIGS. A rig leaves out a case only where the service
cannot do it at all, with the reason beside it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol, cast

from engine.outbound import slots
from engine.transports.base import Key, Outcome, Post, SendTransport
from engine.transports.console import Console
from engine.transports.net import Guard
from engine.transports.slack import Slack
from engine.transports.smtp.wire import SmtpTransport
from engine.transports.webhook import Webhook, new_secret
from tests.engine.transports.slot import Gate, ListSource, drive, mail, relay
from tests.fakes.http_catcher import Catcher, catcher
from tests.fakes.smtp_sink import sink


class Case(StrEnum):
    """What the service does with the one message it is given."""

    ACCEPTED = "accepted"
    PERMANENT = "refused for good"
    TEMPORARY = "refused for now"
    RETRY_AFTER = "refused for now, with a time"
    DOUBT = "silent after the whole content"
    UNREACHABLE = "not there"
    TOO_LONG = "too long"
    WITHHELD = "permit withheld"
    REPEATED = "the same message again"


EVERY = frozenset(Case)


class Rig(Protocol):
    """Brings a case about; returns the outcomes and what arrived: the texts, and the ids a repetition shares."""

    name: str
    cases: frozenset[Case]
    cuts: bool  # too long: cut with a mark (True), or failed without leaving (False)
    doubt: str  # the verdict when the service falls silent after the whole content

    def play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        """Run one case from scratch and close everything."""
        ...


class SmtpRig:
    """The stream seam, against the sink."""

    cases = EVERY - {Case.RETRY_AFTER}  # an SMTP reply has no field for a time
    cuts = False
    doubt = "in_doubt"

    def __init__(self, name: str, **announced: bool) -> None:
        """`announced`: what the sink offers in EHLO."""
        self.name, self._announced = name, announced

    def play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        """One session, and a look that no task is left."""
        return asyncio.run(self._play(case))

    async def _play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        local = {Case.PERMANENT: "unknown", Case.TEMPORARY: "tempfail", Case.DOUBT: "dropdot"}.get(case, "ok")
        content = b"Subject: x\r\n\r\n" + b"y" * 2000 if case is Case.TOO_LONG else None
        mails = [mail(1, f"{local}@example.net", content)] * (2 if case is Case.REPEATED else 1)
        async with sink(size=1000, **self._announced) as server:
            port = server.port
            if case is not Case.UNREACHABLE:
                await self._run(port, mails, case)
        if case is Case.UNREACHABLE:
            await self._run(port, mails, case)
        assert len(asyncio.all_tasks()) == 1
        return self._outcomes, [c.decode() for c in server.contents], [one.message_id for one in server.accepted]

    async def _run(self, port: int, mails: list[Any], case: Case) -> None:
        transport = SmtpTransport(relay(port, chunking=True))  # where it is announced
        if case is not Case.WITHHELD:
            self._outcomes = (await drive(transport, mails)).outcomes
            return
        gate, source, outcomes = Gate(), ListSource(mails), list[Outcome]()
        gate.ring = source.ring
        slot = asyncio.create_task(transport.run(source, gate, outcomes.append, lambda trouble: None))
        await gate.waiting.wait()
        gate.never()
        await slot
        self._outcomes = outcomes


def _texts(server: Catcher) -> list[str]:
    return [str(one.json()["text"]) for one in server.requests]


def _no_ids(server: Catcher) -> list[str]:
    return []


def _webhook_ids(server: Catcher) -> list[str]:
    return [one.headers["webhook-id"] for one in server.requests]


class CallRig:
    """The call seam: one SendTransport, against the catcher."""

    cuts = True

    def __init__(
        self,
        name: str,
        build: Callable[[Catcher], SendTransport],
        addresses: dict[Case, str],
        doubt: str = "in_doubt",
        texts: Callable[[Catcher], list[str]] = _texts,
        ids: Callable[[Catcher], list[str]] = _no_ids,
    ) -> None:
        """`addresses`: where each case is sent to; the cases without a service of their own go to ACCEPTED's."""
        self.name, self.doubt = name, doubt
        self.cases = frozenset(addresses) | {Case.TOO_LONG, Case.WITHHELD, Case.REPEATED}
        self._build, self._addresses, self._texts, self._ids = build, addresses, texts, ids

    def play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        """One or two calls."""
        with catcher() as server:
            address = self._addresses.get(case, self._addresses[Case.ACCEPTED]).replace("{url}", server.url)
            if case is Case.UNREACHABLE:
                server.shutdown()
                server.server_close()
            outcomes: list[Outcome] = []
            for _ in range(2 if case is Case.REPEATED else 1):
                transport = self._build(server)
                text = "x" * (transport.limit + 1) if case is Case.TOO_LONG else "hello"
                post = Post(Key(1, 1, 0), address, text, idempotency="delivery-1")
                asyncio.run(_post(transport, post, case is not Case.WITHHELD, outcomes))
            return outcomes, self._texts(server), self._ids(server)


async def _post(transport: SendTransport, post: Post, permitted: bool, outcomes: list[Outcome]) -> None:
    """The way of a post in a worker: wait for the permit, call in a thread, close."""
    gate = Gate()
    gate.allowed = permitted
    slot = asyncio.create_task(slots._post(transport, post, cast(Any, gate), outcomes.append, lambda trouble: None))
    if not permitted:
        await gate.waiting.wait()
        gate.never()
    await slot


def _console_rig() -> CallRig:
    streams: dict[int, io.StringIO] = {}

    def build(server: Catcher) -> SendTransport:
        return Console(streams.setdefault(server.port, io.StringIO()))

    def texts(server: Catcher) -> list[str]:
        lines = streams[server.port].getvalue().splitlines()
        return [line.strip() for line in lines if line.startswith("  ")]

    return CallRig("console", build, {Case.ACCEPTED: "#team"}, texts=texts)  # a terminal refuses nothing


def _slack_rig() -> CallRig:
    return CallRig(
        "slack",
        lambda server: Slack("xoxb-test", f"{server.url}/slack"),
        {
            Case.ACCEPTED: "C1",
            Case.PERMANENT: "err-channel_not_found",
            Case.TEMPORARY: "http-503",
            Case.RETRY_AFTER: "ratelimited",
            Case.DOUBT: "close",
            Case.UNREACHABLE: "C1",
        },
    )


def _webhook_rig() -> CallRig:
    return CallRig(
        "webhook",
        lambda server: Webhook(new_secret(), guard=Guard(private=True)),
        {
            Case.ACCEPTED: "{url}/hook/ok",
            Case.PERMANENT: "{url}/hook/404",
            Case.TEMPORARY: "{url}/hook/503",
            Case.RETRY_AFTER: "{url}/hook/retry/30",
            Case.DOUBT: "{url}/hook/close",
            Case.UNREACHABLE: "{url}/hook/ok",
        },
        doubt="deferred",  # the receiver drops a webhook-id it has seen, so trying again is safe
        ids=_webhook_ids,
    )


SMTP_RIGS = (
    SmtpRig("smtp"),
    SmtpRig("smtp, lock step", pipelining=False),
    SmtpRig("smtp, BDAT", chunking=True),
    SmtpRig("smtp, BDAT, lock step", chunking=True, pipelining=False),
)
RIGS: list[Rig] = [*SMTP_RIGS, _slack_rig(), _webhook_rig(), _console_rig()]
