"""Orders by mail: who gives them, what they did, and what of it was last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select, text, update
from sqlalchemy import insert as sql_insert

from engine import models as m
from engine.db import Conn


class Writer(NamedTuple):
    """A member who writes to us."""

    team_id: int
    team: str
    name: str
    zone: str


_WRITER = text("""
    SELECT t.id, t.name, c.name, coalesce(c.zone, t.zone)
    FROM membership w
    JOIN contact c ON c.id = w.contact_id
    JOIN team t ON t.id = w.team_id
    WHERE w.workspace_id = :ws AND w.id = :id
""")


def writer(conn: Conn, workspace_id: int, membership_id: int) -> Writer | None:
    """The member behind a membership."""
    row = conn.execute(_WRITER, {"ws": workspace_id, "id": membership_id}).one_or_none()
    return Writer(*row) if row else None


class Asked(NamedTuple):
    """What was asked, and for which day."""

    local_date: date
    questions: Sequence[str]


def asked(conn: Conn, workspace_id: int, participation_id: int) -> Asked | None:
    """The round of a part."""
    p, r = m.Participation, m.Round
    found = select(r.local_date, r.questions).join(p, p.round_id == r.id)
    row = conn.execute(found.where(p.workspace_id == workspace_id, p.id == participation_id)).one_or_none()
    return Asked(*row) if row else None


def is_carried_out(conn: Conn, inbound_id: int) -> bool:
    """Whether the order of this mail was carried out already: a mail that was held afterwards is read once more."""
    c = m.MailCommand
    return conn.execute(select(c.id).where(c.inbound_id == inbound_id)).scalar_one_or_none() is not None


def insert(conn: Conn, workspace_id: int, membership_id: int, inbound_id: int, values: Mapping[str, Any]) -> None:
    """Note an order: `command`, `did`, `at`, `answered_run_id`."""
    made = {"workspace_id": workspace_id, "membership_id": membership_id, "inbound_id": inbound_id, **values}
    conn.execute(sql_insert(m.MailCommand).values(**made))


def set_undone(conn: Conn, order_id: int, now: datetime) -> None:
    """Note that an order was taken back."""
    conn.execute(update(m.MailCommand).where(m.MailCommand.id == order_id).values(undone_at=now))


class Last(NamedTuple):
    """An order (its command and what it did), or an answer (command "")."""

    id: int
    command: str
    did: Mapping[str, Any]
    inbound_id: int | None
    at: datetime


# An order that changed nothing is none to take back; neither is an answer of which nothing is left, and the answer of
# an edit is taken back with it.
_LAST = text("""
    SELECT c.id, c.command, c.did, c.inbound_id, c.at FROM mail_command c
    WHERE c.workspace_id = :ws AND c.membership_id = :member AND c.at BETWEEN :since AND :until AND c.undone_at IS NULL
        AND c.command IN ('stop', 'pause', 'skip', 'edit') AND c.did <> '{}'::jsonb
    UNION ALL
    SELECT a.id, '', '{}'::jsonb, a.inbound_id, a.at
    FROM participation p
    JOIN answer a ON a.participation_id = p.id
    WHERE p.workspace_id = :ws AND p.membership_id = :member AND a.at BETWEEN :since AND :until
        AND EXISTS (SELECT 1 FROM entry e WHERE e.answer_id = a.id AND e.removed_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM mail_command c
                        WHERE c.inbound_id = a.inbound_id AND c.command = 'edit' AND c.undone_at IS NULL)
    ORDER BY at DESC, id DESC
    LIMIT 20
""")


def last_done(conn: Conn, workspace_id: int, membership_id: int, since: datetime, until: datetime) -> list[Last]:
    """The member's last order or answer between these instants, and what else came in the same mail; or nothing."""
    values = {"ws": workspace_id, "member": membership_id, "since": since, "until": until}
    found = [Last(*row) for row in conn.execute(_LAST, values)]
    return [one for n, one in enumerate(found) if n == 0 or (one.inbound_id and one.inbound_id == found[0].inbound_id)]


_LAST_ANSWER = text("""
    SELECT a.id, a.participation_id FROM participation p
    JOIN answer a ON a.participation_id = p.id
    WHERE p.workspace_id = :ws AND p.membership_id = :member AND (p.id = :part OR a.at >= :since)
        AND EXISTS (SELECT 1 FROM entry e WHERE e.answer_id = a.id AND e.removed_at IS NULL)
    ORDER BY p.id = :part DESC, a.at DESC, a.id DESC
    LIMIT 1
""")


def last_answer(
    conn: Conn, workspace_id: int, membership_id: int, participation_id: int | None, since: datetime
) -> tuple[int, int] | None:
    """(answer, participation) of the member's last answer of which something is left: in that part, else since then."""
    values = {"ws": workspace_id, "member": membership_id, "part": participation_id or 0, "since": since}
    row = conn.execute(_LAST_ANSWER, values).one_or_none()
    return (row[0], row[1]) if row else None


_MODERATED = text("""
    SELECT e.text FROM entry e
    WHERE e.workspace_id = :ws AND e.answer_id = :answer AND e.removed_at IS NOT NULL AND :actor <> (
        SELECT c.actor FROM entry_change c WHERE c.workspace_id = e.workspace_id AND c.entry_id = e.id
            AND c.what = 'removed' ORDER BY c.id DESC LIMIT 1)
""")


def moderated(conn: Conn, workspace_id: int, answer_id: int, actor: str) -> list[str]:
    """The texts of an answer that somebody else than its author removed."""
    return list(conn.scalars(_MODERATED, {"ws": workspace_id, "answer": answer_id, "actor": actor}))


def texts(conn: Conn, workspace_id: int, entry_ids: Sequence[int]) -> list[str]:
    """What these entries say, in order."""
    e = m.Entry
    these = and_(e.workspace_id == workspace_id, e.id.in_(entry_ids))
    return list(conn.scalars(select(e.text).where(these).order_by(e.no)))
