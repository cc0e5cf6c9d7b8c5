"""The two seams every way out fits: one call per message (HTTP kinds), one stream (SMTP).

Neither sees a row, and neither logs and forgets: what happened comes back as a Receipt, a TransportError or an
Outcome. Both wait for the permit of a message before its first byte of content leaves (docs/delivery.md, H3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class Key(NamedTuple):
    """Names one attempt of one delivery while it is in a process's hands."""

    batch_id: int
    seq: int
    attempt: int


class Mail(NamedTuple):
    """A mail ready for the wire. `content` is the whole RFC 5322 message, CRLF line ends, not dot-stuffed.

    `normal` vouches that it may go as it is: no line end but CRLF, no NUL, CRLF at the end, and no line that begins
    with a dot. Without it the wire sees to that.
    """

    key: Key
    envelope_sender: str
    to: str
    content: bytes
    smtputf8: bool = False
    normal: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A chat post or webhook call.

    `text` is plain, people's own words in it, which the adapter escapes; `data` is what a webhook gets to read;
    `idempotency` stays the same over all attempts; `thread` is the remote id to post under, if any.
    """

    key: Key
    to: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    idempotency: str = ""
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service said when it took a message. `remote_id` is its own id for it, if it gives one."""

    code: str
    reply: str
    remote_id: str | None = None


class Verdict(StrEnum):
    """What is known about one attempt."""

    SENT = "sent"  # the receiver took responsibility
    DEFERRED = "deferred"  # a 4xx that belongs to this recipient
    BOUNCED = "bounced"  # a 5xx that belongs to this recipient
    FAILED = "failed"  # we cannot send it (unsupported address, too large, render error)
    NOT_SENT = "not_sent"  # its content never left whole; take it again, no attempt is burnt
    IN_DOUBT = "in_doubt"  # content left whole, no answer
    SUPPRESSED = "suppressed"  # found suppressed when it was taken
    EXPIRED = "expired"  # found past its useful_until when it was taken


class Scope(StrEnum):
    """How far an answer reaches (Postfix calls these site, message and recipient)."""

    RECIPIENT = "recipient"
    SENDER = "sender"  # MAIL FROM refused: the run pauses, nobody is marked bounced
    RATE = "rate"  # we are too fast for it, or for one of its receivers: nobody is refused, and nothing is broken
    TRANSPORT = "transport"  # connect, TLS, EHLO, AUTH, 421: everything behind it backs off


class Outcome(NamedTuple):
    """What became of one attempt, as the ledger records it.

    `code` is the basic reply code ("250", "450", "" when there was none), `enhanced` the RFC 3463 code if the
    reply began with one, `reply` its text. `announced` is True when NOT_SENT came after MAIL was written (H4).
    """

    key: Key
    verdict: Verdict
    code: str = ""
    enhanced: str = ""
    reply: str = ""
    queue_id: str = ""
    remote_id: str | None = None
    retry_after: float | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A transport-wide or sender-wide fault: no recipient is to blame."""

    scope: Scope
    code: str
    reply: str
    retry_after: float | None = None
    key: Key | None = None  # the attempt that met it, where there was one
    behind: Key | None = (
        None  # the attempt announced behind its content on the same line, which may be the one to blame
    )


class Source(Protocol):
    """Hands a slot its mails. `closed`: it will give no more, and the slot should end."""

    @property
    def closed(self) -> bool: ...

    async def next(self) -> Mail | None:
        """The next mail; waits while there is none. None once closed."""
        ...

    def take(self) -> Mail | None:
        """The next mail if there is one at this moment."""
        ...

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called whenever `take` may have a mail again or a permit may have changed.

        Returns what ends that. `wake` must be cheap, and may be called for nothing.
        """
        ...


class Permit(Protocol):
    """Says whether a mail's content may leave now."""

    def allows(self, key: Key) -> bool:
        """Checked in the very callback that writes the first content byte (H3)."""
        ...

    def hopeless(self, key: Key) -> bool:
        """Whether it never will: its batch is lost or stopped, its lease over."""
        ...


Report = Callable[[Outcome], None]
"""Takes an outcome, synchronously, before the same callback takes the next mail (H1)."""

Alarm = Callable[[Trouble], None]
"""Takes a fault whose scope is wider than one recipient."""


class SendTransport(Protocol):
    """One call per message: console, Slack, webhook."""

    name: str
    limit: int  # longest text, in characters; longer text is cut with a mark by the adapter

    def send(self, post: Post) -> Receipt:
        """Hand `post` over, or raise TransportError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Editor(Protocol):
    """What a SendTransport can do besides, where its service gives ids: change a post that is out.

    Both may be called again without harm, so that a lost answer is no doubt. A post that somebody removed in the chat
    counts as done. They raise CannotEdit where the service refuses (engine.transports.corrections posts a correction),
    else TransportError.
    """

    def update(self, post: Post, remote_id: str) -> Receipt:
        """Give the post `remote_id` the text of `post`."""
        ...

    def retract(self, post: Post, remote_id: str) -> Receipt:
        """Take the post `remote_id` away; `post` says where it is."""
        ...


class StreamTransport(Protocol):
    """One long-lived connection slot: SMTP."""

    name: str

    async def run(self, source: Source, permit: Permit, report: Report, alarm: Alarm) -> None:
        """Open a session, send what `source` gives until it gives None or the session ends, and close it."""
        ...
