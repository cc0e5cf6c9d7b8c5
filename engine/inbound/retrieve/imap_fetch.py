"""The mails of a slice as they come from the server: whole, by their header, or not at all, and why.

What is there and is not handed over is never passed by silently: it is asked for again, and in the end kept by its
header and parked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from engine import log
from engine.inbound.queries.boxes import Mail
from engine.inbound.retrieve import imap_trouble
from engine.inbound.retrieve.imap_line import Head, Line

_log = log.get(__name__)

SLICE, SLICE_BYTES = 50, 16 * 1024 * 1024  # one transaction: so many mails, or so many bytes
STUBBORN = 5  # looks after which a mail that alone is not handed over is kept without its bytes


class Fetcher:
    """Fetches the mails of one mailbox, over all its sessions; `largest` is the size up to which they come whole."""

    def __init__(self, name: str, largest: int) -> None:
        self._name = name
        self._largest = largest
        self._refused: Counter[int] = Counter()

    def fetch(self, line: Line, part: Sequence[Head]) -> tuple[list[Mail], int | None]:
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


def heads(line: Line, uids: Sequence[int]) -> list[Head]:
    """The mails that are there; one that the server lists and tells nothing about is among them, of unknown size."""
    told = {head.uid: head for head in line.heads(uids)}
    silent = line.present([uid for uid in uids if uid not in told])
    return [told.get(uid) or Head(uid, 0, None) for uid in uids if uid in told or uid in silent]


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
