"""While somebody writes a query: whom it means, in some two seconds, or what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.campaigns.audience import checking
from engine.campaigns.audience.checking import Known
from engine.campaigns.audience.queries import known as names
from engine.campaigns.audience.queries import looking as queries
from engine.campaigns.audience.queries.looking import TooSlow
from engine.campaigns.audience.reading import read
from engine.campaigns.audience.syntax import Query
from engine.db import Conn
from engine.errors import Fault
from engine.people import rights
from engine.people.principal import Principal

SECONDS = 2.0
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Person:
    """One of those who are meant."""

    id: int
    name: str
    email: str
    zone: str | None
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a query comes to. `number` is None where counting took too long; `faults` come in the text's order."""

    query: Query | None = None
    faults: tuple[Fault, ...] = ()
    number: int | None = None
    sample: tuple[Person, ...] = ()


def known(conn: Conn, principal: Principal) -> Known:
    """The names that queries of the workspace may use. Raises NotAllowed."""
    rights.require(principal, "see_contacts")
    return names.known(conn, principal.workspace_id)


def look(conn: Conn, principal: Principal, text: str, known: Known, now: datetime, seconds: float = SECONDS) -> Seen:
    """Read, check and count a query. Raises NotAllowed, and no Fault: what is wrong is a part of the answer."""
    rights.require(principal, "see_contacts")
    try:
        query = read(text)
    except Fault as fault:
        return Seen(None, (fault,))
    faults = tuple(checking.faults(query, known))
    if faults:
        return Seen(query, faults)
    return _counted(conn, principal.workspace_id, query, now, seconds)


def _counted(conn: Conn, workspace_id: int, query: Query, now: datetime, seconds: float) -> Seen:
    """The number, then some of them, where most of the time is left for it."""
    began, number = time.monotonic(), None
    rows: Sequence[Any] = ()
    try:
        with queries.bounded(conn, round(seconds * 1000)):
            number = queries.count(conn, query, workspace_id, now)
            if number and time.monotonic() - began < seconds / 2:
                rows = queries.some(conn, query, workspace_id, now, SAMPLE)
    except TooSlow:
        return Seen(query, (), number)
    return Seen(query, (), number, tuple(Person(*row) for row in rows))
