"""Whom the text of a query means, as a select of contact ids: the one seam between a launch and the query language."""

from __future__ import annotations

from datetime import datetime

from engine.campaigns.queries import rows
from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.errors import Invalid


def contacts(conn: Conn, query: str, workspace_id: int, now: datetime) -> People:
    """The contacts of a workspace that a query means at an instant; an empty one means everybody.

    Raises Invalid(query) for a text that cannot be read.
    """
    if not query.strip():
        return rows.known_contacts(workspace_id)
    raise Invalid("Queries cannot be read here yet. Leave it empty to reach everybody.", "query")


def reached(conn: Conn, query: str, workspace_id: int, now: datetime) -> int:
    """How many contacts a query means now, those who will be left out included. Raises Invalid(query)."""
    return rows.count(conn, contacts(conn, query, workspace_id, now))
