"""STORY import: mails that lie in files are kept as if they had just come, slice by slice.

A mail's external id is made of its bytes and the recipient it is given, so that a run that was killed, or a second run,
goes on where the rows end and doubles nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine import db
from engine.db import Conn
from engine.inbound import store
from engine.inbound.queries.keeping import Incoming
from sixpm.inbound import boxes, heads
from sixpm.inbound.boxes import Spot

SLICE_MAILS, SLICE_BYTES = 200, 8 * 1024 * 1024

Begin = Callable[[], AbstractContextManager[Conn]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to bring in. `to`: the recipient of mails that name none; `since`: those received before stay out."""

    paths: Sequence[Path]
    size: int
    to: str = ""
    since: datetime | None = None
    dry_run: bool = False


@dataclass(slots=True)
class Tally:
    """How it stands. `new` of a dry run would be new."""

    total: int = 0
    new: int = 0
    there: int = 0
    older: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Mails that were looked at."""
        return self.new + self.there + self.older + self.failed


@dataclass(slots=True)
class Slice:
    """Mails of one transaction."""

    mails: list[Incoming] = field(default_factory=list)
    size: int = 0

    def add(self, mail: Incoming) -> bool:
        """Take one more; True when it is full."""
        self.mails.append(mail)
        self.size += len(mail.raw)
        return len(self.mails) >= SLICE_MAILS or self.size >= SLICE_BYTES


class Failed(Exception):
    """Why a mail is not brought in."""


def bring(wish: Wish, begin: Begin, offer: Callable[[list[int]], object], say: Says) -> Tally:
    """Bring all of it in; `offer` gets the ids of each slice after its commit."""
    tally = Tally(total=sum(1 for _ in _found(wish.paths, lambda *_: None)))
    with begin() as conn:
        now = db.now(conn)
    for part in _slices(wish, now, tally, say):
        _keep(part, wish, begin, offer, tally)
        say.progress(tally)
    return tally


@dataclass(frozen=True, slots=True)
class Says:
    """Whom to tell: each mail or path that failed and why, and how it stands after each slice."""

    failed: Callable[[str, str], object]
    progress: Callable[[Tally], object]


def _found(paths: Iterable[Path], failed: Callable[[str, str], object]) -> Iterator[Spot]:
    for path in paths:
        why = "there is no mail in it (.eml files, .mbox files, Maildirs)"
        try:
            for spot in boxes.spots(path):
                why = ""
                yield spot
        except (boxes.Nothing, OSError) as error:
            why = str(error)
        if why:
            failed(str(path), why)


def _slices(wish: Wish, now: datetime, tally: Tally, say: Says) -> Iterator[Slice]:
    def path_failed(name: str, why: str) -> None:
        tally.total += 1
        failed(name, why)

    def failed(name: str, why: str) -> None:
        tally.failed += 1
        say.failed(name, why)

    part = Slice()
    for spot in _found(wish.paths, path_failed):
        try:
            mail = _mail(spot, wish, now)
        except (Failed, OSError, KeyError) as error:
            failed(spot.name, str(error))
            continue
        if wish.since is not None and mail.received_at < wish.since:
            tally.older += 1
        elif part.add(mail):
            yield part
            part = Slice()
    yield part


def _mail(spot: Spot, wish: Wish, now: datetime) -> Incoming:
    raw, written = spot.read()
    if not raw.strip():
        raise Failed("it is empty")
    if len(raw) > wish.size:
        raise Failed(f"its {len(raw)} bytes are more than the {wish.size} of SIXPM_SMTPD_SIZE")
    fields = heads.head(raw)
    to = [wish.to] if wish.to and not heads.names_recipient(fields) else []
    digest = hashlib.sha256(raw).hexdigest()
    at = heads.received(fields, written, now)
    return Incoming(" ".join([digest, *to]), heads.envelope_sender(fields), to, raw, at)


def _keep(part: Slice, wish: Wish, begin: Begin, offer: Callable[[list[int]], object], tally: Tally) -> None:
    """One transaction. Those that are there are not sent to the database again."""
    fresh = {mail.external_id: mail for mail in part.mails}
    with begin() as conn:
        there = store.brought_in(conn, list(fresh))
        wanted = [mail for ident, mail in fresh.items() if ident not in there]
        ids = [] if wish.dry_run else store.bring_in(conn, wanted)
    new = len(wanted) if wish.dry_run else len(ids)
    tally.new += new
    tally.there += len(part.mails) - new
    if ids:
        offer(ids)
