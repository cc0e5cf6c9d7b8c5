"""Room ahead and room behind: partitions for the runs to come, and signs of life of processes long gone."""

from __future__ import annotations

from engine import db
from engine.db import Conn
from engine.outbound import partitions
from engine.people import throttle


def make_room(conn: Conn) -> None:
    """Make the ledger's next partitions; forget heartbeats older than a day and rate limits that are full again."""
    partitions.ahead(conn)
    db.forget_heartbeats(conn)
    throttle.tidy(conn, db.now(conn))
