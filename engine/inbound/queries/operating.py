"""Mails whosever they are: for who runs the machine, and may read its database anyway."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from engine import models as m
from engine.db import Conn


class Kept(NamedTuple):
    """A mail that was kept, and what became of it."""

    id: int
    state: str
    reason: str
    workspace_id: int | None
    source: str
    external_id: str
    envelope_from: str
    envelope_to: list[str]
    received_at: datetime
    from_address: str
    subject: str


def _kept(conn: Conn, *which: ColumnElement[bool], limit: int = 1) -> list[Kept]:
    i = m.Inbound
    columns = (
        i.id, i.state, i.reason, i.workspace_id, i.source, i.external_id, i.envelope_from, i.envelope_to, i.received_at,
        i.from_address, i.subject,
    )  # fmt: skip
    rows = conn.execute(select(*columns).where(*which).order_by(i.id.desc()).limit(limit))
    return [Kept(*row) for row in rows]


def kept(conn: Conn, inbound_id: int) -> Kept | None:
    """One mail."""
    return next(iter(_kept(conn, m.Inbound.id == inbound_id)), None)


def for_a_person(conn: Conn, limit: int) -> list[Kept]:
    """The newest mails that are held or parked."""
    return _kept(conn, m.Inbound.state.in_(("held", "parked")), limit=limit)


def raw_of(conn: Conn, inbound_id: int) -> bytes | None:
    """The bytes as they came; empty where retention took them away, None where there is no such mail."""
    return conn.scalars(select(m.Inbound.raw).where(m.Inbound.id == inbound_id)).one_or_none()
