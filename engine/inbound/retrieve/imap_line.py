"""One session with one mailbox over IMAP (RFC 3501): what is there, its bytes, what was taken, and waiting for more."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from engine.errors import MailboxError
from engine.inbound.retrieve import imap_trouble
from engine.inbound.retrieve.imap_url import Box

TIMEOUT = SocketTimeout(connect=20, read=60)
RENEW = 25 * 60.0  # a server may log out who idles for 30 minutes; RFC 2177 says to renew before 29
GLANCE = 0.5  # seconds between looks at whether to stop
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a SELECT says. All UIDs from `uidnext` on are of mail that comes later."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Head:
    """One mail as the server lists it: its number, its bytes, and when it came there (None where it does not say)."""

    uid: int
    size: int
    came: datetime | None


class Line:
    """A session that is logged in. Every method may raise what imap_trouble.judge understands."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._there = b""  # how many mails the last SELECT said there are
        self.over = False  # nothing more can be asked in this session; nothing is wrong
        context = ssl.create_default_context()
        self._client: Any = IMAPClient(
            box.host, box.port, ssl=box.tls, ssl_context=context if box.tls else None, timeout=TIMEOUT
        )
        self._client.normalise_times = False  # aware, not in this machine's zone
        self._client._imap.debug = 0  # else imaplib writes each mail as a Python literal, for a log that nobody reads
        try:
            if not box.tls:
                self._secure(context)
            self._login()
            self._idles: bool = self._client.has_capability("IDLE")
        except BaseException:
            self.close()
            raise

    def _secure(self, context: ssl.SSLContext) -> None:
        if self._client.has_capability("STARTTLS"):
            self._client.starttls(context)
        elif self._box.host not in LOOPBACK:
            text = f"{self._box.host} offers no STARTTLS, and a password goes over no open line. Use imaps://."
            raise MailboxError(text, "secure")

    def _login(self) -> None:
        user, password = self._box.user, self._box.password
        if (user + password).isascii():
            self._client.login(user, password)
        else:  # LOGIN takes ASCII alone; RFC 4616 is UTF-8
            self._client.plain_login(user, password)

    def close(self) -> None:
        """End the session; the connection is gone afterwards, whatever the server says."""
        with contextlib.suppress(Exception):  # it may be gone already, and nothing is left to save
            self._client.shutdown()

    def open(self) -> Opened:
        """Select the folder, anew each time: that is what tells a folder that was made anew from the old one."""
        try:
            told = self._client.select_folder(self._box.folder)
        except IMAPClientError as error:
            raise imap_trouble.of_folder(error, self._box) from error
        valid, following = told.get(b"UIDVALIDITY"), told.get(b"UIDNEXT")
        if following is None:  # RFC 3501 section 6.3.1 wants it; a server without it can be asked
            following = max(self._client.search("ALL"), default=0) + 1
        self._there = self._told_there()
        if not valid:
            raise MailboxError(f"{self._box.host} keeps no lasting numbers of mails (no UIDVALIDITY).", "refused")
        return Opened(int(valid), int(following))

    def uids(self, after: int, until: int | None = None, since: datetime | None = None) -> list[int]:
        """The numbers of mails above `after`, in order, up to `until`, come about `since` or later."""
        criteria: list[Any] = ["UID", f"{after + 1}:{until or '*'}"]
        if since is not None:  # SINCE knows days alone, of whatever zone
            criteria += ["SINCE", (since - timedelta(days=1)).date()]
        # n:* holds the last mail even where n is above it (RFC 3501 section 9, seq-range).
        return sorted(uid for uid in self._client.search(criteria) if uid > after)

    def heads(self, uids: Sequence[int]) -> list[Head]:
        """Size and arrival of these mails, in order; those that are gone are left out."""
        told = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [Head(uid, int(told[uid].get(b"RFC822.SIZE") or 0), told[uid].get(b"INTERNALDATE")) for uid in
                sorted(told)]  # fmt: skip

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The bytes of these mails, their flags untouched (BODY.PEEK). Those without are left out."""
        told = self._client.fetch(uids, ["BODY.PEEK[]"])
        return {uid: parts[b"BODY[]"] for uid, parts in told.items() if isinstance(parts.get(b"BODY[]"), bytes)}

    def header(self, uid: int) -> bytes:
        """The header of one mail, empty where the server has none."""
        told = self._client.fetch([uid], ["BODY.PEEK[HEADER]"])
        found = told.get(uid, {}).get(b"BODY[HEADER]")
        return found if isinstance(found, bytes) else b""

    def present(self, uids: Sequence[int]) -> set[int]:
        """Which of these mails are still there."""
        wanted = ",".join(map(str, uids))
        return set(self._client.search(["UID", wanted])) if uids else set()

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Set \\Seen of these mails."""
        self._client.add_flags(uids, [SEEN], silent=True)

    def wait(self, seconds: float, stopped: Event) -> None:
        """Return after so many seconds, at once when the server says that something came, or when `stopped` is set.

        By IDLE (RFC 2177) where the server has it. The caller looks again either way: what a deaf IDLE does not tell
        waits for `seconds` at most.
        """
        until = time.monotonic() + min(seconds, RENEW)
        if self._there and self._told_there() != self._there:  # told since, and IDLE does not say it again
            return
        if not self._idle():
            stopped.wait(0 if self.over else until - time.monotonic())
            return
        if _news(self._read_along()):
            until = 0.0
        while not stopped.is_set() and (left := until - time.monotonic()) > 0:
            patience, began = min(GLANCE, left), time.monotonic()
            told = self._client.idle_check(timeout=patience)
            # Nothing, sooner than asked for, is a connection that ended: DONE finds out.
            if _news(told) or (not told and time.monotonic() - began < patience / 2):
                break
        self._client.idle_done()

    def _told_there(self) -> bytes:
        told = self._client._imap.untagged_responses.get("EXISTS") or [b""]
        return bytes(told[-1])

    def _idle(self) -> bool:
        """Begin to idle; False where the server will not, or said something else first: then the session is `over`."""
        if not self._idles:
            return False
        try:
            self._client.idle()
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            self.over = "b'* " in str(error)  # untagged: IMAPClient cannot go on from there, and it is news
            self._idles = False
            return False
        return True

    def _read_along(self) -> Sequence[Any]:
        """What came in one packet with the server's `+`: it is in imaplib's buffer, where no poll of the socket sees
        it."""
        client = self._client
        poll, client._poll_socket = client._poll_socket, lambda _socket, _timeout: [True]
        try:
            told: Sequence[Any] = client.idle_check(timeout=0)
            return told
        finally:
            client._poll_socket = poll


def _news(told: Sequence[Any]) -> bool:
    return any((len(line) > 1 and line[1] in (b"EXISTS", b"RECENT")) or line[0] == b"BYE" for line in told)
