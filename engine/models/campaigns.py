"""A campaign: to whom, what, in which shape and when; its versions, files and approvals. Who got it is the ledger."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Made, OptRef, Ref, Small, Tenant, one_of, state_column, state_of, tenant_key, to
from engine.states import CAMPAIGN


class Campaign(Tenant, Base):
    """Shape and transport are columns: group chats, SMS and more come to the same row.

    `send_when`: now; at `send_at`; or local, at `local_time` on `local_day` of each recipient. NULL windows and caps
    are the workspace's own. `canary` recipients go first, the others `canary_minutes` later unless it is held.
    `run_id` is the launch; sends of the rest and reminders are further runs with its campaign_id.
    """

    __tablename__ = "campaign"

    name: Mapped[str]
    shape: Mapped[str] = mapped_column(server_default="one_way")
    transport: Mapped[str] = mapped_column(server_default="smtp")
    channel_id: Mapped[OptRef]  # of a one-way post to a chat channel
    team_id: Mapped[OptRef]  # whose conversations the answers are; NULL: the workspace's
    state: Mapped[str] = state_column(CAMPAIGN)
    reason: Mapped[str] = mapped_column(server_default="")
    query: Mapped[str] = mapped_column(server_default="")
    segment_id: Mapped[OptRef]  # where the query came from
    topic_id: Mapped[OptRef]
    needs_consent: Mapped[bool] = mapped_column(server_default=text("true"))  # else: whoever has not withdrawn it
    version_no: Mapped[int] = mapped_column(server_default="0")  # the version that is sent
    send_when: Mapped[str] = mapped_column(server_default="now")
    send_at: Mapped[datetime | None]
    local_day: Mapped[date | None]
    local_time: Mapped[time | None]
    weekdays: Mapped[Small] = mapped_column(server_default="127")  # bit 0 = Monday
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    per_hour: Mapped[int | None]
    canary: Mapped[int] = mapped_column(server_default="0")
    canary_minutes: Mapped[int] = mapped_column(server_default="30")
    cap_days: Mapped[Small | None]
    cap_count: Mapped[Small | None]
    track_links: Mapped[bool | None]
    track_opens: Mapped[bool | None]
    deadline_at: Mapped[datetime | None]
    reminder_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]  # once
    run_id: Mapped[OptRef]
    made_by: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Made]
    launched_by: Mapped[str] = mapped_column(server_default="")
    launched_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_key(), to("team"), to("channel"), to("segment"), to("topic"), to("run"), state_of(CAMPAIGN),
        one_of("shape", ("one_way", "individual", "group")), one_of("send_when", ("now", "at", "local")),
        Index("ix_campaign_active", "id", postgresql_where=text(
            "state IN ('scheduled', 'running', 'paused', 'holding', 'finishing')"
        )),
        Index("ix_campaign_workspace_id", "workspace_id", "id"),
    )  # fmt: skip


class CampaignVersion(Base):
    """What a campaign says, as it was saved once. `variants`: subject, preheader and body by locale."""

    __tablename__ = "campaign_version"

    campaign_id: Mapped[Ref]
    no: Mapped[int]
    workspace_id: Mapped[Ref]
    subject: Mapped[str]
    preheader: Mapped[str] = mapped_column(server_default="")
    format: Mapped[str] = mapped_column(server_default="markdown")
    body: Mapped[str]
    variants: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    files: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))  # {"attached": [ids], …}
    made_by: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Made]

    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "no"), to("campaign"), one_of("format", ("markdown", "html", "mjml")),
    )  # fmt: skip


class CampaignFile(Tenant, Base):
    """A file of a campaign: attached, or shown inside by its content id."""

    __tablename__ = "campaign_file"

    campaign_id: Mapped[Ref]
    name: Mapped[str]
    type: Mapped[str]
    cid: Mapped[str] = mapped_column(server_default="")
    data: Mapped[bytes]
    made_at: Mapped[Made]

    __table_args__ = (tenant_key(), to("campaign"), Index("ix_campaign_file_campaign_id", "campaign_id"))


class DryRun(Base):
    """The last try of a campaign's mail with everybody it is for: how far it is, and what was tried.

    `no` counts how often it was begun: what a worker of an earlier one finds is not counted. `after` is the last
    contact that was tried. It is over with `ended_at`, with `wrong` where it could not go on.
    """

    __tablename__ = "dry_run"

    campaign_id: Mapped[Ref]
    workspace_id: Mapped[Ref]
    no: Mapped[int] = mapped_column(server_default="1")
    version_no: Mapped[int]
    query_hash: Mapped[int]
    total: Mapped[int | None]  # NULL until they are counted
    done: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    largest: Mapped[int] = mapped_column(server_default="0")
    after: Mapped[int] = mapped_column(server_default="0")
    began_by: Mapped[str] = mapped_column(server_default="")
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    wrong: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        PrimaryKeyConstraint("campaign_id"), to("campaign"),
        Index("ix_dry_run_open", "campaign_id", postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip


class DryFault(Base):
    """Somebody whose mail could not be filled in the last try, and why."""

    __tablename__ = "dry_fault"

    campaign_id: Mapped[Ref]
    contact_id: Mapped[Ref]
    workspace_id: Mapped[Ref]
    reason: Mapped[str]

    __table_args__ = (PrimaryKeyConstraint("campaign_id", "contact_id"), to("campaign"), to("contact"))


class Approval(Tenant, Base):
    """Somebody's yes to one version and one number of recipients. A later change of either needs another."""

    __tablename__ = "approval"

    campaign_id: Mapped[Ref]
    version_no: Mapped[int]
    query: Mapped[str]
    recipients: Mapped[int]
    account_id: Mapped[Ref]
    at: Mapped[datetime]

    __table_args__ = (
        to("campaign"), to("account"), UniqueConstraint("campaign_id", "version_no", "query", "account_id"),
    )  # fmt: skip


