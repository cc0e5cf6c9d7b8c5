"""Statements that keep a list of people as it is now: their addresses, or a tag of their own."""

from __future__ import annotations

from sqlalchemy import func, select, text, update

from engine import models as m
from engine.campaigns.queries.rows import People
from engine.db import Conn


def addresses(conn: Conn, people: People) -> list[str]:
    """The addresses of those who have one, in order."""
    c = m.Contact
    ids = people.subquery()
    query = select(c.email).where(c.id.in_(select(ids.c[0])), c.email != "").order_by(c.email)
    return [str(address) for address in conn.execute(query).scalars()]


def free_tag(conn: Conn, workspace_id: int, stem: str) -> str:
    """A tag that nobody of a workspace has: two lists of one second are two."""
    statement = text("""
        SELECT :stem || CASE WHEN n = 0 THEN '' ELSE '-' || n END FROM generate_series(0, 99) n
        WHERE NOT EXISTS (SELECT FROM contact WHERE workspace_id = :w
            AND tags @> ARRAY[:stem || CASE WHEN n = 0 THEN '' ELSE '-' || n END])
        ORDER BY n LIMIT 1
    """)
    return str(conn.execute(statement, {"w": workspace_id, "stem": stem}).scalar_one())


def tag(conn: Conn, workspace_id: int, people: People, name: str) -> int:
    """Give a tag to people; how many."""
    c = m.Contact
    ids = people.subquery()
    return conn.execute(
        update(c).where(c.workspace_id == workspace_id, c.id.in_(select(ids.c[0])))
        .values(tags=func.array_append(c.tags, name))
    ).rowcount  # fmt: skip
