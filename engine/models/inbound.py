"""What came in, as it came; what it ordered; what a later parser would read in it; and where a mailbox stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Key, OptRef, Ref, Small, Tenant, one_of, state_column, state_of, tenant_key, to
from engine.states import INBOUND


class Inbound(Base):
    """One mail as it came. workspace_id is NULL until routing knows whose it is; raw bytes come before that.

    `external_id` makes a repeated webhook the same row; `dedupe_key` (set when parsed) makes the same mail by two
    ways one mail. `kills` counts readings that ended badly: the parse process died, or the story raised. `platform`
    is how it travelled (mail, or the name of an SMS or chat service), `version` the parser's that read it last.
    """

    __tablename__ = "inbound"

    id: Mapped[Key]
    workspace_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("workspace.id"))
    platform: Mapped[str] = mapped_column(server_default="mail")
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
    version: Mapped[Small | None]
    contact_id: Mapped[OptRef]  # whom it is from, where that is known: a member, or somebody who is held
    assigned_part_id: Mapped[OptRef]  # the participation that a person said it answers
    assigned_by: Mapped[str] = mapped_column(server_default="")  # an actor

    __table_args__ = (
        state_of(INBOUND), UniqueConstraint("source", "external_id"), UniqueConstraint("dedupe_key"),
        Index("ix_inbound_waiting", "id", postgresql_where=text("state = 'received'")),
        Index("ix_inbound_workspace_id", "workspace_id", "id"),
        # Of the mails that a person or the task may still have to look at, a few among all.
        Index("ix_inbound_unsettled", "workspace_id", "state", "id",
              postgresql_where=text("state IN ('received', 'held', 'parked', 'noted')")),
        Index("ix_inbound_contact_id", "contact_id", "id", postgresql_where=text("contact_id IS NOT NULL")),
        # What retention may still empty: once a mail is, it is asked for no more.
        Index("ix_inbound_raw", "received_at", postgresql_where=text("octet_length(raw) > 0")),
        Index("ix_inbound_parsed", "received_at", postgresql_where=text("parsed IS NOT NULL")),
    )  # fmt: skip


class MailCommand(Tenant, Base):
    """What a person ordered by mail (skip, pause, undo …) and what it changed, so that it can be undone.

    `did` holds what `undo` needs: ids of rows and the values they had. `answered_run_id` is the run of the mail that
    told the person; NULL where none was wanted.
    """

    __tablename__ = "mail_command"

    inbound_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    command: Mapped[str]
    did: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    answered_run_id: Mapped[OptRef]

    __table_args__ = (
        to("membership"), UniqueConstraint("inbound_id"), Index("ix_mail_command_membership_id", "membership_id", "id"),
        one_of("command", ("stop", "pause", "skip", "undo", "edit", "help")),
    )  # fmt: skip


class Robot(Tenant, Base):
    """A sender of whom a person said that it is a robot: its mails are noted from then on, and never answered."""

    __tablename__ = "robot"

    email_key: Mapped[str]  # casefolded
    made_by: Mapped[str] = mapped_column(server_default="")  # an actor
    made_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("workspace_id", "email_key"),)


class Rereading(Tenant, Base):
    """A parser's version run over mails of before: first it finds what it would read differently, then a person says.

    `from_id` to `until_id` are the mails it covers, `done_id` the last it has read. `read_at` is when all
    were, `approved_at` when a person said yes, `ended_at` when it was over; dropped is ended without an approval.
    """

    __tablename__ = "rereading"

    version: Mapped[Small]
    from_id: Mapped[Ref]
    until_id: Mapped[Ref]
    done_id: Mapped[int] = mapped_column(server_default="0")
    mails: Mapped[int] = mapped_column(server_default="0")  # read so far
    failed: Mapped[int] = mapped_column(server_default="0")  # could not be read, or their source is gone
    made_by: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]

    __table_args__ = (tenant_key(),)


class RereadingDifference(Tenant, Base):
    """One mail that would read differently: its entries, or what it says, as they are and as they would be.

    `kept` says why it is not touched (a person has edited it); empty where it may be applied.
    """

    __tablename__ = "rereading_difference"

    rereading_id: Mapped[Ref]
    inbound_id: Mapped[Ref]
    answer_id: Mapped[OptRef]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    kept: Mapped[str] = mapped_column(server_default="")
    chosen: Mapped[bool] = mapped_column(server_default=text("true"))
    applied_at: Mapped[datetime | None]

    __table_args__ = (to("rereading"), UniqueConstraint("rereading_id", "inbound_id"))


class RefusedHook(Base):
    """A webhook for mail whose calls were refused because nothing is set that could prove them. PostgreSQL's clock.

    `setting`: its field in engine.config; `why`: what is wrong with its value, empty where it has none.
    """

    __tablename__ = "refused_hook"

    hook: Mapped[str] = mapped_column(primary_key=True)  # sendgrid, raw …
    setting: Mapped[str]
    why: Mapped[str] = mapped_column(server_default="")
    calls: Mapped[int] = mapped_column(BigInteger, server_default="0")
    first_at: Mapped[datetime]  # of those of which no other came for a day
    last_at: Mapped[datetime]


class ImapBox(Base):
    """A mailbox that is fetched from, by `name` (user@host/folder), and how far. Times are PostgreSQL's clock.

    A mail counts as fetched once it is committed. `last_uid` is of `uidvalidity` alone (RFC 3501 section 2.3.1.1), and
    of one `life` of it: a server that forgets numbers it gave out begins another. Up to `since_uid` only mails that
    came from `since` on are fetched: what is older was fetched, or was there before us.
    """

    __tablename__ = "imap_box"

    name: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(server_default="0")
    life: Mapped[int] = mapped_column(server_default="1")
    last_uid: Mapped[int] = mapped_column(server_default="0")
    since: Mapped[datetime | None]
    since_uid: Mapped[int] = mapped_column(server_default="0")
    connected_at: Mapped[datetime | None]  # first; what was there before is not fetched
    last_ok_at: Mapped[datetime | None]  # when all that was there was fetched
    fetched: Mapped[int] = mapped_column(server_default="0")
    waiting: Mapped[int] = mapped_column(server_default="0")  # mails seen there and not fetched yet
    waiting_since: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(server_default="")  # empty while it works
    failed_at: Mapped[datetime | None]  # since when
