"""Take what is new in a mailbox: look, fetch a slice, commit mails and position together, then mark them as seen.

The position alone says what was fetched, never \\Seen: a mail that a person has read is fetched too, and what was
committed is not fetched again, whether or not its flag could be set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from threading import Event

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from engine import db, log, move
from engine.errors import MailboxError
from engine.inbound.queries import boxes
from engine.inbound.queries.boxes import Mail, Place
from engine.inbound.retrieve import imap_trouble
from engine.inbound.retrieve.imap_line import Head, Line

_log = log.get(__name__)

LISTED = 500  # mails whose size is asked for at once
SLICE, SLICE_BYTES = 50, 16 * 1024 * 1024  # one transaction: so many mails, or so many bytes
MARGIN = timedelta(days=1)  # looked at once more when the server's numbers change; a mail that is here is one mail
SKEW = timedelta(minutes=10)  # between the server's clock and ours
STUBBORN = 5  # looks after which a mail that alone is not handed over is kept without its bytes
Offer = Callable[[int], object]


class Taker:
    """Takes from one mailbox, over all its sessions. `offer` hints the task at an inbound id, after the commit."""

    def __init__(self, name: str, engine: db.Pool, largest: int, offer: Offer, stopped: Event) -> None:
        self._name = name
        self._engine = engine
        self._largest = largest
        self._offer = offer
        self._stopped = stopped
        self._unmarked: tuple[int, list[int]] = (0, [])  # life, and what was kept in it and not marked as seen yet
        self._refused: Counter[int] = Counter()

    def ready(self) -> None:
        """Raise what the database raises: who cannot keep a mail need not log in."""
        with self._engine.begin() as conn:
            boxes.place(conn, self._name)

    def take(self, line: Line) -> None:
        """Fetch all that is new. When it returns without `stopped`, nothing new was there at the last look."""
        at = self._arrive(line)
        self._mark(line, at, [])
        while not self._stopped.is_set():
            uids = self._new(line, at)
            if not uids:
                if at.last_uid < at.since_uid:
                    at = self._advance(at, at.since_uid)
                    continue
                with self._engine.begin() as conn:
                    boxes.complete(conn, self._name)
                return
            at = self._take(line, at, uids)

    def _arrive(self, line: Line) -> Place:
        """Where we stand in this folder: at its end on the first visit, at its beginning when its numbers changed."""
        opened = line.open()
        with self._engine.begin() as conn:
            at = boxes.place(conn, self._name)
            if not at.connected:
                boxes.begin(conn, self._name, opened.uidvalidity, opened.uidnext - 1)
            elif opened.uidvalidity != at.uidvalidity or opened.uidnext <= at.last_uid:
                _log.warning("mailbox numbered anew", box=self._name, was=at.uidvalidity, now=opened.uidvalidity)
                boxes.begin_again(conn, self._name, opened.uidvalidity, opened.uidnext - 1, MARGIN, SKEW)
            else:
                return at
            return boxes.place(conn, self._name)

    def _new(self, line: Line, at: Place) -> list[int]:
        again = at.last_uid < at.since_uid
        uids = line.uids(at.last_uid, at.since_uid if again else None, at.since if again else None)
        if uids:
            with self._engine.begin() as conn:
                boxes.waits(conn, self._name, len(uids))
        return uids

    def _take(self, line: Line, at: Place, uids: Sequence[int]) -> Place:
        """The first of these mails, slice by slice; where we stand then. Another process may have been first."""
        listed, waiting = uids[:LISTED], len(uids)
        wanted = [head for head in _heads(line, listed) if not _before(head, at)]
        for part in slices(wanted):
            if self._stopped.is_set():
                return at
            mails, refused = self._fetch(line, part)
            if mails or not refused:
                waiting -= len(mails)
                moved = self._keep(line, at, mails, mails[-1].uid if refused else part[-1].uid, waiting)
                if moved is None:
                    return self._arrive(line)
                at = moved
            if refused:
                raise MailboxError(f"The server does not hand over mail {refused}; it is asked again.", "refused")
        return self._advance(at, listed[-1]) if listed[-1] > at.last_uid else at

    def _fetch(self, line: Line, part: Sequence[Head]) -> tuple[list[Mail], int | None]:
        """The mails of a slice in order, up to the first that is there and is not handed over: its number, else None.

        A mail that is too large is kept by its header, one that is gone not at all. One that alone is refused look
        after look is kept by its header too: else it would keep back all that come after it.
        """
        bodies = _bodies(line, [head.uid for head in part if head.size <= self._largest])
        missing = [head.uid for head in part if head.size <= self._largest and head.uid not in bodies]
        there = line.present(missing)
        mails: list[Mail] = []
        for head in part:
            if head.uid in bodies:
                mails.append(Mail(head.uid, bodies[head.uid]))
            elif head.size > self._largest:
                mails.append(Mail(head.uid, line.header(head.uid), self._too_large(head)))
            elif head.uid in there:
                self._refused[head.uid] += 1
                if self._refused[head.uid] < STUBBORN or not bodies:
                    return mails, head.uid
                mails.append(Mail(head.uid, _header(line, head.uid), self._not_handed_over(head)))
        return mails, None

    def _too_large(self, head: Head) -> str:
        size, most = head.size / 2**20, self._largest / 2**20
        return f"Too large to fetch: {size:.1f} MB of {most:.1f} allowed. {self._where(head)}"

    def _not_handed_over(self, head: Head) -> str:
        return f"Its server did not hand it over, {STUBBORN} times. {self._where(head)}"

    def _where(self, head: Head) -> str:
        return f"Only its header is here; it lies unread in {self._name} as mail {head.uid}."

    def _keep(self, line: Line, at: Place, mails: Sequence[Mail], last: int, waiting: int) -> Place | None:
        """Commit the mails and the position together; None when another process moved it meanwhile."""
        with self._engine.begin() as conn:
            if boxes.place(conn, self._name) != at:
                return None
            now = db.now(conn)
            kept = boxes.keep(conn, self._name, at, mails, now)
            self._park(conn, mails, kept, now)
            boxes.advance(conn, self._name, last, len(kept), waiting)
            moved = boxes.place(conn, self._name)
        parked = {mail.uid for mail in mails if mail.reason}
        for uid, ident in kept.items():
            if uid not in parked:
                self._offer(ident)
        self._mark(line, moved, [mail.uid for mail in mails if not mail.reason])
        return moved

    def _park(self, conn: db.Conn, mails: Sequence[Mail], kept: dict[int, int], now: datetime) -> None:
        for mail in mails:
            if mail.reason and mail.uid in kept:  # few: each has a reason of its own
                move.one(conn, "inbound", kept[mail.uid], "park", now, note=mail.reason,
                         values={"reason": mail.reason})  # fmt: skip

    def _advance(self, at: Place, last: int) -> Place:
        with self._engine.begin() as conn:
            if boxes.place(conn, self._name) == at:
                boxes.advance(conn, self._name, last, 0, 0)
            return boxes.place(conn, self._name)

    def _mark(self, line: Line, at: Place, uids: Sequence[int]) -> None:
        """Mark these as seen, and those that an earlier session could not. What was refused is let go: it is kept."""
        before = self._unmarked[1] if self._unmarked[0] == at.life else []
        self._unmarked = (at.life, [*before, *uids])
        if not self._unmarked[1]:
            return
        try:
            line.mark_seen(self._unmarked[1])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if imap_trouble.busy(error):
                raise
            _log.warning("not marked as seen", box=self._name, error=imap_trouble.said(error))
        self._unmarked = (at.life, [])


def slices(heads: Sequence[Head], most: int = SLICE, size: int = SLICE_BYTES) -> Iterator[list[Head]]:
    """The mails in order, in slices of at most so many and so many bytes; one that is larger is a slice of its own."""
    part: list[Head] = []
    for head in heads:
        if part and (len(part) >= most or sum(one.size for one in part) + head.size > size):
            yield part
            part = []
        part.append(head)
    if part:
        yield part


def _heads(line: Line, uids: Sequence[int]) -> list[Head]:
    """The mails that are there; one that the server lists and tells nothing about is among them, of unknown size."""
    told = {head.uid: head for head in line.heads(uids)}
    silent = line.present([uid for uid in uids if uid not in told])
    return [told.get(uid) or Head(uid, 0, None) for uid in uids if uid in told or uid in silent]


def _before(head: Head, at: Place) -> bool:
    """Whether a mail came before what is looked through again. One without a time is wanted."""
    again = at.since is not None and head.uid <= at.since_uid
    return again and at.since is not None and head.came is not None and head.came < at.since


def _bodies(line: Line, uids: Sequence[int]) -> dict[int, bytes]:
    """The bytes of these mails; one by one where the server refuses them together."""
    if not uids:
        return {}
    try:
        return line.bodies(uids)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        if imap_trouble.busy(error):
            raise
        return _singly(line, uids)


def _singly(line: Line, uids: Sequence[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for uid in uids:
        try:
            found |= line.bodies([uid])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if imap_trouble.busy(error):
                raise
            _log.warning("mail not handed over", uid=uid, error=imap_trouble.said(error))
    return found


def _header(line: Line, uid: int) -> bytes:
    try:
        return line.header(uid)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return b""
