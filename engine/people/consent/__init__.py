"""What people want to get: their last word by channel and topic, and every word before it as its proof.

A word about a channel (topic 0) holds for the channel as a whole: who withdrew it gets nothing there, whatever they
said of a topic. Whoever writes a word says where it came from and what shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.errors import Invalid
from engine.models.audience import CHANNELS
from engine.people.consent import queries

GIVEN, WITHDRAWN = "given", "withdrawn"
STATES = (GIVEN, WITHDRAWN)
SOURCES = ("import", "form", "person", "admin", "api")
WHOLE = 0  # in the place of a topic: the channel as a whole
LONGEST = 500  # characters of evidence


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said. `topic` is the topic's name, empty for the channel as a whole; `actor` wrote it down."""

    channel: str
    topic_id: int
    topic: str
    state: str
    source: str
    evidence: str
    at: datetime
    actor: str = ""


def say(
    conn: Conn, workspace_id: int, contact_id: int, channel: str, topic_id: int, state: str, source: str,
    evidence: str, actor: str, now: datetime,
) -> bool:  # fmt: skip
    """Write down a person's word; False where it is the one that holds already, which then keeps its proof.

    Raises Invalid for a channel, state, source or topic that is none, or a contact that is not here.
    """
    return bool(say_all(conn, workspace_id, (contact_id,), channel, topic_id, state, source, evidence, actor, now))


def say_all(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], channel: str, topic_id: int, state: str, source: str,
    evidence: str, actor: str, now: datetime,
) -> int:  # fmt: skip
    """The same word of many people, in one statement; how many said something else before. For lists."""
    if channel not in CHANNELS or state not in STATES or source not in SOURCES:
        raise Invalid("Choose a channel, and whether they want to hear there.")
    if topic_id != WHOLE and not queries.topic_is_here(conn, workspace_id, topic_id):
        raise Invalid("There is no such topic here.", "topic")
    cut = " ".join(evidence.replace("\0", "").split())[:LONGEST]
    return queries.put(conn, workspace_id, contact_ids, channel, topic_id, state, source, cut, actor, now)


def of_contact(conn: Conn, workspace_id: int, contact_id: int) -> list[Word]:
    """What holds for a person: channels as a whole first, then topics by name."""
    return [Word(*tuple(row)) for row in queries.of_contact(conn, workspace_id, contact_id)]


__all__ = ["CHANNELS", "GIVEN", "SOURCES", "STATES", "WHOLE", "WITHDRAWN", "Word", "of_contact", "say", "say_all"]
