"""The parts of a report, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Send:
    """One run of a campaign: its launch, the rest, a reminder."""

    id: int
    part: str
    state: str
    reason: str
    size: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Mails by the best that any of their hits is taken for."""

    human: int = 0
    likely: int = 0
    machine: int = 0

    @property
    def all(self) -> int:
        """With those that only machines asked for."""
        return self.human + self.likely + self.machine


@dataclass(frozen=True, slots=True)
class Link:
    """A link and who followed it."""

    id: int
    url: str
    taken: Taken


@dataclass(frozen=True, slots=True)
class Span:
    """A bar of the picture by hours. `key`: of the lists of its people."""

    at: datetime
    key: str
    accepted: int
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiving provider, its mails by the names of lists."""

    name: str
    all: int
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why mails were left out, refused or put off. `key`: of the list of their people."""

    state: str
    code: str
    reason: str
    rows: int

    @property
    def key(self) -> str:
        """Of the list of its people."""
        return f"{self.state}|{self.code}|{self.reason}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, as the beginning of its words; the conversation has the rest."""

    conversation_id: int
    no: int
    contact_id: int
    name: str
    body: str
    status: str
    at: datetime


__all__ = ["Answer", "Link", "Reason", "Receiver", "Send", "Span", "Taken"]
