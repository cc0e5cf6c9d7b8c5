"""What an inbound source is to the suite, and the list of them: a new source is one rig here.

A source is run in a Place (a database, a broker that may be away), is given mails as the outside world gives them, and
says what it told the sender. What must be true of it is in test_sources.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Engine

from tests.fakes.database import Databases

LIMIT = 200_000  # bytes: SIXPM_SMTPD_SIZE of every Place


class Said(StrEnum):
    """What the sender of a mail was told, whatever the protocol's words for it."""

    TAKEN = "taken"  # the sender may forget it: 250, 2xx, seen
    AGAIN = "again"  # the sender has it still and comes again: 4xx of SMTP, 5xx of HTTP, no answer, left unseen
    REFUSED = "refused"  # never to be taken, with words for a person: 5xx of SMTP, 4xx of HTTP


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, and the words or code that came with it."""

    said: Said
    words: str


class Shape(StrEnum):
    """Mails that some path or other has mangled before."""

    PLAIN = "plain"
    DOTS = "lines that begin with a dot"
    EIGHT_BIT = "bytes above 127 that are no UTF-8"
    NUL = "NUL bytes"
    BARE_LF = "lines that end with LF alone"
    BARE_CR = "CR without LF"
    LONG_LINE = "a line of 150,000 characters"
    NO_END = "no line end at the end"
    BLANK_FIRST = "an empty line before the headers"


@dataclass
class Place:
    """Where a source runs: its database, and the broker it offers mails to."""

    url: str
    engine: Engine  # the suite's own way to the database, never the source's
    databases: Databases
    folder: Path
    env: pytest.MonkeyPatch
    fixture: Callable[[str], Any]  # by name: a server that a source needs before it
    offered: list[int] = field(default_factory=list)
    broker_away: bool = False

    def offer(self, ident: int) -> None:
        """The enqueue function of the source: a hint to the task."""
        if self.broker_away:
            raise ConnectionError("no broker")
        self.offered.append(ident)

    def database_away(self) -> AbstractContextManager[None]:
        """Nobody reaches the database, and who was connected is cut off."""
        return self.databases.away(self.url)


class Sender(Protocol):
    """The outside world before a running source."""

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """Bring one mail as a server, provider or mailbox does; return when the sender knows what became of it.

        One answer for each recipient, or one for all. A source without an envelope drops it.
        """
        ...

    def repeat(self) -> list[Told]:
        """The last mail once more, as a sender does that never heard the answer: not one byte differs."""
        ...


class Source(Protocol):
    """One way in."""

    name: str  # of the rig; the part before a comma is what the column inbound.source says
    envelope: bool  # it is told the envelope: whom a mail is from, and each of those it is for
    limited: bool  # it is what enforces SIXPM_SMTPD_SIZE
    cannot: frozenset[Shape]  # what the way to the source cannot carry at all; the reason stands beside it

    def running(self, place: Place) -> AbstractContextManager[Sender]:
        """The source in `place`, ready to take mail; ended in order after."""
        ...

    def original(self, kept: bytes) -> bytes:
        """The kept bytes without what the protocol obliges the source to add (the trace of SMTP); else all of them."""
        ...


def sources() -> list[Source]:
    """Every source there is."""
    from tests.conformance.source_files import Files
    from tests.conformance.source_hooks import RawHook
    from tests.conformance.source_imap import Mailbox
    from tests.conformance.source_providers import PROVIDERS
    from tests.conformance.source_smtp import Lmtp, Smtp

    return [Smtp(), Lmtp(), Lmtp("lmtp, socket file", by_file=True), RawHook(), Files(), Mailbox(), *PROVIDERS]
