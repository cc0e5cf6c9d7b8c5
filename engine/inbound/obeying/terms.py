"""What orders work with: the one that came, what rounds lend to it, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from engine.db import Conn
from engine.inbound.outcome import NOTHING, Arrived
from engine.inbound.parse.command import Order
from engine.inbound.queries.ordering import Writer
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

REGRET = timedelta(days=7)  # so long an order or an answer can be taken back by mail
SHOWN, LETTERS = 20, 300  # entries in a mail back, and letters of each
Did = Mapping[str, Any]
UNDO = "Changed your mind? Reply “undo” to this mail within a week, or use your page."


class Skip(Protocol):
    """What skipping a day came to (engine.rounds.ordered.Skip)."""

    @property
    def day(self) -> date | None:
        """The day that is not asked about, or None."""

    @property
    def did(self) -> Did:
        """What taking it back needs."""

    @property
    def why(self) -> str:
        """Why there was no day to skip: the state of the part that would have been."""


@dataclass(frozen=True, slots=True)
class Acts:
    """What rounds lend to orders: engine.rounds.ordered."""

    pause: Callable[[Conn, Principal, int, date | None, datetime], Did]
    skip: Callable[[Conn, Principal, int, int | None, datetime], Skip]
    take_back: Callable[[Conn, Principal, int, Did, datetime], bool]


@dataclass(frozen=True, slots=True)
class Writing:
    """An order that came: in which mail, by whom, about which part, and the day it was written on where they are."""

    arrived: Arrived
    order: Order
    who: Principal
    membership_id: int
    writer: Writer
    part_id: int | None
    today: date


@dataclass(frozen=True, slots=True)
class Done:
    """What an order did. `did` is what taking it back needs, empty where nothing changed; `act` is its record.

    The mail that tells of it has `title`, the paragraphs `says`, the list `points`, a `hint`, and a button to the page
    `way` of the person's own. `last` is called after everything else (Outcome.last).
    """

    title: str
    says: Sequence[str] = ()
    points: Sequence[str] = ()
    hint: str = ""
    way: str = ""
    button: str = "Open your page"
    did: Did = field(default_factory=dict)
    act: str = ""
    detail: str = "by mail"
    followup: FollowUp = NOTHING
    last: Callable[[Conn], object] | None = None


def listed(texts: Sequence[str]) -> list[str]:
    """Entries as the points of a mail back: not too long, not too many."""
    shown = [text if len(text) <= LETTERS else f"{text[:LETTERS]} …" for text in texts[:SHOWN]]
    return shown if len(texts) <= SHOWN else [*shown, f"and {len(texts) - SHOWN} more"]
