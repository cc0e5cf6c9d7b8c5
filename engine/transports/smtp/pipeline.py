"""The transactions of one session: `content_k . MAIL RCPT DATA` of the next mail as one group (RFC 2920 section 3.1).

One round trip a mail, and at any instant at most one mail whose content is out and one that is announced. Where
PIPELINING is not announced (SES) the same steps go in lock step; with BDAT (RFC 3030) the group is `BDAT n LAST
content_k MAIL RCPT`, and content follows an accepted RCPT. Rules H1, H3, H4 and H12 of docs/delivery.md live here: an
outcome is reported before the next mail is taken, content leaves only in the callback that asked the permit, and what
was announced but never out goes back with NOT_SENT.
"""

from __future__ import annotations

import asyncio

from engine.transports.base import Alarm, Mail, Outcome, Permit, Report, Scope, Source, Trouble, Verdict
from engine.transports.smtp.envelope import Unfit, prepare
from engine.transports.smtp.intake import Intake
from engine.transports.smtp.patience import Patience
from engine.transports.smtp.protocol import Expectation, LinkLost
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.replies import Reply, Stage, accepted, parse_enhanced
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
_MAIL, _RCPT, _DATA, _DOT, _CHUNK = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT, Stage.CHUNK
ABOUT_AN_ADDRESS = "2.1."  # RFC 3463 section 3.2: it answers MAIL or RCPT, never a content
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
        self._session, self._link, self._features = session, session.link, session.features
        self._permit, self._report, self._alarm, self._refusals = permit, report, alarm, refusals
        self._intake = Intake(session, relay, source)
        self._grouped = session.features.pipelining
        self._chunked = relay.chunking and session.features.chunking
        self._content = _CHUNK if self._chunked else _DOT
        self._before_content = _RCPT if self._chunked else _DATA  # the last command of a group
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()
        self.polite = False  # whether QUIT may be said: nothing announced is left hanging
        self._front: Transaction | None = None  # announced, or about to be
        self._flight: Transaction | None = None  # its content is going or gone
        self._advancing = self._again = False
        self._expect_content = Expectation(self._on_chunk if self._chunked else self._on_content)
        self._expect_front = Expectation(self._on_front)
        self._expect_group = (self._expect_front,) * (2 if self._chunked else 3)
        self._patience = Patience(relay.timeouts, self._overdue)

    # -- from outside

    def begin(self, first: Mail) -> None:
        """Start with the mail for which the session was opened."""
        self._intake.first = first
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
            if self._intake.last and self._front is None and self._flight is None:
                self._end(polite=not self._link.expecting)
            else:
                self._patience.watch(self._flight, self._front)

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
            at.stage = self._content
            self._link.call(self._expect_content)
        return self._write_piece(at)

    def _write_piece(self, at: Transaction) -> bool:
        pieces = at.letter.pieces
        piece = pieces[at.written]
        self._patience.moved = True
        at.written += 1
        if at.written < len(pieces):
            self._link.write(piece)
            self._loop.call_soon(self.advance)  # however much the kernel swallows: see replies, let other slots run
            return False
        at.out = True
        group = b""
        if self._grouped:
            while self._front is None and self._take():
                pass
            group = self._commands()
        try:
            self._link.write(b"".join((piece, group)) if group else piece)
        except LinkLost:
            at.out = False  # nothing of it was written
            at.written -= 1
            raise
        return not group  # there is nothing more to do before an answer when the next one is announced

    def _take(self) -> bool:
        """Take the next mail, if a place is free for it. A mail this server cannot have ends here."""
        if self._front is not None or self._intake.last or (self._flight is not None and not self._may_overlap()):
            return False
        mail = self._intake.take()
        if mail is None:
            return False
        try:
            self._front = Transaction(mail, prepare(mail, self._features, chunked=self._chunked))
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
            self._patience.moved = True
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
        if not self._grouped:
            link.call(self._expect_front)
            return at.line()
        link.call(*self._expect_group)
        letter = at.letter
        return b"".join((reset, letter.mail, letter.rcpt, b"" if self._chunked else b"DATA\r\n"))

    # -- replies

    def _on_reset(self, reply: Reply) -> None:
        at = self._front
        if at is None:
            return
        self._patience.moved = True
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
        self._patience.moved = True
        stage = at.stage
        at.heard.append((stage, reply))
        good = accepted(reply.code, stage)
        if not good:
            at.refused = at.refused or (stage, reply)
            at.behind_refusal = at.behind_refusal and at.refused[1].code == 503
            if not self._grouped or (ruling_on(reply, stage).close and not at.behind_refusal):
                self._refuse(at)
                return
        if stage is self._before_content:
            self._answered_whole(at, good)
            return
        at.stage = _RCPT if stage is _MAIL else _DATA
        at.asked = self._grouped

    def _answered_whole(self, at: Transaction, good: bool) -> None:
        if at.refused is None or (good and not self._chunked):
            self._go(at)
        elif at.behind_refusal and at.refused[0] is _MAIL:
            self._announce_anew(at)
        else:
            self._refuse(at)

    def _go(self, at: Transaction) -> None:
        """Content may follow; or, after 354 for nobody, the lone dot must."""
        at.stage = self._content
        at.go = at.refused is None
        at.asked = at.go
        if at.go:
            self._refusals.note(None)

    def _announce_anew(self, at: Transaction) -> None:
        """Its MAIL met the envelope of a BDAT that was refused: RFC 3030 section 2 wants RSET first."""
        self._session.stale_envelope = True
        at.stage, at.refused, at.asked, at.behind_refusal = _MAIL, None, False, False
        at.heard.clear()

    def _on_lone_dot(self, reply: Reply) -> None:
        if self._front is not None:
            self._patience.moved = True
            self._refuse(self._front)

    def _refuse(self, at: Transaction) -> None:
        self._front = None
        self._session.stale_envelope = True
        end = refused(at, self._refusals)
        self._tell(end)
        if not end.keep:
            self._end(polite=not self._link.expecting)

    def _on_content(self, reply: Reply) -> None:
        """The answer to the final dot, or to BDAT."""
        at, self._flight = self._flight, None
        if at is None:
            return
        self._patience.moved = True
        if not at.out:
            self._early(at, reply)
            return
        if 200 <= reply.code < 300:  # nearly every mail: no ruling has to be made
            self._report(sent(at, reply))
            return
        end = answered(at, reply, ruling_on(reply, at.stage))
        self._tell(end)
        if not end.keep:
            self._drop("the session ended before its content left")

    def _on_chunk(self, reply: Reply) -> None:
        """The answer to BDAT, which has no 354 before it to show that answers are still in step with commands."""
        at, good = self._flight, 200 <= reply.code < 300
        if good and at is not None and parse_enhanced(reply.text, reply.code).startswith(ABOUT_AN_ADDRESS):
            self._flight = None
            self._mistrust(at, f"the server answered {at.stage} with {reply.code} {reply.text}")
            return
        if not good and self._front is not None and self._front.announced:
            self._front.behind_refusal = True  # the envelope may still stand (RFC 3030 section 2), and it met it
        elif not good:
            self._session.stale_envelope = True
        self._on_content(reply)

    def _early(self, at: Transaction, reply: Reply) -> None:
        """Refused while its content was on the way (a 552 by a server that has seen enough): definite."""
        if reply.code // 100 in {4, 5}:
            self._tell(answered(at, reply, ruling_on(reply, at.stage)))
            self._drop("the session ended")  # the rest of the content would be read as commands
        else:
            self._mistrust(at, f"the server answered {reply.code} before the end of the content")

    def _mistrust(self, at: Transaction, why: str) -> None:
        """The server's answers mean nothing any more; `at` ends without one."""
        self._alarm(Trouble(Scope.TRANSPORT, "", why, key=at.mail.key))
        self._report(broken(at, why))
        self._drop("the session ended")

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
            tidied = in_hand.stage is _MAIL and self._session.taken > 1
            if not tidied:
                text, behind = f"{lost} (at {in_hand.stage})", self._front if in_hand is self._flight else None
                who = behind.mail.key if behind is not None else None
                self._alarm(Trouble(Scope.TRANSPORT, "", text, key=in_hand.mail.key, behind=who))
        elif self._intake.first is not None:
            self._alarm(Trouble(Scope.TRANSPORT, "", str(lost), key=self._intake.first.key))
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
        first, self._intake.first = self._intake.first, None
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
        front, self._front, self._intake.last = self._front, None, True
        self._report(broken(front, "the mail before it got no answer for a while"))
        self._patience.watch(self._flight, None)

    def _end(self, *, polite: bool) -> None:
        self._stop()
        if not self.over.done():
            self.polite = polite
            self.over.set_result(None)

    def _stop(self) -> None:
        self._link.listener = None
        self._patience.stop()

    def _overdue(self) -> None:
        """The timer has fired; most often the session has moved since it was set."""
        if self.over.done() or not self._patience.over(self._flight, self._front):
            return
        why = self._patience.why(self._flight, self._front)
        if not why:
            self._hand_over()
            return
        try:
            self._lose(LinkLost(why))
        except Exception as fault:
            self._fail(fault)
