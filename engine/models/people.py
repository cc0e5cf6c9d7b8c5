"""Workspaces, the people in them, their teams, and how an instance reaches the outside for them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import (
    Base,
    Key,
    Made,
    OptRef,
    Ref,
    Small,
    Tenant,
    one_of,
    state_column,
    state_of,
    tenant_key,
    to,
)
from engine.states import CHANNEL


class Workspace(Base):
    """One organisation. Its mail settings are NULL where the instance's own settings hold."""

    __tablename__ = "workspace"

    id: Mapped[Key]
    name: Mapped[str]
    mail_from: Mapped[str | None]
    reply_domain: Mapped[str | None]
    base_url: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    approve_over: Mapped[int | None]  # recipients; a campaign with more needs a second person. NULL: never
    cap_days: Mapped[Small] = mapped_column(server_default="7")
    cap_count: Mapped[Small | None]  # campaigns one person gets in cap_days; NULL: no cap
    track_links: Mapped[bool] = mapped_column(server_default=text("true"))  # of campaigns
    track_opens: Mapped[bool] = mapped_column(server_default=text("false"))
    track_checkins: Mapped[bool] = mapped_column(server_default=text("false"))  # both, of questions and digests
    made_at: Mapped[Made]


class Contact(Tenant, Base):
    """A person a workspace writes to. `zone` is an IANA name; NULL takes the team's."""

    __tablename__ = "contact"

    email: Mapped[str]
    email_key: Mapped[str]  # casefolded, the identity of the address
    name: Mapped[str] = mapped_column(server_default="")
    zone: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="en")
    standing: Mapped[str] = mapped_column(server_default="known")  # held: wrote to us unasked, and nobody has said yet
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))  # typed by Attribute
    tags: Mapped[list[str]] = mapped_column(server_default="{}")
    tracked: Mapped[bool] = mapped_column(server_default=text("true"))  # false: no links and pixels of theirs, ever
    made_at: Mapped[Made]
    erased_at: Mapped[datetime | None]  # nothing of the person is left but the row

    __table_args__ = (
        tenant_key(), UniqueConstraint("workspace_id", "email_key"),
        one_of("standing", ("known", "held", "refused")),
        Index("ix_contact_held", "workspace_id", "id", postgresql_where=text("standing = 'held'")),
        Index("ix_contact_live", "workspace_id", "id",
              postgresql_where=text("standing = 'known' AND erased_at IS NULL")),
        Index("ix_contact_tags", "tags", postgresql_using="gin"),
        Index("ix_contact_attributes", "attributes", postgresql_using="gin",
              postgresql_ops={"attributes": "jsonb_path_ops"}),
    )  # fmt: skip


class ContactAddress(Tenant, Base):
    """Where else a contact is reached: their number or name on a platform that is not mail."""

    __tablename__ = "contact_address"

    contact_id: Mapped[Ref]
    platform: Mapped[str]
    address: Mapped[str]
    made_at: Mapped[Made]

    __table_args__ = (
        to("contact"), UniqueConstraint("workspace_id", "platform", "address"),
        Index("ix_contact_address_contact_id", "contact_id"),
    )  # fmt: skip


class PlainAddress(Tenant, Base):
    """The local part at which a team, or (team_id NULL) the workspace, is written to without a token; one of each."""

    __tablename__ = "plain_address"

    team_id: Mapped[OptRef]
    local: Mapped[str]  # lower case, unique in the instance: its reply domain may be everybody's

    __table_args__ = (
        to("team"), UniqueConstraint("local"),
        UniqueConstraint("workspace_id", "team_id", postgresql_nulls_not_distinct=True),
    )  # fmt: skip


class Account(Tenant, Base):
    """A contact who may sign in. A new `epoch` ends all sessions."""

    __tablename__ = "account"

    contact_id: Mapped[Ref]
    role: Mapped[str] = mapped_column(server_default="user")
    password_hash: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(server_default="1")
    hears: Mapped[str] = mapped_column(server_default="at_once")  # of new messages in conversations: how by mail
    ended_at: Mapped[datetime | None]  # who left, or was removed; an invitation opens it again
    made_at: Mapped[Made]

    __table_args__ = (
        tenant_key(), to("contact"), UniqueConstraint("workspace_id", "contact_id"),
        one_of("role", ("owner", "admin", "user")), one_of("hears", ("at_once", "digest", "off")),
    )  # fmt: skip


class Team(Tenant, Base):
    """A team. `entry_no` numbers entries and comments on days, in commit order: a digest is a range of it."""

    __tablename__ = "team"

    name: Mapped[str]
    zone: Mapped[str] = mapped_column(server_default="UTC")
    entry_no: Mapped[int] = mapped_column(server_default="0")
    archived_at: Mapped[datetime | None]
    made_at: Mapped[Made]

    __table_args__ = (tenant_key(), UniqueConstraint("workspace_id", "name"))


