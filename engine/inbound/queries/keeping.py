"""Keep mails, take one to read, and count what must be bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine import models as m
from engine.db import Conn

IMPORT = "import"  # the source of mails that came from files


def insert_inbound(
    conn: Conn, source: str, external_id: str, sender: str, recipients: list[str], raw: bytes, now: datetime,
    platform: str,
) -> int | None:  # fmt: skip
    """The id of the new row, or None when (source, external_id) is there already."""
    values = {"source": source, "external_id": external_id, "envelope_from": sender, "envelope_to": recipients}
    made = insert(m.Inbound).values(**values, received_at=now, raw=raw, platform=platform)
    quiet = made.on_conflict_do_nothing(index_elements=["source", "external_id"])
    return conn.execute(quiet.returning(m.Inbound.id)).scalar_one_or_none()


class Incoming(NamedTuple):
    """A mail that is not kept yet."""

    external_id: str
    envelope_from: str
    envelope_to: list[str]
    raw: bytes
    received_at: datetime


def insert_all(conn: Conn, source: str, mails: Sequence[Incoming]) -> list[int]:
    """The ids of those that were not there, in their order."""
    rows = [{"source": source, **mail._asdict()} for mail in mails]
    quiet = insert(m.Inbound).values(rows).on_conflict_do_nothing(index_elements=["source", "external_id"])
    return sorted(conn.scalars(quiet.returning(m.Inbound.id))) if rows else []


def known(conn: Conn, source: str, external_ids: Sequence[str]) -> frozenset[str]:
    """Those of these external ids that are there."""
    i = m.Inbound
    there = select(i.external_id).where(i.source == source, i.external_id.in_(external_ids))
    return frozenset(conn.scalars(there))


def inbound_id(conn: Conn, source: str, external_id: str) -> int:
    """The id of the row with this (source, external_id)."""
    i = m.Inbound
    return conn.execute(select(i.id).where(i.source == source, i.external_id == external_id)).scalar_one()


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that nobody has read yet, its row locked."""

    id: int
    envelope_from: str
    envelope_to: tuple[str, ...]
    received_at: datetime
    raw: bytes
    kills: int
    workspace_id: int | None
    part_id: int | None  # the participation that a person said it answers
    assigned_by: str
    taken_at: datetime  # the business instant
    platform: str = "mail"
    external_id: str = ""
    source: str = ""

    @property
    def answerable(self) -> bool:
        """Whether anything may be sent because of it: not of a mail brought in from files, whose day is long over."""
        return self.source != IMPORT


_TAKE = text(f"""
    SELECT id, envelope_from, envelope_to, received_at, raw, kills, workspace_id, assigned_part_id, assigned_by,
           {db.NOW}, platform, external_id, source
    FROM inbound WHERE id = :id AND state = 'received' FOR UPDATE SKIP LOCKED
""")  # noqa: S608


def take(conn: Conn, inbound_id: int) -> Taken | None:
    """The mail if it is still `received` and no other worker has it; locked until the transaction ends."""
    found = conn.execute(_TAKE, {"id": inbound_id}).one_or_none()
    if found is None:
        return None
    ident, sender, recipients, at, raw, kills, workspace_id, part_id, by, now, *rest = found
    return Taken(
        ident, sender, tuple(recipients), at, raw, kills, workspace_id, part_id, by, now.astimezone(UTC), *rest
    )


def count_kill(conn: Conn, inbound_id: int) -> None:
    """One more reading of this mail ended badly: its parse process died, or the story raised."""
    conn.execute(update(m.Inbound).where(m.Inbound.id == inbound_id).values(kills=m.Inbound.kills + 1))


class Holder(NamedTuple):
    """The mail that has a dedupe key. `words`: its reply as it was read, None where that is no longer kept."""

    id: int
    state: str
    words: str | None


_HOLDER = text("SELECT id, state, parsed ->> 'reply_text' FROM inbound WHERE dedupe_key = :key AND id <> :id")


def holder(conn: Conn, key: str, inbound_id: int) -> Holder | None:
    """The other mail that has this dedupe key."""
    row = conn.execute(_HOLDER, {"key": key, "id": inbound_id}).one_or_none()
    return Holder(*row) if row else None


def free_key(conn: Conn, held_id: int, key: str) -> bool:
    """Take the key from a mail that is held still; False when that one is held no more."""
    i = m.Inbound
    freed = update(i).where(i.id == held_id, i.state == "held", i.dedupe_key == key).values(dedupe_key=None)
    return conn.execute(freed).rowcount == 1


def is_taken(error: db.Conflict) -> bool:
    """Whether this is what PostgreSQL says when a mail gets a dedupe key that another one has."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "uq_inbound_dedupe_key"


_SPEND = text("""
INSERT INTO bucket AS b (key, tokens, at) VALUES (:key, :burst - 1, :at)
ON CONFLICT (key) DO UPDATE SET
    tokens = least(:burst, b.tokens + greatest(0, extract(epoch FROM excluded.at - b.at)) * :rate) - 1, at = excluded.at
WHERE least(:burst, b.tokens + greatest(0, extract(epoch FROM excluded.at - b.at)) * :rate) >= 1
RETURNING tokens
""")


def spend(conn: Conn, key: str, burst: float, rate: float, now: datetime) -> bool:
    """Take one token of the bucket `key`, which holds `burst` and gains `rate` a second; False when it is empty."""
    values = {"key": key, "burst": burst, "rate": rate, "at": now}
    return conn.execute(_SPEND, values).one_or_none() is not None


def reply_domains(conn: Conn) -> frozenset[str]:
    """The reply domains that workspaces have set for themselves, in lower case."""
    own = select(func.lower(m.Workspace.reply_domain)).where(m.Workspace.reply_domain.is_not(None))
    return frozenset(conn.scalars(own))
