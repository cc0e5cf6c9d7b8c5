"""Where each mailbox stands: its position moves in the transaction that keeps its mails. Times are PostgreSQL's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from engine import models as m
from engine.db import Conn


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was fetched. Up to `since_uid` only mails that came from `since` on are wanted."""

    uidvalidity: int
    life: int
    last_uid: int
    since: datetime | None
    since_uid: int
    connected: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was taken from a mailbox; `reason` says why it could not be taken whole, if so."""

    uid: int
    raw: bytes
    reason: str = ""


def place(conn: Conn, name: str) -> Place:
    """Where a mailbox stands, its row made where there is none, and locked until the transaction ends."""
    conn.execute(insert(m.ImapBox).values(name=name).on_conflict_do_nothing())
    b = m.ImapBox
    columns = (b.uidvalidity, b.life, b.last_uid, b.since, b.since_uid, b.connected_at.is_not(None))
    return Place(*conn.execute(select(*columns).where(b.name == name).with_for_update()).one())


def begin(conn: Conn, name: str, uidvalidity: int, last_uid: int) -> None:
    """The first connection: what is there now is not ours to fetch."""
    values = {"uidvalidity": uidvalidity, "last_uid": last_uid, "connected_at": func.clock_timestamp()}
    conn.execute(update(m.ImapBox).where(m.ImapBox.name == name).values(**values))


def begin_again(
    conn: Conn, name: str, uidvalidity: int, last_uid: int, margin: timedelta, skew: timedelta
) -> None:  # fmt: skip
    """The server's numbers mean other mails than before: all are looked through that came since the last full look.

    `margin` is taken off that time, `skew` off the time of the first connection, before which nothing is ours.
    """
    b = m.ImapBox
    since = func.greatest(b.connected_at - skew, b.last_ok_at - margin)  # greatest leaves NULL out
    values = {"uidvalidity": uidvalidity, "life": b.life + 1, "last_uid": 0, "since": since, "since_uid": last_uid}
    conn.execute(update(b).where(b.name == name).values(**values))


def ident(name: str, at: Place, uid: int) -> str:
    """The external id of a mail: the number alone names another mail under another UIDVALIDITY, or in another life."""
    life = "" if at.life == 1 else f".{at.life}"
    return f"{name}/{at.uidvalidity}{life}/{uid}"


def keep(conn: Conn, name: str, at: Place, mails: Sequence[Mail], now: datetime) -> dict[int, int]:
    """Keep these mails as they came: their new ids by UID. What is here already is left out."""
    if not mails:
        return {}
    uids = {ident(name, at, mail.uid): mail.uid for mail in mails}
    rows = [
        {"source": "imap", "external_id": external, "envelope_from": "", "envelope_to": [], "received_at": now,
         "raw": mail.raw}
        for external, mail in zip(uids, mails, strict=True)
    ]  # fmt: skip
    quiet = insert(m.Inbound).values(rows).on_conflict_do_nothing(index_elements=["source", "external_id"])
    made = conn.execute(quiet.returning(m.Inbound.external_id, m.Inbound.id))
    return dict(sorted((uids[external], ident_) for external, ident_ in made))


def advance(conn: Conn, name: str, last_uid: int, fetched: int, waiting: int) -> None:
    """The mailbox is fetched up to `last_uid`; so many more were kept, so many still wait there."""
    b = m.ImapBox
    values = {"last_uid": last_uid, "fetched": b.fetched + fetched, "failure": "", "failed_at": None}
    conn.execute(update(b).where(b.name == name).values(**values, **_waiting(waiting)))


def waits(conn: Conn, name: str, waiting: int) -> None:
    """So many mails were seen there that are not fetched yet."""
    conn.execute(update(m.ImapBox).where(m.ImapBox.name == name).values(**_waiting(waiting)))


def _waiting(count: int) -> dict[str, object]:
    since = func.coalesce(m.ImapBox.waiting_since, func.clock_timestamp()) if count else None
    return {"waiting": count, "waiting_since": since}


def complete(conn: Conn, name: str) -> None:
    """All that is there was fetched, at this moment."""
    values = {"last_ok_at": func.clock_timestamp(), "failure": "", "failed_at": None}
    conn.execute(update(m.ImapBox).where(m.ImapBox.name == name).values(**values, **_waiting(0)))


def fails(conn: Conn, name: str, why: str) -> None:
    """Say why the mailbox cannot be used; since when stays as it is while it goes on."""
    since = func.coalesce(m.ImapBox.failed_at, func.clock_timestamp())
    first = insert(m.ImapBox).values(name=name, failure=why, failed_at=func.clock_timestamp())
    conn.execute(first.on_conflict_do_update(index_elements=["name"], set_={"failure": why, "failed_at": since}))


def forget(conn: Conn, name: str) -> bool:
    """Drop a mailbox that is fetched from no more; False where there is none of that name. Its mails stay."""
    gone = conn.execute(delete(m.ImapBox).where(m.ImapBox.name == name).returning(m.ImapBox.name))
    return gone.one_or_none() is not None


def names(conn: Conn) -> list[str]:
    """The mailboxes that are known."""
    return list(conn.scalars(select(m.ImapBox.name).order_by(m.ImapBox.name)))
