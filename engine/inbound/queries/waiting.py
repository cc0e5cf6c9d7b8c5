"""What waits for the task, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine import models as m
from engine.db import Conn


def waiting_inbound(conn: Conn, now: datetime, older_than: float = 10.0, limit: int = 200) -> list[int]:
    """Ids of mails that nobody has read `older_than` seconds after they came, oldest first: the sweep's work."""
    i = m.Inbound
    late = and_(i.state == "received", i.received_at <= now - timedelta(seconds=older_than))
    return list(conn.scalars(select(i.id).where(late).order_by(i.id).limit(limit)))


def inbound_lag(conn: Conn, now: datetime) -> float:
    """Seconds since the oldest mail came that nobody has read; 0 when there is none."""
    oldest = conn.execute(select(func.min(m.Inbound.received_at)).where(m.Inbound.state == "received")).scalar_one()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


class Unsettled(NamedTuple):
    """A mail that waits for a person, and why."""

    id: int
    state: str
    reason: str
    kind: str
    from_address: str
    subject: str
    received_at: datetime


_UNSETTLED = (
    m.Inbound.id, m.Inbound.state, m.Inbound.reason, m.Inbound.kind, m.Inbound.from_address, m.Inbound.subject,
    m.Inbound.received_at,
)  # fmt: skip


def _seen_by(workspace_id: int) -> ColumnElement[bool]:
    """Mails of the workspace; those of nobody only where there is no other workspace whose words they may be."""
    alone = select(func.count(m.Workspace.id)).scalar_subquery() == 1
    return or_(m.Inbound.workspace_id == workspace_id, and_(m.Inbound.workspace_id.is_(None), alone))


def unsettled(
    conn: Conn, workspace_id: int, states: Sequence[str] = ("held", "parked"), limit: int = 100
) -> list[Unsettled]:
    """Held and parked mails a workspace's admins may see, newest first; `states` may name `noted` too."""
    i = m.Inbound
    mine = select(*_UNSETTLED).where(i.state.in_(states), _seen_by(workspace_id))
    return [Unsettled(*row) for row in conn.execute(mine.order_by(i.id.desc()).limit(limit))]


def count(conn: Conn, workspace_id: int) -> int:
    """How many held and parked mails a workspace's admins may see."""
    i = m.Inbound
    mine = select(func.count()).where(i.state.in_(("held", "parked")), _seen_by(workspace_id))
    return int(conn.execute(mine).scalar_one())


def unsettled_mail(conn: Conn, workspace_id: int, inbound_id: int) -> Unsettled | None:
    """One mail, in whatever state it is by now, for those who may see it."""
    mine = select(*_UNSETTLED).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    row = conn.execute(mine).one_or_none()
    return Unsettled(*row) if row else None


def held_counts(conn: Conn) -> dict[str, int]:
    """How many mails wait for a person, by state."""
    i = m.Inbound
    counted = select(i.state, func.count()).where(i.state.in_(("held", "parked"))).group_by(i.state)
    return {row[0]: row[1] for row in conn.execute(counted)}


def raw_mail(conn: Conn, workspace_id: int, inbound_id: int) -> bytes | None:
    """The mail as it came, for those who may see it."""
    mine = select(m.Inbound.raw).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    return conn.execute(mine).scalar_one_or_none()


def may_see(conn: Conn, workspace_id: int, inbound_id: int) -> bool:
    """Whether a workspace's admins may see this mail."""
    mine = select(m.Inbound.id).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    return conn.execute(mine).scalar_one_or_none() is not None


def has_source(conn: Conn, inbound_id: int) -> bool:
    """Whether the mail's raw bytes are still kept."""
    kept = select(func.octet_length(m.Inbound.raw) > 0).where(m.Inbound.id == inbound_id)
    return bool(conn.execute(kept).scalar())
