"""How many a query means, and some of them, in a bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from engine import db
from engine.campaigns.audience.queries.compiled import contacts, counted
from engine.campaigns.audience.syntax import Query
from engine.db import Conn
from engine.models import Contact

STOPPED = "57014"  # query_canceled: https://www.postgresql.org/docs/current/errcodes-appendix.html
# Joins of whole workspaces are hashed in memory. Compiling them to machine code takes longer than running them.
_SET = text("""
    SELECT set_config('statement_timeout', :ms, true), set_config('work_mem', '64MB', true),
        set_config('jit', 'off', true)
""")


class TooSlow(Exception):
    """The time was over before PostgreSQL had an answer."""


@contextmanager
def bounded(conn: Conn, milliseconds: int) -> Iterator[None]:
    """What is read inside takes so long at most for each statement. Raises TooSlow; the transaction goes on."""
    inner = conn.begin_nested()
    try:
        conn.execute(_SET, {"ms": str(max(1, milliseconds))})
        yield
    except db.Away as error:
        if getattr(error.orig, "sqlstate", None) != STOPPED:
            raise
        raise TooSlow from error
    finally:
        inner.rollback()  # the settings go with it; nothing was written


def count(conn: Conn, query: Query, workspace_id: int, now: datetime) -> int:
    """How many contacts a query means."""
    return conn.execute(counted(query, workspace_id, now)).scalar_one()


def some(conn: Conn, query: Query, workspace_id: int, now: datetime, limit: int) -> list[tuple[Any, ...]]:
    """A few of the contacts that a query means: whichever PostgreSQL comes to first."""
    few = contacts(query, workspace_id, now).limit(limit).subquery()
    columns = (Contact.id, Contact.name, Contact.email, Contact.zone, Contact.tags)
    found = select(*columns).where(Contact.id.in_(select(few.c.id))).order_by(func.lower(Contact.email))
    return [tuple(row) for row in conn.execute(found)]
