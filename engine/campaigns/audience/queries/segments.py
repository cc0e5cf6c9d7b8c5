"""The statements about segments. A name is taken by one that is not archived: a unique index says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from engine.db import Conn
from engine.models import Campaign, Segment

_COLUMNS = (
    Segment.id, Segment.name, Segment.query, Segment.made_by, Segment.made_at, Segment.changed_at, Segment.archived_at,
)  # fmt: skip


def listed(conn: Conn, workspace_id: int, archived: bool, q: str, limit: int) -> list[tuple[Any, ...]]:
    """Segments by name, with how many campaigns began with each."""
    used = select(func.count()).where(Campaign.workspace_id == workspace_id, Campaign.segment_id == Segment.id)
    found = select(*_COLUMNS, used.scalar_subquery()).where(
        Segment.workspace_id == workspace_id,
        Segment.archived_at.is_not(None) if archived else Segment.archived_at.is_(None),
    )
    if q:
        words = (func.strpos(func.lower(column), q.lower()) > 0 for column in (Segment.name, Segment.query))
        found = found.where(or_(*words))
    found = found.order_by(func.lower(Segment.name), Segment.id)
    return [tuple(row) for row in conn.execute(found.limit(limit))]


def one(conn: Conn, workspace_id: int, segment_id: int) -> tuple[Any, ...] | None:
    """One segment, archived or not."""
    found = conn.execute(select(*_COLUMNS).where(_is(workspace_id, segment_id))).one_or_none()
    return None if found is None else tuple(found)


def users(conn: Conn, workspace_id: int, segment_id: int, limit: int) -> list[tuple[Any, ...]]:
    """The campaigns whose query came from a segment, the newest first."""
    found = select(Campaign.id, Campaign.name, Campaign.state).where(
        Campaign.workspace_id == workspace_id, Campaign.segment_id == segment_id
    )
    return [tuple(row) for row in conn.execute(found.order_by(Campaign.id.desc()).limit(limit))]


def add(conn: Conn, workspace_id: int, name: str, query: str, actor: str, now: datetime) -> int:
    """A new segment's id. Raises db.Conflict where its name is taken."""
    values = {"workspace_id": workspace_id, "name": name, "query": query, "made_by": actor}
    made = insert(Segment).values(**values, made_at=now, changed_at=now).returning(Segment.id)
    return conn.execute(made).scalar_one()


def change(conn: Conn, workspace_id: int, segment_id: int, name: str, query: str, now: datetime) -> None:
    """Name and query of a segment. Raises db.Conflict where the name is taken."""
    conn.execute(
        update(Segment).where(_is(workspace_id, segment_id), Segment.archived_at.is_(None))
        .values(name=name, query=query, changed_at=now)
    )  # fmt: skip


def archive(conn: Conn, workspace_id: int, segment_id: int, now: datetime) -> None:
    """Take it out of lists, unless it is already."""
    which = (_is(workspace_id, segment_id), Segment.archived_at.is_(None))
    conn.execute(update(Segment).where(*which).values(archived_at=now))


def restore(conn: Conn, workspace_id: int, segment_id: int) -> None:
    """Bring it back. Raises db.Conflict where another has its name now."""
    conn.execute(update(Segment).where(_is(workspace_id, segment_id)).values(archived_at=None))


def _is(workspace_id: int, segment_id: int) -> ColumnElement[bool]:
    return (Segment.workspace_id == workspace_id) & (Segment.id == segment_id)
