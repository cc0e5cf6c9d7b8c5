"""The statement behind a person's timeline: one page of everything that happened to them, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from engine.db import Conn

# A recipient's number is a contact's or a membership's, by what the run is: check-ins go to memberships.
TO_MEMBERS = ("prompt", "nudge", "comment", "digest")
_TO = f"CASE WHEN r.kind IN {TO_MEMBERS!r} THEN d.recipient = ANY(:members) ELSE d.recipient = :c END"
DELIVERED = f"d.workspace_id = :w AND d.transport = 'smtp' AND d.recipient = ANY(:recipients) AND {_TO}"

# Each part gives (kind, at, key, title, detail, first, second): `key` orders what happened at one instant, `first` and
# `second` are what its page is named by. A part is cut to a page before they meet.
PARTS = {
    "mail": f"""
        SELECT 'mail' AS kind, coalesce(d.sent_at, r.made_at) AS at, 'mail:' || d.run_id || ':' || d.seq AS key,
            coalesce(nullif(g.name, ''), r.kind) AS title, d.state AS detail, d.run_id AS first, d.seq AS second
        FROM delivery d JOIN run r ON r.id = d.run_id
        LEFT JOIN campaign g ON g.workspace_id = d.workspace_id AND g.id = r.campaign_id WHERE {DELIVERED}""",  # noqa: S608  # constants of this module
    "answer": """
        SELECT 'answer', a.at, 'answer:' || a.id, t.name, left(a.text, 300), p.team_id, a.inbound_id
        FROM participation p JOIN answer a ON a.participation_id = p.id JOIN team t ON t.id = p.team_id
        WHERE p.workspace_id = :w AND p.membership_id = ANY(:members)""",
    "message": """
        SELECT CASE WHEN m.author_kind = 'contact' THEN 'message' ELSE 'reply' END, m.at,
            'message:' || m.conversation_id || ':' || m.no, m.subject, left(m.body, 300), m.conversation_id, m.no
        FROM member b JOIN message m ON m.conversation_id = b.conversation_id
        WHERE b.workspace_id = :w AND b.account_or_contact = 'contact:' || cast(:c AS text) AND m.kind <> 'note'""",
    "hit": f"""
        SELECT CASE WHEN h.link_id IS NULL THEN 'opened' ELSE 'clicked' END, h.at, 'hit:' || h.id,
            coalesce(l.url, ''), h.taken_for, h.run_id, h.seq
        FROM delivery d JOIN run r ON r.id = d.run_id JOIN hit h ON h.run_id = d.run_id AND h.seq = d.seq
        LEFT JOIN link l ON l.workspace_id = h.workspace_id AND l.id = h.link_id WHERE {DELIVERED}""",  # noqa: S608  # constants of this module
    "consent": """
        SELECT e.state, e.at, 'consent:' || e.id, e.channel || coalesce(', ' || t.name, ''),
            e.source || CASE WHEN e.evidence <> '' THEN ': ' || e.evidence ELSE '' END, NULL::bigint, NULL::bigint
        FROM consent_event e LEFT JOIN topic t ON t.workspace_id = e.workspace_id AND t.id = e.topic_id
        WHERE e.workspace_id = :w AND e.contact_id = :c""",
    "order": """
        SELECT 'order', o.at, 'order:' || o.id, o.command, CASE WHEN o.undone_at IS NULL THEN '' ELSE 'taken back' END,
            o.inbound_id, NULL::bigint
        FROM mail_command o WHERE o.workspace_id = :w AND o.membership_id = ANY(:members)""",
    "act": """
        SELECT 'act', a.at, 'act:' || a.id, a.act, a.detail, a.id, NULL::bigint FROM act a
        WHERE a.workspace_id = :w AND ((a.noun = 'contact' AND a.object_id = :c)
            OR (a.noun IN ('membership', 'member') AND a.object_id = ANY(:members)))
            AND a.object_id = ANY(array_append(:members, :c))""",
    "import": """
        SELECT 'import', coalesce(i.ended_at, i.made_at), 'import:' || i.id, i.name,
            CASE WHEN x.before IS NULL THEN 'made' ELSE 'changed' END, i.id, NULL::bigint
        FROM import_change x JOIN import i ON i.id = x.import_id WHERE x.workspace_id = :w AND x.contact_id = :c""",
    "suppression": """
        SELECT 'suppressed', s.at, 'suppression:' || s.id, s.channel, s.reason ||
            CASE WHEN s.evidence <> '' THEN ': ' || s.evidence ELSE '' END, NULL::bigint, NULL::bigint
        FROM suppression s WHERE s.workspace_id = :w AND s.contact_id = :c""",
}  # fmt: skip


_PART = """(SELECT * FROM ({}) AS p(kind, at, key, title, detail, first, second)
    WHERE (cast(:at AS timestamptz) IS NULL OR (at, key) < (cast(:at AS timestamptz), cast(:key AS text)))
    ORDER BY at DESC, key DESC LIMIT :limit)"""


@dataclass(frozen=True, slots=True)
class Ids:
    """By what numbers a contact is known: their memberships, those of teams they left included."""

    workspace_id: int
    contact_id: int
    members: tuple[int, ...]

    def values(self) -> dict[str, Any]:
        """What the parts take."""
        recipients = [*self.members, self.contact_id]
        return {"w": self.workspace_id, "c": self.contact_id, "members": list(self.members), "recipients": recipients}


def ids(conn: Conn, workspace_id: int, contact_id: int) -> Ids:
    """The numbers of a contact."""
    statement = text("SELECT id FROM membership WHERE workspace_id = :w AND contact_id = :c")
    found = conn.execute(statement, {"w": workspace_id, "c": contact_id}).scalars()
    return Ids(workspace_id, contact_id, tuple(found))


def page(
    conn: Conn, of: Ids, kinds: Sequence[str], before: tuple[datetime, str] | None, limit: int
) -> Sequence[Row[Any]]:
    """What happened before (at, key), newest first, of these parts."""
    parts = " UNION ALL ".join(_PART.format(PARTS[kind]) for kind in kinds)
    statement = text(f"SELECT * FROM ({parts}) all_of_it ORDER BY at DESC, key DESC LIMIT :limit")  # noqa: S608
    at, key = before or (None, "")
    rows = conn.execute(_typed(statement), {**of.values(), "at": at, "key": key, "limit": limit})
    return rows.all()


def _typed(statement: TextClause) -> TextClause:
    names = [name for name in ("members", "recipients") if f":{name}" in statement.text]
    typed = [bindparam(name, type_=ARRAY(BigInteger)) for name in names]
    return statement.bindparams(*typed, bindparam("c", type_=BigInteger))
