"""Room ahead and room behind: partitions for the runs to come, and signs of life of processes long gone."""

from __future__ import annotations

from engine import db
from engine.db import Conn
from engine.outbound import partitions


def make_room(conn: Conn) -> None:
    """Make the ledger's next partitions and forget heartbeats older than a day."""
    partitions.ahead(conn)
    db.forget_heartbeats(conn)
