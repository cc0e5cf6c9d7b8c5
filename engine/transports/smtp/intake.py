"""The mails of one session in their order, and when it takes no more."""

from __future__ import annotations

from engine.transports.base import Mail, Source
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import Session


class Intake:
    """Takes from the source until it is closed or the session has had what it may have.

    `first` is the mail for which the session was opened, while it waits; `last` says that nothing more will come. The
    caps are the relay's messages_per_connection and what the server announced by LIMITS (RFC 9422 section 4).
    """

    def __init__(self, session: Session, relay: Relay, source: Source) -> None:
        self._session, self._source = session, source
        self._most = min(relay.messages_per_connection, session.features.mail_max or relay.messages_per_connection)
        self._most_domains = session.features.domain_max
        self._domains: set[str] = set()
        self.first: Mail | None = None
        self.last = False

    def take(self) -> Mail | None:
        """The next mail, if there is one now."""
        mail, self.first = self.first or self._source.take(), None
        if mail is None:
            self.last = self._source.closed
            return None
        self._session.taken += 1
        self.last = self._session.taken >= self._most or self._fills_domains(mail)
        return mail

    def _fills_domains(self, mail: Mail) -> bool:
        """Whether this session has met as many domains as it may: the next one is not known before it is taken."""
        if self._most_domains is None:
            return False
        self._domains.add(mail.to.rpartition("@")[2].lower())
        return len(self._domains) >= self._most_domains
