"""The SMTP transport: one slot's session, from the first mail it is given to QUIT."""

from __future__ import annotations

from engine.transports.base import Alarm, Mail, Outcome, Permit, Report, Source, Verdict
from engine.transports.smtp.pipeline import Pipeline
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import NoSession, Session, open_session, quit_session
from engine.transports.smtp.transaction import Refusals


class SmtpTransport:
    """A StreamTransport to one relay; may be shared by the slots of one event loop."""

    name = "smtp"

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._refusals = Refusals()

    async def run(self, source: Source, permit: Permit, report: Report, alarm: Alarm) -> None:
        """Take a mail, open a session, send until `source` is closed or the session ends, and close it.

        The session is opened for the first mail, so an idle slot holds no connection. It ends after
        messages_per_connection mails, `idle` seconds without one, any alarm, or a lost connection; call run again.
        Every mail taken is reported exactly once, on cancellation too.
        """
        mail = await source.next()
        if mail is None:
            return
        session = await self._open(mail, report, alarm)
        if session is None:
            return
        pipeline = Pipeline(session, self.relay, source, permit, report, alarm, self._refusals)
        deaf = source.listen(pipeline.advance)
        try:
            pipeline.begin(mail)
            await pipeline.over
            deaf()
            if pipeline.polite:
                await quit_session(session, self.relay.timeouts.quit)
        finally:
            deaf()
            pipeline.tear("the session was torn down before the answer")

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
