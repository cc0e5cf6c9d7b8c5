"""One mail's transaction: how far it has come, and what its end means for the ledger and for the transport."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.transports.base import Mail, Outcome, Scope, Trouble, Verdict
from engine.transports.smtp.envelope import Letter, Unfit
from engine.transports.smtp.replies import Reply, Ruling, Stage, classify, parse_enhanced, queue_id
from engine.transports.smtp.throttling import throttled

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
class Transaction:
    """The mail in hand. `stage` is the command whose answer comes next."""

    mail: Mail
    letter: Letter
    stage: Stage = Stage.MAIL
    asked: bool = False  # whether the command of the stage was written
    announced: bool = False
    go: bool = False  # DATA was answered 354, or RCPT accepted before BDAT: content or nothing must follow
    written: int = 0  # pieces of the content that were written
    out: bool = False  # the last of them, with the final dot, was
    behind_refusal: bool = False  # announced before the BDAT in front of it was refused
    refused: tuple[Stage, Reply] | None = None
    heard: list[tuple[Stage, Reply]] = field(default_factory=list)

    def line(self) -> bytes:
        """The command of the present stage."""
        if self.stage is Stage.DATA:
            return b"DATA\r\n"
        return self.letter.mail if self.stage is Stage.MAIL else self.letter.rcpt

    def transcript(self) -> str:
        """What was said, for a person who has to judge a doubt: commands, replies, how much of the content left."""
        said = []
        commands = {Stage.MAIL: self.letter.mail, Stage.RCPT: self.letter.rcpt, Stage.DATA: b"DATA"}
        for stage, reply in self.heard:
            said.append("> " + commands[stage].decode("utf-8", "replace").strip())
            said.append(f"< {reply.code} {reply.text[:REPLY_KEPT]}")
        size = sum(len(piece) for piece in self.letter.pieces[: self.written])
        whole = ", whole, by BDAT" if self.stage is Stage.CHUNK else ", with its final dot"
        said.append(f"> {size} bytes of content{whole if self.out else ''}")
        return "\n".join(said)


@dataclass(frozen=True, slots=True)
class End:
    """How a transaction ended: for the ledger, for the alarm, and whether the session goes on."""

    outcome: Outcome
    trouble: Trouble | None = None
    keep: bool = False


def ruling_on(reply: Reply, stage: Stage) -> Ruling:
    """What a reply means at a stage. One that asks for less is about nobody's mail: it may go again later."""
    if throttled(str(reply.code), reply.text):
        return Ruling(Verdict.NOT_SENT, Scope.RATE, True)
    return classify(reply.code, parse_enhanced(reply.text, reply.code), stage)


_SENT = Verdict.SENT


def sent(at: Transaction, reply: Reply) -> Outcome:
    """The outcome of a content that was accepted."""
    text = reply.text if len(reply.text) <= REPLY_KEPT else reply.text[:REPLY_KEPT]
    enhanced = parse_enhanced(text, reply.code)
    return Outcome(at.mail.key, _SENT, str(reply.code), enhanced, text, queue_id(reply.text), announced=True)


def answered(at: Transaction, reply: Reply, ruling: Ruling) -> End:
    """The end that a reply brought."""
    code, text = str(reply.code), reply.text[:REPLY_KEPT]
    enhanced = parse_enhanced(text, reply.code)
    outcome = Outcome(at.mail.key, ruling.verdict, code, enhanced, text, announced=at.announced)
    trouble = None if ruling.scope is Scope.RECIPIENT else Trouble(ruling.scope, code, text, key=at.mail.key)
    return End(outcome, trouble, keep=not ruling.close)


def refused(at: Transaction, refusals: Refusals) -> End:
    """The end of a mail whose sender, recipient or DATA was refused."""
    assert at.refused is not None
    stage, reply = at.refused
    ruling = ruling_on(reply, stage)
    data_refused = stage is Stage.DATA and ruling.verdict is Verdict.BOUNCED
    if data_refused and refusals.note(reply) >= SAME_REFUSALS:
        ruling = Ruling(Verdict.NOT_SENT, Scope.SENDER, True)
    return answered(at, reply, ruling)


def broken(at: Transaction, why: str) -> Outcome:
    """The outcome when no answer will come: in doubt once the final dot was written, else not sent (H3)."""
    if at.out:
        return Outcome(at.mail.key, Verdict.IN_DOUBT, reply=f"{why}\n{at.transcript()}", announced=True)
    return Outcome(at.mail.key, Verdict.NOT_SENT, reply=why, announced=at.announced)


def unfit(mail: Mail, fault: Unfit) -> End:
    """The end of a mail that this server cannot have."""
    if fault.sender:
        trouble = Trouble(Scope.SENDER, "", str(fault), key=mail.key)
        return End(Outcome(mail.key, Verdict.NOT_SENT, reply=str(fault)), trouble, keep=True)
    return End(Outcome(mail.key, Verdict.FAILED, enhanced=fault.enhanced, reply=str(fault)), keep=True)
