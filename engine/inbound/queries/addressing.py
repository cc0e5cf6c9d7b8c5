"""To whom a mail without a token is written, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import String, and_, cast, exists, func, literal, or_, select

from engine import models as m
from engine.db import Conn


class Door(NamedTuple):
    """A plain address: the team's, or (team_id None) the workspace's. `domain` is the workspace's own, or None."""

    id: int
    workspace_id: int
    team_id: int | None
    local: str
    domain: str | None
    archived: bool


def doors(conn: Conn, locals_: Sequence[str]) -> list[Door]:
    """The plain addresses with these local parts (lower case)."""
    p, w, t = m.PlainAddress, m.Workspace, m.Team
    columns = (p.id, p.workspace_id, p.team_id, p.local, func.lower(w.reply_domain), t.archived_at.is_not(None))
    found = select(*columns).join(w, w.id == p.workspace_id).outerjoin(t, t.id == p.team_id)
    return [Door(*row) for row in conn.execute(found.where(p.local.in_(locals_)).order_by(p.id))]


class Writer(NamedTuple):
    """A contact, by the address they wrote from. `memberships`: (id, team_id) of those that have not ended, in
    teams that are not archived."""

    contact_id: int
    standing: str
    memberships: tuple[tuple[int, int], ...]


def writer(conn: Conn, workspace_id: int, email_key: str) -> Writer | None:
    """The contact with this mail address."""
    return _writer(conn, and_(m.Contact.workspace_id == workspace_id, m.Contact.email_key == email_key))


def writer_on(conn: Conn, workspace_id: int, platform: str, address: str) -> Writer | None:
    """The contact with this address on a platform that is not mail."""
    a = m.ContactAddress
    of = select(a.contact_id).where(a.workspace_id == workspace_id, a.platform == platform, a.address == address)
    return _writer(conn, and_(m.Contact.workspace_id == workspace_id, m.Contact.id == of.scalar_subquery()))


def _writer(conn: Conn, which: object) -> Writer | None:
    c, w = m.Contact, m.Membership
    here = exists().where(m.Team.id == w.team_id, m.Team.archived_at.is_(None))
    alive = and_(w.contact_id == c.id, w.workspace_id == c.workspace_id, w.left_at.is_(None), here)
    rows = conn.execute(select(c.id, c.standing, w.id, w.team_id).outerjoin(w, alive).where(which)).all()  # type: ignore[arg-type]
    if not rows:
        return None
    return Writer(rows[0][0], rows[0][1], tuple((row[2], row[3]) for row in rows if row[2] is not None))


class Known(NamedTuple):
    """A conversation that a mail goes on with, and the contact whose it is."""

    workspace_id: int
    contact_id: int
    team_id: int | None


def goes_on(conn: Conn, email_key: str, message_ids: Sequence[str]) -> Known | None:
    """The latest conversation with a message of one of these ids, of which the person at this address is a party.

    Somebody who is not is not found: a Message-ID can be read by whoever the mail was passed on to.
    """
    c, p, v, g = m.Contact, m.Member, m.Conversation, m.Message
    names = or_(*(g.external_id == func.concat(cast(v.id, String), "/", literal(ident)) for ident in message_ids))
    found = (
        select(v.workspace_id, c.id, v.team_id)
        .join(p, and_(p.workspace_id == c.workspace_id, p.account_or_contact == func.concat("contact:", c.id)))
        .join(v, v.id == p.conversation_id)
        .join(g, and_(g.conversation_id == v.id, g.platform == "mail", names))
        .where(c.email_key == email_key, c.standing == "known")
        .order_by(v.mod_seq.desc())
        .limit(1)
    )
    row = conn.execute(found).one_or_none()
    return Known(*row) if row else None


class Place(NamedTuple):
    """A team's place in a service through which words come in. `closed`: disconnected, or the team is archived."""

    workspace_id: int
    team_id: int
    kind: str
    closed: bool


def channel(conn: Conn, channel_id: int) -> Place | None:
    """The channel."""
    h, t = m.Channel, m.Team
    closed = or_(t.archived_at.is_not(None), h.state == "off")
    found = select(h.workspace_id, h.team_id, h.kind, closed).join(t, t.id == h.team_id)
    row = conn.execute(found.where(h.id == channel_id)).one_or_none()
    return Place(*row) if row else None


def held_of(conn: Conn, workspace_id: int, contact_id: int, states: Sequence[str], limit: int) -> list[int]:
    """The mails of a contact in these states, oldest first; locked until the transaction ends."""
    i = m.Inbound
    mine = and_(i.workspace_id == workspace_id, i.contact_id == contact_id, i.state.in_(states))
    return list(conn.scalars(select(i.id).where(mine).order_by(i.id).limit(limit).with_for_update()))
