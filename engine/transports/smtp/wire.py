"""The SMTP transport: one slot's session, from the first mail it is given to QUIT."""

from __future__ import annotations

from engine.transports.base import Alarm, Mail, Outcome, Permit, Report, Source, Verdict
from engine.transports.smtp.lockstep import LockStep, Refusals
from engine.transports.smtp.protocol import LinkLost
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import NoSession, Session, open_session, quit_session


class SmtpTransport:
    """A StreamTransport to one relay; may be shared by the slots of one event loop."""

    name = "smtp"

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._refusals = Refusals()

    async def run(self, source: Source, permit: Permit, report: Report, alarm: Alarm) -> None:
        """Take a mail, open a session, send until `source` gives None or the session ends, and close it.

        The session is opened for the first mail, so an idle slot holds no connection. It ends after
        messages_per_connection mails, `idle` seconds without one, any alarm, or a lost connection; call run again.
        Every mail taken is reported exactly once, on cancellation too. `source.next` is cancelled when the session
        ends while it waits: it must not await between taking a row and returning it.
        """
        mail = await source.next()
        if mail is None:
            return
        session = await self._open(mail, report, alarm)
        if session is None:
            return
        try:
            await self._serve(
                session, mail, source, LockStep(session, self.relay.timeouts, permit, report, alarm, self._refusals)
            )
            await quit_session(session, self.relay.timeouts.quit)
        finally:
            session.link.abort()  # after QUIT this does nothing

    async def _serve(self, session: Session, first: Mail, source: Source, transactions: LockStep) -> None:
        mail: Mail | None = first
        most = min(self.relay.messages_per_connection, session.features.mail_max or self.relay.messages_per_connection)
        while mail is not None:
            session.taken += 1
            if not await transactions.send(mail) or session.taken >= most:
                return
            mail = await self._next(session, source)

    async def _open(self, mail: Mail, report: Report, alarm: Alarm) -> Session | None:
        """A session, or None after the alarm; the mail in hand goes back untouched."""
        try:
            return await open_session(self.relay)
        except NoSession as refused:
            alarm(refused.trouble)
            report(Outcome(mail.key, Verdict.NOT_SENT, refused.trouble.code, reply=refused.trouble.reply))
            return None
        except BaseException:
            report(Outcome(mail.key, Verdict.NOT_SENT, reply="the session was not opened"))
            raise

    async def _next(self, session: Session, source: Source) -> Mail | None:
        """The next mail, or None when there is none, the slot stays idle, or the server closes meanwhile."""
        try:
            return await session.link.while_usable(source.next, self.relay.timeouts.idle, "waiting for a mail")
        except LinkLost:
            return None
