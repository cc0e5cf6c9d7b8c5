"""Mail that came in, as it came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Key, OptRef, state_column, state_of
from engine.states import INBOUND


class Inbound(Base):
    """One mail as it came. workspace_id is NULL until routing knows whose it is; raw bytes come before that.

    `external_id` makes a repeated webhook the same row; `dedupe_key` (set when parsed) makes the same mail by two
    ways one mail. `kills` counts readings that ended badly: the parse process died, or the story raised.
    """

    __tablename__ = "inbound"

    id: Mapped[Key]
    workspace_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("workspace.id"))
    source: Mapped[str]
    external_id: Mapped[str]
    envelope_from: Mapped[str]
    envelope_to: Mapped[list[str]]
    received_at: Mapped[datetime]
    raw: Mapped[bytes]
    state: Mapped[str] = state_column(INBOUND)
    reason: Mapped[str] = mapped_column(server_default="")
    kills: Mapped[int] = mapped_column(server_default="0")
    kind: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(server_default="")
    from_address: Mapped[str] = mapped_column(server_default="")
    dedupe_key: Mapped[str | None]
    parsed: Mapped[dict[str, Any] | None]
    assigned_part_id: Mapped[OptRef]  # the participation that a person said it answers
    assigned_by: Mapped[str] = mapped_column(server_default="")  # an actor

    __table_args__ = (
        state_of(INBOUND), UniqueConstraint("source", "external_id"), UniqueConstraint("dedupe_key"),
        Index("ix_inbound_waiting", "id", postgresql_where=text("state = 'received'")),
        Index("ix_inbound_workspace_id", "workspace_id", "id"),
        # Of the mails that a person or the task may still have to look at, a few among all.
        Index("ix_inbound_unsettled", "workspace_id", "state", "id",
              postgresql_where=text("state IN ('received', 'held', 'parked', 'noted')")),
        # What retention may still empty: once a mail is, it is asked for no more.
        Index("ix_inbound_raw", "received_at", postgresql_where=text("octet_length(raw) > 0")),
        Index("ix_inbound_parsed", "received_at", postgresql_where=text("parsed IS NOT NULL")),
    )  # fmt: skip
