"""Whose a mail is: the delivery it answers or returns, and the part in a round behind it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select, text
from sqlalchemy.dialects.postgresql import insert

from engine import models as m
from engine.db import Conn


class Part(NamedTuple):
    """A member's part in a round, with the person and the team."""

    workspace_id: int
    participation_id: int
    round_id: int
    team_id: int
    membership_id: int
    contact_id: int
    email_key: str
    questions: int
    left_at: datetime | None
    archived_at: datetime | None
    receipt: str  # how the member hears what was recorded: mail, digest or none


_PART = """p.workspace_id, p.id, p.round_id, p.team_id, w.id, c.id, c.email_key, cardinality(o.questions), w.left_at,
       t.archived_at, coalesce(w.receipt, s.receipt)"""
_PART_OF = text(f"""
    SELECT {_PART}
    FROM participation p
    JOIN schedule s ON s.id = p.schedule_id
    JOIN membership w ON w.id = p.membership_id
    JOIN contact c ON c.id = w.contact_id
    JOIN team t ON t.id = p.team_id
    JOIN round o ON o.id = p.round_id
    WHERE p.id = :id AND p.workspace_id = :ws
""")  # noqa: S608  # fixed pieces only


def part(conn: Conn, workspace_id: int, participation_id: int) -> Part | None:
    """The part by its id."""
    found = conn.execute(_PART_OF, {"ws": workspace_id, "id": participation_id}).one_or_none()
    return Part(*found) if found else None


class Delivered(NamedTuple):
    """The delivery that a mail answers or returns; of one that asks, the part it asks about."""

    workspace_id: int
    kind: str
    recipient: int
    about: int
    transport: str
    address: str
    state: str
    part: Part | None = None


_DELIVERED = text(f"""
    SELECT d.workspace_id, r.kind, d.recipient, d.about, d.transport, d.address, d.state, {_PART}
    FROM delivery d
    JOIN run r ON r.id = d.run_id
    LEFT JOIN participation p ON p.id = d.about AND p.workspace_id = d.workspace_id AND r.kind IN ('prompt', 'nudge')
    LEFT JOIN schedule s ON s.id = p.schedule_id
    LEFT JOIN membership w ON w.id = p.membership_id
    LEFT JOIN contact c ON c.id = w.contact_id
    LEFT JOIN team t ON t.id = p.team_id
    LEFT JOIN round o ON o.id = p.round_id
    WHERE d.run_id = :run AND d.seq = :seq
""")  # noqa: S608  # fixed pieces only


def delivered(conn: Conn, run_id: int, seq: int) -> Delivered | None:
    """The delivery and its run's kind, or None when retention has dropped it."""
    found = conn.execute(_DELIVERED, {"run": run_id, "seq": seq}).one_or_none()
    if found is None:
        return None
    part = Part(*found[7:]) if found[8] is not None else None
    return Delivered._make((*found[:7], part))


def this(run_id: int, seq: int) -> ColumnElement[bool]:
    """One delivery, for engine.move."""
    return and_(m.Delivery.run_id == run_id, m.Delivery.seq == seq)


class Addressee(NamedTuple):
    """The person whom a mail went to. Membership and team are None where it was about neither."""

    workspace_id: int
    contact_id: int
    email_key: str
    membership_id: int | None
    team_id: int | None
    left_at: datetime | None
    archived_at: datetime | None


def addressee(conn: Conn, about: Delivered) -> Addressee | None:
    """Whom a mail went to: the member, or of notices the person; None for what goes to channels.

    The answer to an order went to a member: more orders may come in reply to it.
    """
    c, w, t = m.Contact, m.Membership, m.Team
    if about.transport != "smtp":
        return None
    if about.kind == "notice":
        n, ordered = m.Notice, m.Notice.context["team_id"].as_integer()
        named = and_(n.id == about.about, n.workspace_id == c.workspace_id, n.template == "order_done")
        person = (
            select(c.workspace_id, c.id, c.email_key, w.id, t.id, w.left_at, t.archived_at)
            .outerjoin(n, named)
            .outerjoin(w, and_(w.contact_id == c.id, w.team_id == ordered, w.workspace_id == c.workspace_id))
            .outerjoin(t, t.id == w.team_id)
            .where(c.id == about.recipient, c.workspace_id == about.workspace_id, c.standing == "known")
        )
        found = conn.execute(person).one_or_none()
        return Addressee._make(found) if found else None
    member = (
        select(w.workspace_id, c.id, c.email_key, w.id, t.id, w.left_at, t.archived_at)
        .join(c, c.id == w.contact_id)
        .join(t, t.id == w.team_id)
        .where(w.id == about.recipient, w.workspace_id == about.workspace_id)
    )
    row = conn.execute(member).one_or_none()
    return Addressee._make(row) if row else None


