"""What a service can do with a message, and what a rig is: it brings each of these about."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from engine.transports.base import Outcome


class Case(StrEnum):
    """What the service does with the one message it is given."""

    ACCEPTED = "accepted"
    PERMANENT = "refused for good"
    TEMPORARY = "refused for now"
    RETRY_AFTER = "refused for now, with a time"
    DOUBT = "silent after the whole content"
    UNREACHABLE = "not there"
    TOO_LONG = "too long"
    WITHHELD = "permit withheld"
    REPEATED = "the same message again"
    # of chat services
    GONE = "the channel was deleted"
    REVOKED = "401"
    FORBIDDEN = "403"
    BROKEN = "500"
    LATE = "no answer in time after the whole content"
    MUTE = "no answer in time before the content"
    HOSTILE = "hostile text"


CHAT = frozenset(Case)
MAIL = CHAT - {Case.GONE, Case.REVOKED, Case.FORBIDDEN, Case.BROKEN, Case.LATE, Case.MUTE, Case.HOSTILE}


class Rig(Protocol):
    """Brings a case about; returns the outcomes and what arrived: the texts, and the ids a repetition shares."""

    name: str
    cases: frozenset[Case]
    cuts: bool  # too long: cut with a mark (True), or failed without leaving (False)
    doubt: str  # the verdict when the service falls silent after the whole content

    def play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        """Run one case from scratch and close everything."""
        ...