class Link(Tenant, Base):
    """A target of tracked links. Mails carry its id and a signature, never the address itself."""

    __tablename__ = "link"

    campaign_id: Mapped[OptRef]  # NULL: of a check-in's mails
    url: Mapped[str]
    made_at: Mapped[Made]

    __table_args__ = (
        to("campaign"), UniqueConstraint("workspace_id", "campaign_id", "url", postgresql_nulls_not_distinct=True),
    )  # fmt: skip


class Hit(Tenant, Base):
    """One request for a link or the pixel of one mail, with its evidence and what it is taken for.

    `agent` is the User-Agent, `net` the sender's network (/24, /48), `evidence` what the class rests on. `contact_id`
    is who the campaign's mail went to, for queries over all who acted; NULL of mail that is not a campaign's.
    """

    __tablename__ = "hit"

    run_id: Mapped[Ref]
    seq: Mapped[int]
    contact_id: Mapped[OptRef]
    link_id: Mapped[OptRef]  # NULL: the pixel; 0: the hidden link
    at: Mapped[datetime]
    method: Mapped[str]
    net: Mapped[str] = mapped_column(server_default="")
    agent: Mapped[str] = mapped_column(server_default="")
    taken_for: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        one_of("taken_for", ("human", "likely", "machine")), Index("ix_hit_run_id", "run_id", "seq"),
        Index("ix_hit_at", "at", postgresql_using="brin"),
    )  # fmt: skip


class HitCount(Tenant, Base):
    """Changes of how many mails were opened or clicked, and by whom; their sum is what holds (tracking.counting).

    Written with the hit itself: a changing number would be a row that all hits of a run wait for. `hour`: of the first
    such hit; of links the Unix epoch. `folded`: the sum of some that were there before.
    """

    __tablename__ = "hit_count"

    run_id: Mapped[Ref]
    what: Mapped[str]  # open, click; link: this one was followed
    link_id: Mapped[Ref] = mapped_column(server_default="0")
    hour: Mapped[datetime]
    taken_for: Mapped[str]  # the best class of what a mail's hits are taken for
    n: Mapped[int]
    folded: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        one_of("what", ("open", "click", "link")), one_of("taken_for", ("human", "likely", "machine")),
        Index("ix_hit_count_run_id", "run_id"),
        Index("ix_hit_count_loose", "run_id", postgresql_where=text("NOT folded")),
    )  # fmt: skip


class RunCount(Base):
    """The rows of a large run of a campaign as they were counted last (report.counting); small runs are counted at
    once. `counts`: [receiver, hour of acceptance, state, code, reason, rows]; `waits`: open rows by batch."""

    __tablename__ = "run_count"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    workspace_id: Mapped[Ref]
    at: Mapped[datetime]  # PostgreSQL's clock
    lately: Mapped[int] = mapped_column(server_default="0")  # accepted within the last minute
    again: Mapped[int] = mapped_column(server_default="0")  # accepted by people whom an earlier send had reached
    counts: Mapped[dict[str, Any]]
    waits: Mapped[dict[str, Any]]

    __table_args__ = (to("run"),)


class Leaving(Tenant, Base):
    """An unsubscription that waits to be confirmed: it came in a burst from behind one receiving system."""

    __tablename__ = "leaving"

    contact_id: Mapped[Ref]
    channel: Mapped[str]
    topic_id: Mapped[Ref] = mapped_column(server_default="0")
    run_id: Mapped[Ref]
    seq: Mapped[int]
    system: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled: Mapped[str] = mapped_column(server_default="")  # left, stays

    __table_args__ = (
        to("contact"), Index("ix_leaving_open", "workspace_id", "id", postgresql_where=text("settled_at IS NULL")),
        one_of("settled", ("", "left", "stays")),
    )  # fmt: skip


__all__ = [
    "Approval",
    "Campaign",
    "CampaignFile",
    "CampaignVersion",
    "DryFault",
    "DryRun",
    "Hit",
    "HitCount",
    "Leaving",
    "Link",
    "RunCount",
]
