"""What an instance knows of itself: its clock, processes, rate limits, keys, backups, and how long it keeps what."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Key, Made, Tenant, one_of


class Clock(Base):
    """The single row that shifts business time; only demo and tests write it."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    shift: Mapped[timedelta] = mapped_column(Interval, server_default="0")

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Origin(Base):
    """The single row that says which PostgreSQL cluster, on which timeline, wrote this database.

    After a restore from a backup, or the promotion of a replica, the server says something else: horizons may have
    been forgotten, so nothing is claimed until the scheduler has held every unfinished run (H15).
    """

    __tablename__ = "origin"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cluster: Mapped[int]
    timeline: Mapped[int]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Heartbeat(Base):
    """Proof of life of one process in one role or queue; `seen_at` is PostgreSQL's clock."""

    __tablename__ = "heartbeat"

    role: Mapped[str]  # scheduler, smtpd, queue:send, queue:inbound …
    process: Mapped[str]  # host:pid:start
    seen_at: Mapped[Made]
    version: Mapped[str] = mapped_column(server_default="")  # of the release; empty from one that did not say

    __table_args__ = (PrimaryKeyConstraint("role", "process"),)


class Bucket(Base):
    """A token bucket, shared by all processes: sign-in tries per account and address, replies per sender."""

    __tablename__ = "bucket"

    key: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    at: Mapped[datetime]


class DkimKey(Tenant, Base):
    """A DKIM key of a workspace's From domain. `secret`: PEM, sealed with aad dkim:<workspace>:<domain>:<selector>."""

    __tablename__ = "dkim_key"

    domain: Mapped[str]
    selector: Mapped[str]
    algorithm: Mapped[str]
    public: Mapped[str]  # the value of the DNS record
    secret: Mapped[bytes]
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # when its DNS record was found last
    signs_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("algorithm", ("rsa", "ed25519")), UniqueConstraint("workspace_id", "domain", "selector"),
    )  # fmt: skip


class Retention(Base):
    """How many days a workspace keeps something; without a row the program's own rule holds."""

    __tablename__ = "retention"

    workspace_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workspace.id"))
    what: Mapped[str]
    days: Mapped[int] = mapped_column(Integer)

    __table_args__ = (PrimaryKeyConstraint("workspace_id", "what"), CheckConstraint("days > 0", name="days"))


class Tidying(Base):
    """What retention took away last, a row for each thing; `rows` are those of the last hour in which there were any.

    `more`: there was more than fits one pass.
    """

    __tablename__ = "tidying"

    what: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime]
    took_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    more: Mapped[bool] = mapped_column(server_default="false")


class Backup(Base):
    """A backup that was made and checked."""

    __tablename__ = "backup"

    id: Mapped[Key]
    file: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)  # bytes
    release: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime]
