"""The transactions of one session: `content_k . MAIL RCPT DATA` of the next mail as one group (RFC 2920 section 3.1).

One round trip a mail, and at any instant at most one mail whose content is out and one that is announced. Where
PIPELINING is not announced (SES) the same steps go in lock step. Rules H1, H3, H4 and H12 of docs/delivery.md live
here: an outcome is reported before the next mail is taken, content leaves only in the callback that asked the permit,
and what was announced but never out goes back with NOT_SENT.
"""

from __future__ import annotations

import asyncio

from engine.transports.base import Alarm, Mail, Outcome, Permit, Report, Scope, Source, Trouble, Verdict
from engine.transports.smtp.envelope import Unfit, prepare
from engine.transports.smtp.protocol import Expectation, LinkLost
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.replies import Reply, Stage, accepted
from engine.transports.smtp.session import Session
from engine.transports.smtp.transaction import (
    End,
    Refusals,
    Transaction,
    answered,
    broken,
    refused,
    ruling_on,
    sent,
    unfit,
)

# A member of an Enum is looked up by its metaclass, and hashed in Python; a mail asks twenty times.
_MAIL, _RCPT, _DATA, _DOT = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT
UNFIT_AT_ONCE = 20  # mails refused by ourselves before other slots get their turn


class Pipeline:
    """Drives one open session from reply to reply, without a task of its own. `over` is done when it has ended.

    `advance` does whatever may be done now and is harmless when that is nothing: the link calls it after every
    segment of replies, the source when there is mail or a permit has changed.
    """

    def __init__(
        self, session: Session, relay: Relay, source: Source, permit: Permit, report: Report, alarm: Alarm,
        refusals: Refusals,
    ) -> None:  # fmt: skip
        self._session, self._link, self._times = session, session.link, relay.timeouts
        self._source, self._permit, self._report, self._alarm = source, permit, report, alarm
        self._refusals = refusals
        self._most = min(relay.messages_per_connection, session.features.mail_max or relay.messages_per_connection)
        self._grouped = session.features.pipelining
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()
        self.polite = False  # whether QUIT may be said: nothing announced is left hanging
        self._first: Mail | None = None
        self._front: Transaction | None = None  # announced, or about to be
        self._flight: Transaction | None = None  # its content is going or gone
        self._last = False  # the session takes nothing more
        self._advancing = self._again = False
        self._since = self._loop.time()  # when the last reply came, or the last byte left
        self._moved = False  # that was since _since
        self._expect_front, self._expect_dot = Expectation(self._on_front), Expectation(self._on_dot)
        self._timer: asyncio.TimerHandle | None = None

    # -- from outside

    def begin(self, first: Mail) -> None:
        """Start with the mail for which the session was opened."""
        self._first = first
        self._link.listener = self.advance
        self.advance()

    def advance(self) -> None:
        """Do what may be done now."""
        if self._advancing or self._link.reading:  # the rest of a segment of replies may change what may be done
            self._again = True
            return
        self._advancing = True
        try:
            self._advance()
        except LinkLost as lost:
            self._lose(lost)
        except Exception as fault:  # of a source, a permit or a report: what is known must be told all the same (H13)
            self._fail(fault)
        finally:
            self._advancing = False

    def tear(self, why: str) -> None:
        """Drop the link and report what is in hand: the slot is cancelled, or a fault of ours ends it."""
        self._stop()
        self._link.abort()
        self._report_in_hand(why)

    def _fail(self, fault: Exception) -> None:
        self.tear("the session was torn down")
        if not self.over.done():
            self.over.set_exception(fault)

    # -- what may be done

    def _advance(self) -> None:
        moving = True
        while moving and not self.over.done():
            if not self._link.usable:
                raise self._link.unusable()
            self._again = False
            moving = self._leave() or self._take() or self._announce() or self._again
        if not self.over.done():
            if self._moved:
                self._moved, self._since = False, self._loop.time()
            if self._last and self._front is None and self._flight is None:
                self._end(polite=not self._link.expecting)
            else:
                self._watch()

    def _leave(self) -> bool:
        """Write content that may leave: the next piece, or a whole mail with the group of the one after it."""
        at = self._flight or self._front
        if at is None or at.out or not at.go or self._link.paused:
            return False
        if not self._permit.allows(at.mail.key):  # H3: asked in the block that writes
            if self._flight is not at and not self._permit.hopeless(at.mail.key):
                return False
            self._drop("its content may not leave any more")  # H12: a lone dot would deliver an empty mail
            return True
        if at is self._front:
            self._front, self._flight = None, at
            at.stage = _DOT
            self._link.call(self._expect_dot)
        return self._write_piece(at)

    def _write_piece(self, at: Transaction) -> bool:
        piece = at.letter.pieces[at.written]
        if at.written + 1 < len(at.letter.pieces):
            self._link.write(piece)
            at.written += 1
            self._touch()
            self._loop.call_soon(self.advance)  # however much the kernel swallows: see replies, let other slots run
            return False
        at.written += 1
        self._touch()
        group = b""
        if self._grouped:
            while self._front is None and self._take():
                pass
            group = self._commands()
        try:
            self._link.write(b"".join((piece, group)) if group else piece)
        except LinkLost:
            at.written -= 1  # nothing of it was written
            raise
        return not group  # there is nothing more to do before an answer when the next one is announced

    def _take(self) -> bool:
        """Take the next mail, if a place is free for it. A mail this server cannot have ends here."""
        if self._front is not None or self._last or (self._flight is not None and not self._may_overlap()):
            return False
        mail, self._first = self._first or self._source.take(), None
        if mail is None:
            self._last = self._source.closed
            return False
        self._session.taken += 1
        self._last = self._session.taken >= self._most
        try:
            self._front = Transaction(mail, prepare(mail, self._session.features))
        except Unfit as fault:
            self._tell(unfit(mail, fault))
            if self._session.taken % UNFIT_AT_ONCE == 0:
                self._loop.call_soon(self.advance)
                return False
        return True

    def _may_overlap(self) -> bool:
        return self._grouped and self._flight is not None and self._flight.out

    def _announce(self) -> bool:
        if self._link.paused or (self._flight is not None and not self._may_overlap()):
            return False
        commands = self._commands()
        if commands:
            self._link.write(commands)
        return bool(commands)

    def _commands(self) -> bytes:
        """What the front has to say next, its answers expected from now on; nothing while it waits for some."""
        at, link = self._front, self._link
        if at is None or at.asked:
            return b""
        at.asked = True
        if self._flight is None:
            self._touch()
        if at.refused is not None:  # 354 though nobody was accepted: only a lone dot gets out of it (RFC 2920, 3.1)
            link.call(Expectation(self._on_lone_dot))
            return b".\r\n"
        reset = b""
        if self._session.stale_envelope:  # only after a refusal: Postfix counts RSET between good messages as junk
            link.call(Expectation(self._on_reset))
            reset = b"RSET\r\n"
            if not self._grouped:
                return reset
        at.announced = True
        front = self._expect_front
        if not self._grouped:
            link.call(front)
            return at.line()
        link.call(front, front, front)
        return reset + at.letter.mail + at.letter.rcpt + b"DATA\r\n"

    # -- replies

    def _on_reset(self, reply: Reply) -> None:
        at = self._front
        if at is None:
            return
        self._touch()
        if reply.code != 250:
            self._alarm(Trouble(Scope.TRANSPORT, str(reply.code), reply.text, key=at.mail.key))
            self._drop("the server refused RSET")
            return
        self._session.stale_envelope = False
        at.asked = self._grouped

    def _on_front(self, reply: Reply) -> None:
        """An answer to MAIL, RCPT or DATA of the front. A refusal is told when its group has been answered whole."""
        at = self._front
        if at is None:
            return
        self._touch()
        stage = at.stage
        at.heard.append((stage, reply))
        if accepted(reply.code, stage):
            if stage is _DATA:
                self._go(at)
                return
        else:
            at.refused = at.refused or (stage, reply)
            if stage is _DATA or not self._grouped or ruling_on(reply, stage).close:
                self._refuse(at)
                return
        at.stage = _RCPT if stage is _MAIL else _DATA
        at.asked = self._grouped

    def _go(self, at: Transaction) -> None:
        at.stage = _DOT
        at.go = at.refused is None
        at.asked = at.go
        if at.go:
            self._refusals.note(None)

    def _on_lone_dot(self, reply: Reply) -> None:
        if self._front is not None:
            self._touch()
            self._refuse(self._front)

    def _refuse(self, at: Transaction) -> None:
        self._front = None
        self._session.stale_envelope = True
        end = refused(at, self._refusals)
        self._tell(end)
        if not end.keep:
            self._end(polite=not self._link.expecting)

    def _on_dot(self, reply: Reply) -> None:
        at, self._flight = self._flight, None
        if at is None:
            return
        self._touch()
        if not at.out:
            self._early(at, reply)
            return
        if 200 <= reply.code < 300:  # nearly every mail: no ruling has to be made
            self._report(sent(at, reply))
            return
        end = answered(at, reply, ruling_on(reply, _DOT))
        self._tell(end)
        if not end.keep:
            self._drop("the session ended before its content left")

    def _early(self, at: Transaction, reply: Reply) -> None:
        """Refused while its content was on the way (a 552 by a server that has seen enough): definite."""
        if reply.code // 100 in {4, 5}:
            self._tell(answered(at, reply, ruling_on(reply, Stage.DOT)))
        else:
            text = f"the server answered {reply.code} before the end of the content"
            self._alarm(Trouble(Scope.TRANSPORT, "", text, key=at.mail.key))
            self._report(broken(at, text))
        self._drop("the session ended")  # the rest of the content would be read as commands

    # -- ends

    def _tell(self, end: End) -> None:
        """The alarm first: who listens finds the row still in hand."""
        if end.trouble is not None:
            self._alarm(end.trouble)
        self._report(end.outcome)

    def _lose(self, lost: LinkLost) -> None:
        """No reply will come. A reused session that dies at MAIL is a server tidying up, no reason to back off."""
        in_hand = self._flight or self._front
        if in_hand is not None and in_hand.refused is not None:
            self._refuse(in_hand)
        elif in_hand is not None:
            tidied = in_hand.stage is Stage.MAIL and self._session.taken > 1
            if not tidied:
                text = f"{lost} (at {in_hand.stage})"
                self._alarm(Trouble(Scope.TRANSPORT, "", text, key=in_hand.mail.key))
        elif self._first is not None:
            self._alarm(Trouble(Scope.TRANSPORT, "", str(lost), key=self._first.key))
        self._drop(str(lost))

    def _drop(self, why: str) -> None:
        """Abort the link; whatever is in hand is in doubt or was not sent."""
        self._stop()
        self._link.abort()
        self._report_in_hand(why)
        self._end(polite=False)

    def _report_in_hand(self, why: str) -> None:
        """Content first, as the receiver saw it. From here on it is nobody's."""
        found = [at for at in (self._flight, self._front) if at is not None]
        first, self._first = self._first, None
        self._flight = self._front = None
        for at in found:
            self._report(broken(at, f"{why} (at {at.stage})"))
        if first is not None:
            self._report(Outcome(first.key, Verdict.NOT_SENT, reply=why))

    def _hand_over(self) -> None:
        """An idle session ends; a mail that waits behind a content without an answer goes to another session.

        Its announcement cannot be taken back, so this session is dropped when its content has been answered.
        """
        if self._front is None:
            self._end(polite=True)
            return
        front, self._front, self._last = self._front, None, True
        self._report(broken(front, "the mail before it got no answer for a while"))
        self._watch()

    def _end(self, *, polite: bool) -> None:
        self._stop()
        if not self.over.done():
            self.polite = polite
            self.over.set_result(None)

    def _stop(self) -> None:
        self._link.listener = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- patience

    def _touch(self) -> None:
        self._moved = True

    def _deadline(self) -> tuple[float, str] | None:
        """When patience ends, and with what; None while we wait for ourselves."""
        times, flight, front = self._times, self._flight, self._front
        if flight is not None:
            if not flight.out:
                return self._since + times.block, f"the server took no content for {times.block:g} s"
            if front is not None:
                return self._since + min(times.behind, times.dot), ""
            return self._since + times.dot, f"no answer to {Stage.DOT} within {times.dot:g} s"
        if front is None:
            return self._since + times.idle, ""
        if front.go:
            return None
        limit = times.data if front.stage is Stage.DATA else times.command
        return self._since + limit, f"no answer to {front.stage} within {limit:g} s"

    def _watch(self) -> None:
        """One timer for all waits; it is moved only when a wait may end before it fires."""
        found = self._deadline()
        if found is None or (self._timer is not None and self._timer.when() <= found[0]):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(found[0], self._overdue)

    def _overdue(self) -> None:
        self._timer = None
        if self._moved:
            self._moved, self._since = False, self._loop.time()
        found = self._deadline()
        if found is None or self.over.done():
            return
        if found[0] > self._loop.time():
            self._watch()
        elif not found[1]:
            self._hand_over()
        else:
            try:
                self._lose(LinkLost(found[1]))
            except Exception as fault:
                self._fail(fault)
