"""What waits for the task, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from engine import models as m
from engine.db import Conn
from engine.inbound.parse.mail import ParsedMail, from_dict
from engine.inbound.queries.keeping import IMPORT


def waiting_inbound(conn: Conn, now: datetime, older_than: float = 10.0, limit: int = 200) -> list[int]:
    """Ids of mails that nobody has read `older_than` seconds after they came, oldest first: the sweep's work."""
    i = m.Inbound
    late = and_(i.state == "received", i.received_at <= now - timedelta(seconds=older_than))
    return list(conn.scalars(select(i.id).where(late).order_by(i.id).limit(limit)))


def inbound_lag(conn: Conn, now: datetime) -> float:
    """Seconds since the oldest mail came that nobody has read; 0 when there is none."""
    i = m.Inbound
    unread = select(func.min(i.received_at)).where(i.state == "received", i.source != IMPORT)  # those came long ago
    oldest = conn.execute(unread).scalar_one()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


class Unsettled(NamedTuple):
    """A mail that waits for a person, and why."""

    id: int
    state: str
    reason: str
    kind: str
    from_address: str
    subject: str
    received_at: datetime


_UNSETTLED = (
    m.Inbound.id, m.Inbound.state, m.Inbound.reason, m.Inbound.kind, m.Inbound.from_address, m.Inbound.subject,
    m.Inbound.received_at,
)  # fmt: skip


def these(workspace_id: int, ids: Sequence[int]) -> ColumnElement[bool]:
    """Those of these mails that a workspace's admins may see, for engine.move."""
    return and_(m.Inbound.id.in_(ids), _seen_by(workspace_id))


def _seen_by(workspace_id: int) -> ColumnElement[bool]:
    """Mails of the workspace; those of nobody only where there is no other workspace whose words they may be.

    With several, a mail that names none of ours is shown on no page: its words may be meant for any of them, and no
    admin of one may read another's. It is counted (sixpm_inbound_mails), and whoever runs the machine can read it.
    """
    alone = select(func.count(m.Workspace.id)).scalar_subquery() == 1
    return or_(m.Inbound.workspace_id == workspace_id, and_(m.Inbound.workspace_id.is_(None), alone))


@dataclass(frozen=True, slots=True)
class Which:
    """Which mails one looks for; what is empty does not narrow. `since` is included, `until` is not.

    `sender` is part of From or of the envelope sender; `before` the last id of the page before. `person`: all mails of
    this contact, whatever became of them. Without it, what newcomers wrote is not among those that wait: it waits with
    them.
    """

    states: tuple[str, ...] = ("held", "parked")
    reason: str = ""
    sender: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    person: int | None = None


def unsettled(conn: Conn, workspace_id: int, which: Which = Which(), limit: int = 100) -> list[Unsettled]:
    """The mails of a filter that a workspace's admins may see, newest first."""
    i = m.Inbound
    fits = [_seen_by(workspace_id), *_among(which)]
    if which.reason:
        fits.append(i.reason.icontains(which.reason, autoescape=True))
    if which.sender:
        sender = which.sender
        fits.append(
            or_(i.from_address.icontains(sender, autoescape=True), i.envelope_from.icontains(sender, autoescape=True))
        )
    if which.since:
        fits.append(i.received_at >= which.since)
    if which.until:
        fits.append(i.received_at < which.until)
    if which.before:
        fits.append(i.id < which.before)
    mine = select(*_UNSETTLED).where(*fits)
    return [Unsettled(*row) for row in conn.execute(mine.order_by(i.id.desc()).limit(limit))]


def _among(which: Which) -> list[ColumnElement[bool]]:
    i = m.Inbound
    if which.person is not None:
        return [i.contact_id == which.person, *([i.state.in_(which.states)] if which.states else [])]
    of_newcomer = exists().where(m.Contact.id == i.contact_id, m.Contact.standing == "held")
    unsettled = i.state.in_(("held", "parked", "noted"))
    return [i.state.in_(which.states), unsettled, or_(i.state == "noted", not_(of_newcomer))]


@dataclass(frozen=True, slots=True)
class Opened:
    """One mail as far as it was read. `answer_id`, `participation_id`: what its words became, None while nothing.

    `contact_id` and `standing` are of whom it is from, where that is known.
    """

    mail: Unsettled
    source: str
    envelope_from: str
    envelope_to: tuple[str, ...]
    kills: int
    size: int  # bytes
    parsed: ParsedMail | None
    workspace_id: int | None
    part_id: int | None
    assigned_by: str
    answer_id: int | None
    participation_id: int | None
    contact_id: int | None
    standing: str | None


def opened(conn: Conn, workspace_id: int, inbound_id: int) -> Opened | None:
    """One mail with what the parser made of it, for those who may see it."""
    i, a, c = m.Inbound, m.Answer, m.Contact
    more = (
        i.source, i.envelope_from, i.envelope_to, i.kills, func.length(i.raw), i.parsed, i.workspace_id,
        i.assigned_part_id, i.assigned_by, a.id, a.participation_id, c.id, c.standing,
    )  # fmt: skip
    mine = select(*_UNSETTLED, *more).outerjoin(a, a.inbound_id == i.id).outerjoin(c, c.id == i.contact_id)
    row = conn.execute(mine.where(i.id == inbound_id, _seen_by(workspace_id))).one_or_none()
    if row is None:
        return None
    source, sender, to, kills, size, parsed, *rest = row[len(_UNSETTLED) :]
    return Opened(
        Unsettled(*row[: len(_UNSETTLED)]), source, sender, tuple(to), kills, size,
        from_dict(parsed) if parsed else None, *rest,
    )  # fmt: skip


class Moved(NamedTuple):
    """Something that happened to a mail. `actor` is empty for the engine."""

    at: datetime
    trigger: str
    to_state: str
    actor: str
    note: str


def history(conn: Conn, workspace_id: int, inbound_id: int) -> list[Moved]:
    """What happened to a mail, oldest first."""
    h = m.History
    mine = and_(h.workspace_id == workspace_id, h.noun == "inbound", h.object_id == inbound_id)
    rows = conn.execute(select(h.at, h.trigger, h.to_state, h.actor, h.note).where(mine).order_by(h.id).limit(50))
    return [Moved(*row) for row in rows]


def raw_mail(conn: Conn, workspace_id: int, inbound_id: int) -> bytes | None:
    """The mail as it came, for those who may see it."""
    mine = select(m.Inbound.raw).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    return conn.execute(mine).scalar_one_or_none()


def raw_head(conn: Conn, workspace_id: int, inbound_id: int, size: int) -> bytes | None:
    """The first bytes of the mail as it came, for those who may see it."""
    mine = select(func.substr(m.Inbound.raw, 1, size)).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    return conn.execute(mine).scalar_one_or_none()


def may_see(conn: Conn, workspace_id: int, inbound_id: int) -> bool:
    """Whether a workspace's admins may see this mail."""
    mine = select(m.Inbound.id).where(m.Inbound.id == inbound_id, _seen_by(workspace_id))
    return conn.execute(mine).scalar_one_or_none() is not None


def has_source(conn: Conn, inbound_id: int) -> bool:
    """Whether the mail's raw bytes are still kept."""
    kept = select(func.octet_length(m.Inbound.raw) > 0).where(m.Inbound.id == inbound_id)
    return bool(conn.execute(kept).scalar())
