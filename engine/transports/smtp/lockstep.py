"""One SMTP transaction at a time: MAIL, RCPT, DATA, content, each waiting for its answer.

For servers without PIPELINING (SES). Rules H1, H3, H4 and H12 of docs/delivery.md are kept here: nothing of a content
leaves without permit and lease, a drop before the final dot's piece is not_sent, one after it is in_doubt.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from engine.transports.base import Alarm, Key, Mail, Outcome, Permit, Report, Scope, Trouble, Verdict
from engine.transports.smtp.envelope import Letter, Unfit, prepare
from engine.transports.smtp.protocol import LinkLost
from engine.transports.smtp.relay import Timeouts
from engine.transports.smtp.replies import Reply, Ruling, Stage, accepted, classify, parse_enhanced, queue_id
from engine.transports.smtp.session import Session

SAME_REFUSALS = 3  # equal 5xx to DATA in a row: the mail is refused, not three people
REPLY_KEPT = 1000  # characters of a reply that go into the ledger


@dataclass(slots=True)
class Refusals:
    """Counts equal permanent refusals of DATA in a row, over all sessions of a transport."""

    last: Reply | None = None
    times: int = 0

    def note(self, reply: Reply | None) -> int:
        """How often `reply` came in a row; None (DATA was accepted) starts again."""
        self.times = self.times + 1 if reply is not None and reply == self.last else int(reply is not None)
        self.last = reply
        return self.times


@dataclass(slots=True)
class _Step:
    """How far the mail in hand has come."""

    key: Key
    stage: Stage = Stage.MAIL
    announced: bool = False
    out: bool = False  # the piece with the final dot was written
    dot: asyncio.Future[Reply] | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """How a transaction ended: for the ledger, for the alarm, and whether the session goes on."""

    outcome: Outcome
    trouble: Trouble | None = None
    keep: bool = False


class _Withheld(Exception):
    pass


@dataclass(slots=True)
class LockStep:
    """The transactions of one session."""

    session: Session
    timeouts: Timeouts
    permit: Permit
    report: Report
    alarm: Alarm
    refusals: Refusals = field(default_factory=Refusals)

    async def send(self, mail: Mail) -> bool:
        """Carry `mail` through one transaction and report it, once; True when the session can take another.

        Cancelled, or hit by a fault in a permit, it still reports what is known by then (H13) and drops the link.
        """
        step = _Step(mail.key)
        try:
            end = await self._transact(mail, step)
        except _Withheld:
            self.session.link.abort()  # H12: a lone dot would deliver an empty mail
            end = _End(_unsent(step, "its content may not leave any more"))
        except LinkLost as lost:
            end = self._lost(step, lost)
        except BaseException:
            self.session.link.abort()
            self.report(_known(step))
            raise
        if end.trouble is not None:
            self.alarm(end.trouble)
        self.report(end.outcome)
        return end.keep and self.session.link.usable

    async def _transact(self, mail: Mail, step: _Step) -> _End:
        try:
            letter = prepare(mail, self.session.features)
        except Unfit as unfit:
            await asyncio.sleep(0)  # a run of unfit mails must not keep the loop to itself
            return _refuse_unfit(step, unfit)
        if not self.session.link.usable:
            raise self.session.link.unusable()
        if self.session.stale_envelope and (reply := await self._reset()).code != 250:
            return _End(_unsent(step, "the server refused RSET"), Trouble(Scope.TRANSPORT, str(reply.code), reply.text))
        commands = ((Stage.MAIL, letter.mail), (Stage.RCPT, letter.rcpt), (Stage.DATA, b"DATA\r\n"))
        for stage, line in commands:
            reply = await self._ask(step, stage, line)
            if not accepted(reply.code, stage):
                return self._refused(step, reply)
        self.refusals.note(None)
        return await self._deliver(step, letter)

    async def _ask(self, step: _Step, stage: Stage, line: bytes) -> Reply:
        link = self.session.link
        step.stage = stage
        waiter = link.expect()
        link.write(line)
        step.announced = True
        seconds = self.timeouts.data if stage is Stage.DATA else self.timeouts.command
        return await link.answer(waiter, seconds, stage)

    async def _reset(self) -> Reply:
        """Only after a refusal: Postfix counts RSET between good messages as junk."""
        link = self.session.link
        waiter = link.expect()
        link.write(b"RSET\r\n")
        reply = await link.answer(waiter, self.timeouts.command, "RSET")
        self.session.stale_envelope = False
        return reply

    async def _deliver(self, step: _Step, letter: Letter) -> _End:
        """The content, once it may leave. A reply that comes before its end is about this mail and ends it."""
        link, permit = self.session.link, self.permit
        if not await link.while_usable(lambda: permit.wait(step.key), None, "the permit"):
            raise _Withheld
        step.stage = Stage.DOT
        step.dot = link.expect()
        for piece in letter.pieces[:-1]:
            self._leave(step, piece)
            await asyncio.sleep(0)  # however much the kernel swallows: see replies and drops, let other slots run
            while link.paused and not step.dot.done():
                await link.drained(self.timeouts.block)
            if step.dot.done():
                return self._early(step, step.dot.result())
        self._leave(step, letter.pieces[-1], last=True)
        reply = await link.answer(step.dot, self.timeouts.dot, Stage.DOT)
        return _ended(step, reply, _ruling(reply, Stage.DOT))

    def _leave(self, step: _Step, piece: memoryview, *, last: bool = False) -> None:
        """H3: permit and lease are looked at in the very block that writes, and last: a yes may count as "out"."""
        if not self.session.link.usable:
            raise self.session.link.unusable()
        if not self.permit.allows(step.key):
            raise _Withheld
        step.out = last
        self.session.link.write(piece)

    def _refused(self, step: _Step, reply: Reply) -> _End:
        self.session.stale_envelope = True
        ruling = _ruling(reply, step.stage)
        data_refused = step.stage is Stage.DATA and ruling.verdict is Verdict.BOUNCED
        if data_refused and self.refusals.note(reply) >= SAME_REFUSALS:
            ruling = Ruling(Verdict.NOT_SENT, Scope.SENDER, True)
        return _ended(step, reply, ruling)

    def _early(self, step: _Step, reply: Reply) -> _End:
        """Refused while its content was on the way (a 552 by a server that has seen enough): definite."""
        self.session.link.abort()  # the rest of the content would be read as commands
        if reply.code // 100 not in {4, 5}:
            raise LinkLost(f"the server answered {reply.code} before the end of the content")
        return _ended(step, reply, _ruling(reply, Stage.DOT))

    def _lost(self, step: _Step, lost: LinkLost) -> _End:
        """No reply. A reused session that dies at MAIL is a server tidying up, no reason to back off."""
        self.session.link.abort()
        text = f"{lost} (at {step.stage})"
        tidied = step.stage is Stage.MAIL and self.session.taken > 1
        trouble = None if tidied else Trouble(Scope.TRANSPORT, "", text)
        if step.out:
            return _End(Outcome(step.key, Verdict.IN_DOUBT, reply=text, announced=True), trouble)
        return _End(_unsent(step, text), trouble)


def _ruling(reply: Reply, stage: Stage) -> Ruling:
    return classify(reply.code, parse_enhanced(reply.text, reply.code), stage)


def _ended(step: _Step, reply: Reply, ruling: Ruling) -> _End:
    code, text = str(reply.code), reply.text[:REPLY_KEPT]
    outcome = Outcome(
        step.key,
        ruling.verdict,
        code,
        parse_enhanced(reply.text, reply.code),
        text,
        queue_id(reply.text) if ruling.verdict is Verdict.SENT else "",
        announced=step.announced,
    )
    trouble = None if ruling.scope is Scope.RECIPIENT else Trouble(ruling.scope, code, text)
    return _End(outcome, trouble, keep=not ruling.close)


def _unsent(step: _Step, why: str) -> Outcome:
    return Outcome(step.key, Verdict.NOT_SENT, reply=why, announced=step.announced)


def _refuse_unfit(step: _Step, unfit: Unfit) -> _End:
    if unfit.sender:
        return _End(_unsent(step, str(unfit)), Trouble(Scope.SENDER, "", str(unfit)), keep=True)
    return _End(Outcome(step.key, Verdict.FAILED, enhanced=unfit.enhanced, reply=str(unfit)), keep=True)


def _known(step: _Step) -> Outcome:
    """What is known of a transaction that is being torn down."""
    if step.out and step.dot is not None and step.dot.done() and not step.dot.cancelled() and not step.dot.exception():
        reply = step.dot.result()
        return _ended(step, reply, _ruling(reply, Stage.DOT)).outcome
    if step.out:
        return Outcome(step.key, Verdict.IN_DOUBT, reply="the session was torn down before the answer", announced=True)
    return _unsent(step, "the session was torn down")
