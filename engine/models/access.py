"""Who comes in and what they did: sessions, links that work once, invitations, and the record of acts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, OptRef, Ref, Tenant, one_of, to


class Session(Tenant, Base):
    """One browser in which an account is signed in. It lives while `epoch` is its account's and `ended_at` is NULL."""

    __tablename__ = "session"

    account_id: Mapped[Ref]
    epoch: Mapped[int]
    how: Mapped[str]
    agent: Mapped[str] = mapped_column(server_default="")  # what the browser calls itself, cut
    address: Mapped[str] = mapped_column(server_default="")  # the client's, when it signed in
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # to a quarter of an hour
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        to("account"), one_of("how", ("password", "link", "reset", "invitation", "setup")),
        Index("ix_session_account_id", "account_id", "id"),
    )  # fmt: skip


class Ticket(Tenant, Base):
    """A mailed link that works once: to sign in, or to set a new password. The token itself is never stored."""

    __tablename__ = "ticket"

    account_id: Mapped[Ref]
    purpose: Mapped[str]
    made_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        to("account"), one_of("purpose", ("signin", "reset")), Index("ix_ticket_account_id", "account_id", "id"),
    )  # fmt: skip


class Invitation(Tenant, Base):
    """A person asked to have an account, and to be in a team where one is named. One is open per person at most."""

    __tablename__ = "invitation"

    contact_id: Mapped[Ref]
    role: Mapped[str] = mapped_column(server_default="user")
    team_id: Mapped[OptRef]
    invited_by: Mapped[str]  # an actor
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime]  # when it was mailed last
    useful_until: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        to("contact"), to("team"), one_of("role", ("admin", "user")),
        Index("uq_invitation_open", "contact_id", unique=True,
              postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL")),
        Index("ix_invitation_workspace_id", "workspace_id", "id"),
    )  # fmt: skip


class Act(Tenant, Base):
    """Something that somebody did and that matters, in words that stay true: names are those of that day."""

    __tablename__ = "act"

    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(server_default="")
    who: Mapped[str] = mapped_column(server_default="")
    act: Mapped[str]
    noun: Mapped[str] = mapped_column(server_default="")
    object_id: Mapped[OptRef]
    about: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index("ix_act_workspace_id", "workspace_id", "id"),
        Index("ix_act_object_id", "workspace_id", "object_id", "id", postgresql_where=text("object_id IS NOT NULL")),
    )