class Membership(Tenant, Base):
    """A contact's part in a team. Overrides are NULL where the team's schedule holds.

    `next_*_at` is the instant at which the next slot falls due and `next_*_day` its local date; both are NULL when
    none will (paused, left, an observer's prompt). They are recomputed by every change of schedule or person.
    """

    __tablename__ = "membership"

    team_id: Mapped[Ref]
    contact_id: Mapped[Ref]
    role: Mapped[str] = mapped_column(server_default="member")
    prompt_at: Mapped[time | None]
    digest_at: Mapped[time | None]
    weekdays: Mapped[Small | None]  # bit 0 = Monday
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]  # person, unsubscribe, manager, complaint, bounce
    pause_until: Mapped[date | None]  # local date it ends; NULL = until undone
    receipt: Mapped[str | None]  # how they hear what was recorded: mail, digest, none; NULL takes the team's
    left_at: Mapped[datetime | None]
    next_prompt_at: Mapped[datetime | None]
    next_prompt_day: Mapped[date | None]
    next_digest_at: Mapped[datetime | None]
    next_digest_day: Mapped[date | None]
    made_at: Mapped[Made]

    __table_args__ = (
        tenant_key(), to("team"), to("contact"), UniqueConstraint("team_id", "contact_id"),
        one_of("role", ("manager", "member", "observer")), one_of("receipt", ("mail", "digest", "none")),
        Index("ix_membership_next_prompt_at", "next_prompt_at", postgresql_where=text("next_prompt_at IS NOT NULL")),
        Index("ix_membership_next_digest_at", "next_digest_at", postgresql_where=text("next_digest_at IS NOT NULL")),
        Index("ix_membership_contact_id", "contact_id"),
    )  # fmt: skip


class DayOff(Tenant, Base):
    """A local date on which nobody of a team is asked: skipped by a manager, or a holiday."""

    __tablename__ = "day_off"

    team_id: Mapped[Ref]
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(server_default="")
    made_by: Mapped[str] = mapped_column(server_default="")  # an actor
    made_at: Mapped[datetime]

    __table_args__ = (to("team"), UniqueConstraint("team_id", "day"))


class Away(Tenant, Base):
    """Days on which a person is not asked, both ends included, in their own zone."""

    __tablename__ = "away"

    contact_id: Mapped[Ref]
    first_day: Mapped[date]
    last_day: Mapped[date]

    __table_args__ = (tenant_key(), to("contact"), Index("ix_away_contact_id", "contact_id", "last_day"))


class Channel(Tenant, Base):
    """A team's place in a chat service. `secret` is sealed by engine.sealing with aad channel:<workspace>:<id>."""

    __tablename__ = "channel"

    team_id: Mapped[Ref]
    kind: Mapped[str]
    name: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    secret: Mapped[bytes | None]
    state: Mapped[str] = state_column(CHANNEL)
    failure: Mapped[str] = mapped_column(server_default="")
    gets: Mapped[list[str]] = mapped_column(server_default="{entries}")  # of entries, round, digest
    made_at: Mapped[Made]

    __table_args__ = (tenant_key(), to("team"), state_of(CHANNEL), Index("ix_channel_team_id", "team_id"))


class Relay(Tenant, Base):
    """A mail relay of a workspace. Without a row the instance's own relay settings hold.

    `uses`: which mail it takes; `rank` 1 is the one that steps in while the breaker of rank 0 is open. `visible`: it
    delivers to the receivers itself, so that each receiving provider has a pace of its own. NULL caps are none.
    """

    __tablename__ = "relay"

    name: Mapped[str] = mapped_column(server_default="")
    preset: Mapped[str] = mapped_column(server_default="smarthost")
    uses: Mapped[str] = mapped_column(server_default="all")
    rank: Mapped[Small] = mapped_column(server_default="0")
    host: Mapped[str]
    port: Mapped[int]
    tls: Mapped[str] = mapped_column(server_default="starttls")
    username: Mapped[str | None]
    secret: Mapped[bytes | None]  # aad relay:<workspace>:<id>
    hook_secret: Mapped[bytes | None]  # what proves its events; aad relay-hook:<workspace>:<id>
    connections: Mapped[Small] = mapped_column(server_default="4")
    per_connection: Mapped[int] = mapped_column(server_default="100")
    per_second: Mapped[int | None]
    per_day: Mapped[int | None]
    warmup_from: Mapped[date | None]
    warmup_first: Mapped[int] = mapped_column(server_default="200")  # messages on the first day
    warmup_growth: Mapped[int] = mapped_column(server_default="50")  # percent more on each day after it
    visible: Mapped[bool] = mapped_column(server_default=text("false"))
    chunking: Mapped[bool] = mapped_column(server_default=text("false"))  # BDAT (RFC 3030), by option only
    idempotency_header: Mapped[str] = mapped_column(server_default="")
    keyed_at: Mapped[Made]  # since when it is this server with this idempotency header, by PostgreSQL's clock
    stream: Mapped[str] = mapped_column(server_default="")  # its configuration set (SES) or message stream (Postmark)
    made_at: Mapped[Made]

    __table_args__ = (
        tenant_key(), UniqueConstraint("workspace_id", "uses", "rank"), one_of("tls", ("none", "starttls", "tls")),
        one_of("preset", ("smarthost", "ses", "sendgrid", "mailgun", "postmark")),
        one_of("uses", ("all", "transactional", "bulk")),
    )  # fmt: skip


class Suppression(Tenant, Base):
    """An address that gets nothing more by a channel. The hash outlives the erasure of the address."""

    __tablename__ = "suppression"

    channel: Mapped[str] = mapped_column(server_default="mail")
    address_hash: Mapped[bytes]  # HMAC-SHA256 of the casefolded address, engine.sealing.address_hash
    reason: Mapped[str]
    evidence: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Made]

    __table_args__ = (tenant_key(), UniqueConstraint("workspace_id", "channel", "address_hash"))


class Notice(Tenant, Base):
    """The content of one transactional mail: a folder of templates/email and what fills it."""

    __tablename__ = "notice"

    contact_id: Mapped[Ref]
    template: Mapped[str]
    context: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    made_at: Mapped[Made]

    __table_args__ = (tenant_key(), to("contact"))
