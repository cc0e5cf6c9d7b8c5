"""Statements that read what a mail or post needs besides its own content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, text

from engine.db import Conn
from engine.models import Channel


@dataclass(frozen=True, slots=True)
class Identity:
    """How a workspace signs its mail; None where the instance's own settings hold."""

    name: str
    mail_from: str | None
    reply_domain: str | None
    base_url: str | None


def identity(conn: Conn, workspace_id: int) -> Identity:
    """The workspace's name and addresses."""
    statement = text("SELECT name, mail_from, reply_domain, base_url FROM workspace WHERE id = :w")
    return Identity(*conn.execute(statement, {"w": workspace_id}).one())


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel as stored, its secret still sealed."""

    id: int
    workspace_id: int
    kind: str
    config: dict[str, Any]
    secret: bytes | None
    state: str


def channels(conn: Conn, workspace_id: int, ids: Sequence[int]) -> dict[int, ChannelRow]:
    """The channels by id."""
    statement = text(
        "SELECT id, workspace_id, kind, config, secret, state FROM channel"
        " WHERE workspace_id = :w AND id = ANY(cast(:ids AS bigint[]))"
    )
    return {row.id: ChannelRow(*row) for row in conn.execute(statement, {"w": workspace_id, "ids": list(ids)})}


def channel(channel_id: int) -> ColumnElement[bool]:
    """One channel, for engine.move."""
    return Channel.id == channel_id
