"""Conversations, their messages and the event log that a live inbox will read. Names and columns are fixed here."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Made, OptRef, Ref, Tenant, one_of, tenant_key, to


class WsHead(Base):
    """The head of a workspace's event log: one UPDATE of it is the last statement before commit."""

    __tablename__ = "ws_head"

    workspace_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workspace.id"), primary_key=True)
    epoch: Mapped[str]
    seq: Mapped[int] = mapped_column(server_default="0")
    min_seq: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)


class Event(Base):
    """One change of a conversation, numbered densely per workspace in commit order."""

    __tablename__ = "event"

    workspace_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workspace.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    aud: Mapped[str]
    conversation_id: Mapped[OptRef]
    object_type: Mapped[str]
    object_id: Mapped[int]
    rev: Mapped[int] = mapped_column(server_default="0")
    full: Mapped[bool] = mapped_column(server_default=text("false"))
    action_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    actor_id: Mapped[OptRef]
    patch: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[datetime]

    __table_args__ = (PrimaryKeyConstraint("workspace_id", "seq"),)


class Action(Base):
    """A write by a page or client, so that repeating it returns the first answer."""

    __tablename__ = "action"

    workspace_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workspace.id"))
    actor_id: Mapped[int]
    action_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    request_hash: Mapped[bytes]
    status: Mapped[int]
    response: Mapped[dict[str, Any]]
    at: Mapped[Made]

    __table_args__ = (PrimaryKeyConstraint("workspace_id", "actor_id", "action_id"),)


class Conversation(Tenant, Base):
    """One thread with the same parties; channel_key = platform.type.id makes it the same for ever."""

    __tablename__ = "conversation"

    channel_key: Mapped[str]
    platform: Mapped[str]
    type: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    attrs: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    last_no: Mapped[int] = mapped_column(server_default="0")
    rev: Mapped[int] = mapped_column(server_default="0")
    mod_seq: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[str] = mapped_column(server_default="open")
    assignee_id: Mapped[OptRef]
    team_id: Mapped[OptRef]
    key_ver: Mapped[int] = mapped_column(server_default="0")
    campaign_id: Mapped[OptRef]  # that began it
    contact_id: Mapped[OptRef]  # the one person of a direct conversation
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(server_default="")
    moved_at: Mapped[datetime | None]  # of its newest message

    __table_args__ = (
        tenant_key(), to("team"), to("account", "assignee_id"), to("campaign"), to("contact"),
        UniqueConstraint("workspace_id", "channel_key"),
        Index("ix_conversation_contact_id", "contact_id"),
        Index("ix_conversation_campaign_id", "campaign_id", postgresql_where=text("campaign_id IS NOT NULL")),
        Index("ix_conversation_listed", "workspace_id", "status", "moved_at"),
        one_of("status", ("open", "waiting", "closed")),
    )  # fmt: skip


class Message(Base):
    """One message of a conversation; `note` is for the team only, no transport ever sees it.

    `author_kind` says whose id author_id is. `proof` is why a message that came in is taken for its author's: token (a
    signed reply address), thread (the signed Message-ID of our mail), dmarc, from (nobody vouches for it), person
    (somebody said so), or platform (the service names the sender).
    """

    __tablename__ = "message"

    conversation_id: Mapped[int]
    no: Mapped[int]
    workspace_id: Mapped[Ref]
    author_id: Mapped[OptRef]
    author_kind: Mapped[str] = mapped_column(server_default="account")
    inbound_id: Mapped[OptRef]
    subject: Mapped[str] = mapped_column(server_default="")
    proof: Mapped[str] = mapped_column(server_default="")
    campaign_id: Mapped[OptRef]  # that it is, or that it answers
    run_id: Mapped[OptRef]  # the delivery that carries it out, or that it answers
    seq: Mapped[OptRef]
    kind: Mapped[str]
    body: Mapped[str]
    platform: Mapped[str]
    external_id: Mapped[str | None]
    rev: Mapped[int] = mapped_column(server_default="0")
    mod_seq: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[Made]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "no"), to("conversation"), UniqueConstraint("platform", "external_id"),
        Index("ix_message_inbound_id", "inbound_id", postgresql_where=text("inbound_id IS NOT NULL")),
        Index("ix_message_campaign_id", "campaign_id", "author_id", postgresql_where=text("campaign_id IS NOT NULL")),
        one_of("kind", ("mail", "sms", "chat", "note", "event")),
        one_of("author_kind", ("account", "contact", "engine")),
    )  # fmt: skip


class ConvDoor(Tenant, Base):
    """A signed link by which a contact without an account opens their own conversation. Revoked, it opens nothing."""

    __tablename__ = "conv_door"

    conversation_id: Mapped[Ref]
    contact_id: Mapped[Ref]
    until: Mapped[datetime]
    made_at: Mapped[Made]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        to("conversation"), to("contact"), Index("ix_conv_door_conversation_id", "conversation_id"),
    )  # fmt: skip


class Member(Base):
    """Somebody's part in a conversation, and how far they have read."""

    __tablename__ = "member"

    conversation_id: Mapped[int]
    account_or_contact: Mapped[str]  # account:<id> or contact:<id>
    workspace_id: Mapped[Ref]
    role: Mapped[str] = mapped_column(server_default="party")
    read_no: Mapped[int] = mapped_column(server_default="0")
    joined_no: Mapped[int] = mapped_column(server_default="0")
    muted: Mapped[bool] = mapped_column(server_default=text("false"))
    hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    notify: Mapped[str] = mapped_column(server_default="all")
    mod_seq: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "account_or_contact"), to("conversation"),
        Index("ix_member_account_or_contact", "account_or_contact"),
    )  # fmt: skip


class ConvKey(Base):
    """A conversation's sealing key, by version."""

    __tablename__ = "conv_key"

    conversation_id: Mapped[int]
    key_ver: Mapped[int]
    workspace_id: Mapped[Ref]
    key: Mapped[bytes]
    created_at: Mapped[Made]

    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "key_ver"),
        ForeignKeyConstraint(["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"]),
    )
