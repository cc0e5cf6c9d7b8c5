"""Take what is new in a mailbox: look, fetch a slice, commit mails and position together, then mark them as seen.

The position alone says what was fetched, never \\Seen: a mail that a person has read is fetched too, and what was
committed is not fetched again, whether or not its flag could be set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from engine import db, log, move
from engine.errors import MailboxError
from engine.inbound.queries import boxes
from engine.inbound.queries.boxes import Mail, Place
from engine.inbound.retrieve import imap_fetch, imap_trouble
from engine.inbound.retrieve.imap_fetch import Fetcher
from engine.inbound.retrieve.imap_line import Head, Line

_log = log.get(__name__)

LISTED = 500  # mails whose size is asked for at once
MARGIN = timedelta(days=1)  # looked at once more when the server's numbers change; a mail that is here is one mail
SKEW = timedelta(minutes=10)  # between the server's clock and ours
Offer = Callable[[int], object]


class Taker:
    """Takes from one mailbox, over all its sessions. `offer` hints the task at an inbound id, after the commit."""

    def __init__(self, name: str, engine: db.Pool, largest: int, offer: Offer, stopped: Event) -> None:
        self._name = name
        self._engine = engine
        self._fetcher = Fetcher(name, largest)
        self._offer = offer
        self._stopped = stopped
        self._unmarked: tuple[int, list[int]] = (0, [])  # life, and what was kept in it and not marked as seen yet

    def ready(self) -> None:
        """Raise what the database raises: who cannot keep a mail need not log in."""
        self._place()

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
        before = self._place()
        opened = line.open()
        with self._engine.begin() as conn:
            at = boxes.place(conn, self._name)
            if at != before:  # another process went on meanwhile, so that the SELECT says nothing about this place
                pass
            elif not at.connected:
                boxes.begin(conn, self._name, opened.uidvalidity, opened.uidnext - 1)
            elif opened.uidvalidity != at.uidvalidity or opened.uidnext <= at.last_uid:
                _log.warning("mailbox numbered anew", box=self._name, was=at.uidvalidity, now=opened.uidvalidity)
                boxes.begin_again(conn, self._name, opened.uidvalidity, opened.uidnext - 1, MARGIN, SKEW)
            else:
                return at
            moved = boxes.place(conn, self._name)
        return self._arrive(line) if at != before else moved

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
        wanted = [head for head in imap_fetch.heads(line, listed) if not _before(head, at)]
        for part in imap_fetch.slices(wanted):
            if self._stopped.is_set():
                return at
            mails, refused = self._fetcher.fetch(line, part)
            if mails or not refused:
                waiting -= len(mails)
                moved = self._keep(line, at, mails, mails[-1].uid if refused else part[-1].uid, waiting)
                if moved is None:
                    return self._arrive(line)
                at = moved
            if refused:
                raise MailboxError(f"The server does not hand over mail {refused}; it is asked again.", "refused")
        return self._advance(at, listed[-1]) if listed[-1] > at.last_uid else at

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

    def _place(self) -> Place:
        with self._engine.begin() as conn:
            return boxes.place(conn, self._name)

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


def _before(head: Head, at: Place) -> bool:
    """Whether a mail came before what is looked through again. One without a time is wanted."""
    again = at.since is not None and head.uid <= at.since_uid
    return again and at.since is not None and head.came is not None and head.came < at.since
