"""Whom the text of a query means, as a select of contact ids: the one seam between a launch and the query language."""

from __future__ import annotations

from datetime import datetime

from engine.campaigns.audience import checking, compiling
from engine.campaigns.audience.queries.known import known
from engine.campaigns.audience.queries.looking import TooSlow, bounded, some
from engine.campaigns.audience.reading import read
from engine.campaigns.queries import rows
from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.errors import Fault

PATIENCE = 1000  # milliseconds


def contacts(conn: Conn, query: str, workspace_id: int, now: datetime) -> People:
    """The contacts of a workspace that a query means at an instant; an empty one means everybody.

    Raises Fault, which is Invalid(query), for a text that cannot be read, or that names what the workspace has not.
    """
    if not query.strip():
        return rows.known_contacts(workspace_id)
    asked = read(query)
    checking.check(asked, known(conn, workspace_id))
    return compiling.contacts(asked, workspace_id, now)


def one_of(conn: Conn, query: str, workspace_id: int, now: datetime) -> int | None:
    """One of those whom a query means, whichever PostgreSQL comes to first: as whom a text is looked at.

    None where it means nobody, cannot be read, or takes too long to ask.
    """
    try:
        asked = read(query)
        checking.check(asked, known(conn, workspace_id))
        with bounded(conn, PATIENCE):
            found = some(conn, asked, workspace_id, now, 1)
    except (Fault, TooSlow):
        return None
    return found[0][0] if found else None


def reached(conn: Conn, query: str, workspace_id: int, now: datetime) -> int:
    """How many contacts a query means now, those who will be left out included. Raises Fault."""
    return rows.count(conn, contacts(conn, query, workspace_id, now))