_PARTY = text("""
    SELECT c.workspace_id, c.id, c.email_key, NULL, t.id, NULL, t.archived_at
    FROM contact c
    LEFT JOIN run r ON r.id = :run AND :kind = 'campaign'
    LEFT JOIN campaign k ON k.workspace_id = r.workspace_id AND k.id = r.campaign_id
    LEFT JOIN conversation v ON v.workspace_id = c.workspace_id AND v.id = :about AND :kind = 'talk'
    LEFT JOIN team t ON t.workspace_id = c.workspace_id AND t.id = coalesce(k.team_id, v.team_id)
    WHERE c.workspace_id = :w AND c.id = :contact AND c.standing = 'known'
""")


def party(conn: Conn, about: Delivered, run_id: int) -> Addressee | None:
    """The contact to whom a campaign, or somebody of us, wrote; with the team whose conversations the answers are."""
    values = {"w": about.workspace_id, "contact": about.recipient, "run": run_id, "kind": about.kind}
    found = conn.execute(_PARTY, {**values, "about": about.about}).one_or_none()
    return Addressee._make(found) if found else None


class Colleague(NamedTuple):
    """An account that was told of a new message in a conversation, and may answer it."""

    workspace_id: int
    contact_id: int
    email_key: str
    account_id: int
    role: str
    conversation_id: int
    team_id: int | None
    left_at: datetime | None = None  # an account that has ended is not found at all
    archived_at: datetime | None = None


_COLLEAGUE = text("""
    SELECT a.workspace_id, c.id, c.email_key, a.id, a.role, v.id, v.team_id, NULL, t.archived_at
    FROM account a
    JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
    JOIN conversation v ON v.workspace_id = a.workspace_id AND v.id = :about
    LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
    WHERE a.workspace_id = :w AND a.contact_id = :contact AND a.ended_at IS NULL
""")


def colleague(conn: Conn, about: Delivered) -> Colleague | None:
    """Whom a mail about a new message went to; None for an account that has ended since."""
    values = {"w": about.workspace_id, "contact": about.recipient, "about": about.about}
    found = conn.execute(_COLLEAGUE, values).one_or_none()
    return Colleague._make(found) if found else None


def told_part(conn: Conn, workspace_id: int, notice_id: int) -> int | None:
    """The part that a notice names: one that answers an order by mail, or tells what was recorded."""
    n = m.Notice
    found = select(n.context["part"].as_integer()).where(n.workspace_id == workspace_id, n.id == notice_id)
    return conn.execute(found).scalar_one_or_none()


def lock_part(conn: Conn, participation_id: int) -> None:
    """Hold the part until the transaction ends."""
    p = m.Participation
    conn.execute(select(p.id).where(p.id == participation_id).with_for_update(key_share=True))


def just_said(conn: Conn, participation_id: int, words: str, since: datetime) -> bool:
    """Whether the same words came over the web since `since`: a second click on the same button."""
    a = m.Answer
    same = and_(a.participation_id == participation_id, a.source == "web", a.text == words, a.at >= since)
    return conn.execute(select(a.id).where(same).limit(1)).scalar_one_or_none() is not None


def suppress(
    conn: Conn, workspace_id: int, address_hash: bytes, address: str, reason: str, evidence: str, now: datetime
) -> None:
    """The address gets no more mail; the first reason stays."""
    key = address.casefold()
    theirs = select(m.Contact.id).where(m.Contact.workspace_id == workspace_id, m.Contact.email_key == key)
    values = {"workspace_id": workspace_id, "channel": "mail", "address_hash": address_hash, "reason": reason}
    made = insert(m.Suppression).values(**values, evidence=evidence, at=now, contact_id=theirs.scalar_subquery())
    conn.execute(made.on_conflict_do_nothing(index_elements=["workspace_id", "channel", "address_hash"]))
