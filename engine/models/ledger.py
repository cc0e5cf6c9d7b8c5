"""The delivery ledger: run, batch, delivery, and the events of what was not plain (docs/delivery.md).

`state` of a delivery is in no index: an index that mentions it makes every update a non-HOT one. Work is found
through the small batch table. Delivery and its events are partitioned by ranges of run_id (engine.outbound.partitions).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Made, OptRef, Ref, Small, Tenant, one_of, state_column, state_of, tenant_key, to
from engine.states import BATCH, DELIVERY, RUN


class Run(Tenant, Base):
    """One workspace, one kind of mail, one tick or launch. `urgency` 0 goes first (prompts), 9 last (bulk)."""

    __tablename__ = "run"

    kind: Mapped[str]
    urgency: Mapped[Small] = mapped_column(server_default="5")
    doubt_policy: Mapped[str] = mapped_column(server_default="hold")
    state: Mapped[str] = state_column(RUN)
    reason: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(server_default="0")
    campaign_id: Mapped[OptRef]
    part: Mapped[str] = mapped_column(server_default="")  # of a campaign: launch, rest, reminder, test, talk
    made_at: Mapped[datetime]

    __table_args__ = (
        tenant_key(), state_of(RUN), one_of("doubt_policy", ("hold", "resend")),
        Index("ix_run_campaign_id", "campaign_id", "id", postgresql_where=text("campaign_id IS NOT NULL")),
        Index("ix_run_unfinished", "id", postgresql_where=text("state NOT IN ('done', 'cancelled')")),
    )  # fmt: skip


class Batch(Tenant, Base):
    """Part of a run that one worker leases. No index on horizon, lease_until or epoch (H9)."""

    __tablename__ = "batch"

    run_id: Mapped[Ref]
    transport: Mapped[str]  # smtp, slack, webhook, console
    provider: Mapped[str] = mapped_column(server_default="")  # receiving provider where it is visible
    relay_id: Mapped[OptRef]  # the relay of the workspace's own that its last claim chose; NULL for the instance's
    urgency: Mapped[Small]
    state: Mapped[str] = state_column(BATCH)
    next_at: Mapped[datetime]  # business time
    window_at: Mapped[datetime | None]  # of a campaign: when its recipients may first have it; next_at may be later
    owner: Mapped[str | None]
    epoch: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None]  # PostgreSQL's clock
    horizon: Mapped[int] = mapped_column(server_default="0")
    stop: Mapped[bool] = mapped_column(server_default=text("false"))
    takeovers: Mapped[Small] = mapped_column(server_default="0")
    told_at: Mapped[datetime | None]  # when its mails became messages of conversations; only of individual campaigns

    __table_args__ = (
        tenant_key(), to("run"), state_of(BATCH),
        Index("ix_batch_open", "urgency", "next_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_batch_run_id", "run_id"),
        {"postgresql_with": {"fillfactor": "50"}},
    )  # fmt: skip


class Delivery(Base):
    """One recipient of one run. `recipient`: a membership, contact or channel id, by the run's kind; `about`: the
    participation, digest, answer or notice it tells of. `attempt` counts refusals and re-sends, from 0.

    No foreign key to the run: PostgreSQL looks it up for each row, which took a fifth of the time that planning a run
    needs. The statements that make rows (queries.planning) take run and workspace from the run's own row instead.
    """

    __tablename__ = "delivery"

    run_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    workspace_id: Mapped[Ref]
    recipient: Mapped[Ref]
    about: Mapped[Ref]
    batch_id: Mapped[Ref]
    transport: Mapped[str]
    address: Mapped[str]
    state: Mapped[str] = state_column(DELIVERY)
    attempt: Mapped[Small] = mapped_column(server_default="0")
    code: Mapped[str] = mapped_column(server_default="")
    reply: Mapped[str] = mapped_column(server_default="")
    queue_id: Mapped[str] = mapped_column(server_default="")
    relay_id: Mapped[OptRef]  # the workspace's own relay that had it last; NULL for the instance's
    reason: Mapped[str] = mapped_column(server_default="")
    sent_at: Mapped[datetime | None]
    useful_until: Mapped[datetime]

    __table_args__ = (
        PrimaryKeyConstraint("run_id", "seq"), UniqueConstraint("recipient", "run_id"), state_of(DELIVERY),
        Index("ix_delivery_batch_id", "batch_id", "seq"),
        {"postgresql_partition_by": "RANGE (run_id)"},
    )  # fmt: skip


class DeliveryEvent(Base):
    """What was not plain: deferral, bounce, doubt, resend, a person's act. `actor` is empty for the engine."""

    __tablename__ = "delivery_event"

    run_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    no: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('delivery_event_no'::regclass)"))
    workspace_id: Mapped[Ref]
    at: Mapped[datetime]
    attempt: Mapped[Small]
    trigger: Mapped[str]
    to_state: Mapped[str]
    code: Mapped[str] = mapped_column(server_default="")
    reply: Mapped[str] = mapped_column(server_default="")
    actor: Mapped[str] = mapped_column(server_default="")
    written_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())  # not business time (H15)

    __table_args__ = (
        PrimaryKeyConstraint("run_id", "seq", "no"),
        Index("ix_delivery_event_doubt", "written_at", postgresql_where=text("trigger = 'doubt'")),
        # BRIN: next to nothing for an insert; the recount asks for the latest.
        Index(
            "ix_delivery_event_written_at",
            "written_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
        {"postgresql_partition_by": "RANGE (run_id)"},
    )


class RemoteId(Base):
    """A service's own id of a delivery (Slack ts, provider message id), looked up when it comes back."""

    __tablename__ = "remote_id"

    transport: Mapped[str]
    remote_id: Mapped[str]
    workspace_id: Mapped[Ref]
    run_id: Mapped[Ref]
    seq: Mapped[int]

    __table_args__ = (
        PrimaryKeyConstraint("transport", "remote_id"), to("run"), Index("ix_remote_id_run_id", "run_id", "seq"),
    )  # fmt: skip


class TransportState(Base):
    """A transport that backed off, up to revision 0003; `pace` says it now.

    Nothing here reads or writes it. It stays for one release: workers of before, which may run beside this schema while
    an upgrade lasts, join it in every claim and would stop sending without it. The release after this one drops it.
    """

    __tablename__ = "transport_state"

    workspace_id: Mapped[Ref]
    transport: Mapped[str]
    failures: Mapped[int] = mapped_column(server_default="0")
    backoff_until: Mapped[datetime | None]  # business time
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Made]

    __table_args__ = (PrimaryKeyConstraint("workspace_id", "transport"),)


class History(Tenant, Base):
    """The logged moves of everything but deliveries, written by engine.move with the move itself."""

    __tablename__ = "history"

    noun: Mapped[str]
    object_id: Mapped[Ref]
    at: Mapped[datetime]
    trigger: Mapped[str]
    to_state: Mapped[str]
    actor: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (Index("ix_history_object", "noun", "object_id", "id"),)
