"""One rig per transport: how to bring about each case of the suite, and how to see what arrived.

SMTP is here; a chat service is one rig in chat_rigs.py. A rig leaves out a case only where the service cannot do it at
all, with the reason beside it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from engine.transports.base import Outcome
from engine.transports.smtp.wire import SmtpTransport
from tests.conformance.cases import MAIL, Case, Rig
from tests.conformance.chat_rigs import CHAT_RIGS
from tests.engine.transports.slot import Gate, ListSource, drive, mail, relay
from tests.fakes.smtp_sink import sink


class SmtpRig:
    """The stream seam, against the sink."""

    cases = MAIL - {Case.RETRY_AFTER}  # an SMTP reply has no field for a time
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


SMTP_RIGS = (
    SmtpRig("smtp"),
    SmtpRig("smtp, lock step", pipelining=False),
    SmtpRig("smtp, BDAT", chunking=True),
    SmtpRig("smtp, BDAT, lock step", chunking=True, pipelining=False),
)
RIGS: list[Rig] = [*SMTP_RIGS, *CHAT_RIGS]
