"""A mailbox as a source: a real Dovecot before `sixpm imap`, and somebody who puts mail into the mailbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from imapclient import IMAPClient

from engine.errors import MailboxError
from engine.inbound.retrieve import imap, imap_trouble
from engine.inbound.retrieve.imap_url import Box
from tests.conformance.sources import Place, Said, Shape, Told
from tests.engine.inbound.retrieve.following import box, until
from tests.engine.inbound.world import settings
from tests.fakes.dovecot import Dovecot, new_user

NEVER = 600.0  # seconds between tries: whoever wants another look asks for it


class Mailbox:
    """By IMAP from a folder."""

    name = "imap"
    envelope = False  # whom it is for stands in the mail
    limited = False  # a mailbox cannot refuse; of what is too large the header is kept (test_imap.py)
    # A literal holds no NUL (RFC 3501 section 9, CHAR8), and Dovecot serves every line of a Maildir with CRLF.
    cannot = frozenset({Shape.NUL, Shape.BARE_LF, Shape.BARE_CR})

    @contextmanager
    def running(self, place: Place) -> Iterator[MailboxSender]:
        """The process in a thread, connected to a mailbox that is new."""
        server: Dovecot = place.fixture("dovecot")
        sender = MailboxSender(place, server, new_user())
        with pytest.MonkeyPatch.context() as env:
            env.setattr(imap_trouble, "PAUSES", dict.fromkeys(imap_trouble.PAUSES, (NEVER, NEVER)))
            env.setattr(imap_trouble, "judge", sender.watched(imap_trouble.judge))
            sender.start()
            try:
                yield sender
            finally:
                sender.stop()

    def original(self, kept: bytes) -> bytes:
        """It adds nothing."""
        return kept


class MailboxSender:
    """Puts mails into the mailbox, and looks at their flags: seen is taken; a look that failed leaves it unseen."""

    def __init__(self, place: Place, server: Dovecot, user: str) -> None:
        self._place, self._server, self._user = place, server, user
        self._stopped, self._failed = threading.Event(), threading.Event()
        self._thread = threading.Thread()

    def watched(self, judge: Callable[[Exception, Box], MailboxError]) -> Callable[[Exception, Box], MailboxError]:
        """`judge`, noting that it was asked: something went wrong."""

        def asked(error: Exception, box: Box) -> MailboxError:
            self._failed.set()
            return judge(error, box)

        return asked

    def start(self) -> None:
        """Begin to follow, and wait until everything there was looked at."""
        self._stopped, self._failed = threading.Event(), threading.Event()
        more: dict[str, Any] = {"imap_url": self._server.url(self._user), "imap_poll_seconds": NEVER}
        given, ending = settings(self._place.url, **more), self._stopped
        self._thread = threading.Thread(target=lambda: imap.serve(given, self._place.offer, stopped=ending))
        before = self._looked()
        self._thread.start()
        until(lambda: self._looked() != before or self._failed.is_set(), "the mailbox is looked at")

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        self._thread.join(30)

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """One mail into the mailbox."""
        self._failed.clear()
        try:
            self._server.deliver(self._user, raw)
        except IMAPClient.Error as error:
            return [Told(Said.REFUSED, str(error))]
        return [self._told()]

    def repeat(self) -> list[Told]:
        """The next session looks at the same mailbox."""
        self.stop()
        self.start()
        return [self._told()]

    def _told(self) -> Told:
        until(lambda: self._seen() or self._failed.is_set(), "the mail is seen, or a look failed")
        return Told(Said.TAKEN, "it is seen") if self._seen() else Told(Said.AGAIN, "it is left unseen")

    def _seen(self) -> bool:
        return all(b"\\Seen" in flags for flags in self._server.flags(self._user).values())

    def _looked(self) -> Any:
        row = box(self._place.engine, self._server.name(self._user))
        return row and row.last_ok_at
