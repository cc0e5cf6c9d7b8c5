"""What the engine knows about relays, receivers and itself: pace, seats, provider events, tallies, incidents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, Integer, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Key, Made, OptRef, Ref, one_of, to


class Pace(Base):
    """How fast one relay (`provider` empty), or one receiving provider behind it, may be served; shared by all workers.

    `lane` is "instance", or "relay:<id>" of a workspace's own; of posts "<transport>:<workspace>". Times are business
    time. `second_at` is the instant from which the next message may go where messages a second are capped; `day_cap`
    what the day's messages were counted against; `allowed` the concurrency that the receivers' answers have earned
    (NULL: not known yet). While the breaker is `trying`, one worker has until `next_at` for one connection.
    """

    __tablename__ = "pace"

    lane: Mapped[str]
    provider: Mapped[str] = mapped_column(server_default="")
    second_at: Mapped[datetime | None]
    day: Mapped[date | None]
    day_used: Mapped[int] = mapped_column(server_default="0")
    day_cap: Mapped[int | None]
    allowed: Mapped[float | None] = mapped_column(Float)
    breaker: Mapped[str] = mapped_column(server_default="closed")
    failures: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]  # business time; until then nothing is tried
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Made]

    __table_args__ = (
        PrimaryKeyConstraint("lane", "provider"), one_of("breaker", ("closed", "open", "trying")),
        {"postgresql_with": {"fillfactor": "50"}},
    )  # fmt: skip


class Keyed(Base):
    """The single row that says since when the instance's only relay has been `relay`: this server, this header.

    `relay` is empty while it knows no copies by an idempotency header, or while there are several. The scheduler notes
    it from its settings, by PostgreSQL's clock: a mail that left before may have left without the key.
    """

    __tablename__ = "keyed"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    relay: Mapped[str]
    at: Mapped[Made]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Seat(Base):
    """Connections of a lane that one worker process may use until `until` (PostgreSQL's clock).

    `wanted`: how many it has work for; `urgency`: of the most urgent of it.
    """

    __tablename__ = "seat"

    lane: Mapped[str]
    provider: Mapped[str] = mapped_column(server_default="")
    owner: Mapped[str]
    wanted: Mapped[int] = mapped_column(server_default="0")
    seats: Mapped[int] = mapped_column(server_default="0")
    urgency: Mapped[int] = mapped_column(server_default="9")
    until: Mapped[datetime]

    __table_args__ = (PrimaryKeyConstraint("lane", "provider", "owner"),)


class ProviderEvent(Base):
    """One event of a relay's provider as it came, once by (source, event_id).

    `run_id` and `workspace_id` are NULL while no delivery is known to be its own. `settled`: nothing more will come of
    it; until then the sweep tries again, because an event may be faster than the flush that writes what it is about.
    """

    __tablename__ = "provider_event"

    source: Mapped[str]  # the preset and whose key signed it: "ses:instance", "sendgrid:12"
    event_id: Mapped[str]
    workspace_id: Mapped[OptRef]
    at: Mapped[datetime]  # when it happened, as the provider says
    kind: Mapped[str]
    remote_id: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    code: Mapped[str] = mapped_column(server_default="")
    words: Mapped[str] = mapped_column(server_default="")
    run_id: Mapped[OptRef]
    seq: Mapped[OptRef]
    dead: Mapped[bool] = mapped_column(server_default=text("false"))  # no mail will ever reach the address
    settled: Mapped[bool] = mapped_column(server_default=text("false"))
    raw: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    taken_at: Mapped[Made]

    __table_args__ = (
        PrimaryKeyConstraint("source", "event_id"),
        Index("ix_provider_event_unsettled", "taken_at", postgresql_where=text("NOT settled")),
        Index("ix_provider_event_source", "source", "taken_at"),
        Index("ix_provider_event_run_id", "run_id", "seq"),
    )  # fmt: skip


class Tally(Base):
    """What happened to a run's messages on one day (UTC), by transport, relay, receiving provider and From domain.

    Counted from rows (engine.outbound.health.tally): a message counts once in each column however often it happened
    that day. `tried`: a receiver answered about it, yes, later or no; what the rates are parts of.
    """

    __tablename__ = "tally"

    workspace_id: Mapped[Ref]
    run_id: Mapped[Ref]
    day: Mapped[date]
    transport: Mapped[str]
    lane: Mapped[str] = mapped_column(server_default="")
    provider: Mapped[str] = mapped_column(server_default="")
    from_domain: Mapped[str] = mapped_column(server_default="")
    tried: Mapped[int] = mapped_column(server_default="0")
    accepted: Mapped[int] = mapped_column(server_default="0")
    delivered: Mapped[int] = mapped_column(server_default="0")
    deferred: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")
    complained: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    doubted: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        PrimaryKeyConstraint("run_id", "day", "transport", "lane", "provider", "from_domain"),
        to("run"), Index("ix_tally_workspace_id_day", "workspace_id", "day"),
    )  # fmt: skip


class Tallied(Base):
    """When a run was last counted into its tally, and when its numbers last changed.

    A table of its own: a write to the run would make claims skip it, since they lock it. `odd`: not all of its rows
    were simply accepted, or it is not known yet; a search for what went wrong looks at these runs alone.
    """

    __tablename__ = "tallied"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    workspace_id: Mapped[Ref]
    at: Mapped[datetime]  # PostgreSQL's clock
    total: Mapped[int] = mapped_column(server_default="0")  # sum of its tallies, to see a change
    moved_at: Mapped[datetime]  # business time
    settled: Mapped[bool] = mapped_column(server_default=text("false"))  # counted when it was over
    odd: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        to("run"), Index("ix_tallied_unsettled", "run_id", postgresql_where=text("NOT settled")),
        Index("ix_tallied_odd", "workspace_id", "run_id", postgresql_where=text("odd")),
    )  # fmt: skip


class Incident(Base):
    """Something an operator or admin should know, told once and once more when it is over.

    `workspace_id` is NULL for what concerns the whole instance; `about` names the thing, and is open once by kind.
    Told: a mail was planned; posted: the chat service took it. `gone_at`: not seen since; it is over when it stays so.
    """

    __tablename__ = "incident"

    id: Mapped[Key]
    workspace_id: Mapped[OptRef]
    kind: Mapped[str]
    about: Mapped[str] = mapped_column(server_default="")
    words: Mapped[str]
    opened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    told_over_at: Mapped[datetime | None]
    posted_over_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("kind", ("lag", "stuck", "held", "doubts", "health", "watchdog", "dnsbl", "imap", "webhook", "leaving")),
        Index("uq_incident_open", "kind", "about", unique=True, postgresql_where=text("over_at IS NULL")),
        Index("ix_incident_opened_at", "opened_at"),
    )  # fmt: skip


class Canary(Base):
    """Proof that a queue is consumed: when it was last asked for a sign of life, and when a worker last gave one.

    `asked_since` begins the unbroken row of askings that the broker took; `canaries` counts those that came through;
    `ended_at`: when a worker last ended because it alone was deaf. All by PostgreSQL's clock.
    """

    __tablename__ = "canary"

    queue: Mapped[str] = mapped_column(primary_key=True)
    asked_since: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(server_default="")  # which worker gave it
    canaries: Mapped[int] = mapped_column(server_default="0")
    ended_at: Mapped[datetime | None]


__all__ = ["Canary", "Incident", "Keyed", "Pace", "ProviderEvent", "Seat", "Tallied", "Tally"]
