"""Room ahead and room behind: partitions for the runs to come, and what nobody will ask for any more."""

from __future__ import annotations

from engine import db
from engine.db import Conn
from engine.outbound import partitions
from engine.outbound.events import take
from engine.outbound.pace.queries import forget_removed
from engine.people import acts, keeping, throttle
from engine.people.entrance import sessions
from engine.people.keeping import queries


def make_room(conn: Conn) -> None:
    """Make the ledger's next partitions; forget heartbeats older than a day, rate limits that are full again, sessions
    and providers' events of 90 days ago, acts of two years ago, and the pace of relays that were removed."""
    partitions.ahead(conn)
    db.forget_heartbeats(conn)
    now = db.now(conn)
    throttle.tidy(conn, now)
    sessions.tidy(conn, now)
    acts.tidy(conn, now)
    take.forget(conn, now)
    forget_removed(conn)


def keep(conn: Conn) -> dict[str, int]:
    """Take away what workspaces no longer keep, some of it; and the oldest range of the ledger once it is empty.

    The partition goes only in a pass in which nothing else went, for dropping it wants every reader out of the ledger.
    """
    gone = keeping.tidy(conn, db.now(conn))
    if not any(gone.values()) and (first := queries.drained(conn)) is not None:
        queries.drop_partition(conn, first)
    return gone
