"""Statements of one recipient's chain: the campaign they were meant by, their mails of it, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn

_ASKED = text("""
    SELECT k.id, k.name, k.state, k.shape, k.query, k.needs_consent, k.launched_at, k.launched_by, k.deadline_at,
        k.reminder_at, k.reminded_at, k.run_id, d.recipient, d.about AS version_no, v.subject,
        coalesce(nullif(c.name, ''), nullif(c.email, ''), d.address) AS person, d.address, c.id AS contact_id,
        s.name AS segment, k.segment_id, t.name AS topic
    FROM delivery d
    JOIN run r ON r.id = d.run_id AND r.kind = 'campaign'
    JOIN campaign k ON k.workspace_id = r.workspace_id AND k.id = r.campaign_id
    LEFT JOIN campaign_version v ON v.campaign_id = k.id AND v.no = d.about
    LEFT JOIN contact c ON c.workspace_id = d.workspace_id AND c.id = d.recipient
    LEFT JOIN segment s ON s.workspace_id = k.workspace_id AND s.id = k.segment_id
    LEFT JOIN topic t ON t.workspace_id = k.workspace_id AND t.id = k.topic_id
    WHERE d.workspace_id = :w AND d.run_id = :run AND d.seq = :seq
""")


def asked(conn: Conn, workspace_id: int, run_id: int, seq: int) -> Row[Any] | None:
    """The campaign that sent a mail, the version, and the person; None for mail of no campaign."""
    return conn.execute(_ASKED, {"w": workspace_id, "run": run_id, "seq": seq}).one_or_none()


def mails(conn: Conn, workspace_id: int, campaign_id: int, recipient: int) -> Sequence[Any]:
    """(run_id, seq, part) of what a campaign made for a person, oldest first."""
    statement = text("""
        SELECT d.run_id, d.seq, r.part FROM run r JOIN delivery d ON d.run_id = r.id AND d.recipient = :who
        WHERE r.workspace_id = :w AND r.campaign_id = :c AND r.kind = 'campaign' ORDER BY d.run_id LIMIT 20
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "who": recipient}).all()


def replies(conn: Conn, workspace_id: int, campaign_id: int, recipient: int) -> Sequence[Any]:
    """What a person answered to a campaign, oldest first."""
    statement = text("""
        SELECT conversation_id, no, at, kind, subject, body, proof, inbound_id, deleted_at, run_id, seq FROM message
        WHERE workspace_id = :w AND campaign_id = :c AND author_kind = 'contact' AND author_id = :who
        ORDER BY at, no LIMIT 50
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "who": recipient}).all()


def conversations(conn: Conn, workspace_id: int, campaign_id: int, recipient: int) -> Sequence[Any]:
    """The conversations in which a campaign stands with a person: status, messages, who looks after it."""
    statement = text("""
        SELECT v.id, v.status, v.last_no, v.moved_at, t.name AS team, coalesce(nullif(o.name, ''), o.email) AS assignee
        FROM conversation v
        LEFT JOIN team t ON t.workspace_id = v.workspace_id AND t.id = v.team_id
        LEFT JOIN account a ON a.workspace_id = v.workspace_id AND a.id = v.assignee_id
        LEFT JOIN contact o ON o.workspace_id = a.workspace_id AND o.id = a.contact_id
        WHERE v.workspace_id = :w AND v.contact_id = :who AND EXISTS (
            SELECT FROM message g WHERE g.conversation_id = v.id AND g.campaign_id = :c)
        ORDER BY v.id LIMIT 10
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "who": recipient}).all()
