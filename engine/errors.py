"""Every error the engine raises on purpose, as one tree.

SixpmError
├── ConfigError            a setting is missing or wrong; the text names it and what to set
├── NotAllowed             the principal may not do this
├── NotFound               no such object in the principal's workspace (never says whose it is)
├── Invalid                input that a person can mend; `field` names the form field
│   └── Fault              a place in what was written: a query (engine.campaigns.audience)
├── IllegalMove            a state table has no such move
├── TokenError             a signed token is unknown, changed or expired
├── MailboxError           a mailbox that is fetched from cannot be used (engine.inbound.retrieve)
└── TransportError         one message could not be handed over (engine.transports)
    └── CannotEdit         the service does not let a post that is out be changed; a correction can be posted
"""

from __future__ import annotations


class SixpmError(Exception):
    """Base of all errors the engine raises on purpose; its text tells the reader what to do."""


class ConfigError(SixpmError):
    """A setting is missing or wrong."""


class NotAllowed(SixpmError):
    """The principal may not do this."""


class NotFound(SixpmError):
    """No such object where the principal may look."""


class Invalid(SixpmError):
    """Input a person can mend. `field` is the form field it belongs to, or None for the whole form."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class Fault(Invalid):
    """What is wrong with a text at one place: characters `start` to `end` (excluded), counted from 0."""

    def __init__(self, words: str, start: int, end: int, field: str | None = "query") -> None:
        super().__init__(words, field)
        self.words, self.start, self.end = words, start, end


class IllegalMove(SixpmError):
    """The state table knows no such move from the object's state."""


class TokenError(SixpmError):
    """A signed token that is unknown, changed, of another purpose, or expired."""

    def __init__(self, text: str, expired: bool = False) -> None:
        super().__init__(text)
        self.expired = expired


class MailboxError(SixpmError):
    """A mailbox cannot be used. `kind` decides how long it is left alone: login, busy, folder, secure, refused."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


class TransportError(SixpmError):
    """One message could not be handed over.

    `permanent`: trying again is useless. `retry_after`: seconds the service asked us to wait.
    `code`: the service's own code. `in_doubt`: the request may have been carried out.
    `scope`: "recipient" (only this message), "rate" (we are too fast: what is behind it waits, nothing is broken), or
    "transport" (everything behind it must back off).
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        code: str = "",
        in_doubt: bool = False,
        scope: str = "recipient",
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after
        self.code = code
        self.in_doubt = in_doubt
        self.scope = scope


class CannotEdit(TransportError):
    """The service does not let this post be changed: too old, not ours, or not by this kind of connection."""
