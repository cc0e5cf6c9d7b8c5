"""The preference centre: what a person wants to hear of, by topic and channel. Their word is a consent of theirs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from engine.campaigns.tracking.choice import MAIL, WHOLE, Choice
from engine.campaigns.tracking.queries import leaving, wishes
from engine.db import Conn
from engine.errors import NotFound
from engine.models.audience import CHANNELS
from engine.people import consent

Cell = tuple[str, int]  # channel and topic


@dataclass(frozen=True, slots=True)
class Topic:
    """What one may hear of; id 0 is everything there is on a channel."""

    id: int
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Centre:
    """Somebody's preferences: the channels they are reached by, the topics, and which of both they want."""

    email: str
    workspace: str
    channels: tuple[str, ...]
    topics: tuple[Topic, ...]
    wanted: frozenset[Cell]


def shown(conn: Conn, of: Choice) -> Centre:
    """The preferences of whoever holds a link; what nothing was said about is wanted. Raises NotFound."""
    person = wishes.person(conn, of.workspace_id, of.contact_id)
    if person is None:
        raise NotFound("This link's person is no longer here.")
    channels = _channels(wishes.platforms(conn, of.workspace_id, of.contact_id) | {of.channel})
    topics = tuple(Topic(row.id, row.name, row.words) for row in wishes.topics(conn, of.workspace_id))
    said = wishes.said(conn, of.workspace_id, of.contact_id)
    cells = product(channels, (WHOLE, *(topic.id for topic in topics)))
    wanted = frozenset(cell for cell in cells if said.get(cell) != "withdrawn")
    return Centre(person.email, person.workspace, channels, topics, wanted)


def _channels(platforms: Collection[str]) -> tuple[str, ...]:
    reached = {MAIL} | {name if name in CHANNELS else "chat" for name in platforms}
    return tuple(channel for channel in CHANNELS if channel in reached)


def save(conn: Conn, of: Choice, wanted: Collection[Cell], now: datetime) -> int:
    """Let these hold and no others; how many have changed. What the page does not show stays. Raises NotFound."""
    before, changed = shown(conn, of), 0
    for cell in product(before.channels, (WHOLE, *(topic.id for topic in before.topics))):
        wants = cell in wanted
        if wants == (cell in before.wanted):
            continue
        changed += consent.say_all(
            conn, of.workspace_id, [of.contact_id], *cell, "given" if wants else "withdrawn", "person",
            "preferences page", f"contact:{of.contact_id}", now,
        )  # fmt: skip
        leaving.left_themselves(conn, of.workspace_id, of.contact_id, *cell, now)
    return changed


__all__ = ["Cell", "Centre", "Topic", "save", "shown"]
