"""Statements of a chain: one member's part in one round, from its schedule to what was posted of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

_PART = text("""
    SELECT p.id, p.round_id, p.team_id, p.membership_id, p.local_date, p.state, p.reason, p.due_at, p.nudge_at,
        p.closes_at, p.answered_at, p.prompt_run_id, p.prompt_seq, p.nudge_run_id, p.nudge_seq,
        t.name AS team, t.zone AS team_zone, t.archived_at, c.id AS contact_id, c.email, c.zone,
        coalesce(nullif(c.name, ''), c.email) AS person, m.left_at, coalesce(m.prompt_at, s.prompt_at) AS prompt_at,
        m.prompt_at IS NOT NULL AS own_hour, coalesce(m.weekdays, s.weekdays) AS weekdays, s.nudge_after, r.questions,
        r.opened_at, r.state AS round_state
    FROM participation p
    JOIN round r ON r.workspace_id = p.workspace_id AND r.id = p.round_id
    JOIN schedule s ON s.workspace_id = p.workspace_id AND s.id = p.schedule_id
    JOIN team t ON t.workspace_id = p.workspace_id AND t.id = p.team_id
    JOIN membership m ON m.workspace_id = p.workspace_id AND m.id = p.membership_id
    JOIN contact c ON c.workspace_id = p.workspace_id AND c.id = m.contact_id
    WHERE p.workspace_id = :w AND p.id = :part
""")


def part(conn: Conn, workspace_id: int, participation_id: int) -> Row[Any] | None:
    """The part with its round, schedule, team and person."""
    return conn.execute(_PART, {"w": workspace_id, "part": participation_id}).one_or_none()


_ANSWERS = text("""
    SELECT a.id, a.source, a.text, a.cut, a.at, a.inbound_id, i.from_address, i.envelope_to, i.received_at, i.parsed,
        i.assigned_by, i.source AS way,
        (SELECT max(h.at) FROM history h WHERE h.workspace_id = a.workspace_id AND h.noun = 'inbound'
            AND h.object_id = a.inbound_id AND h.to_state = 'routed') AS taken_at
    FROM answer a LEFT JOIN inbound i ON i.id = a.inbound_id AND i.workspace_id = a.workspace_id
    WHERE a.workspace_id = :w AND a.participation_id = :part ORDER BY a.id LIMIT 50
""")


def answers(conn: Conn, workspace_id: int, participation_id: int) -> Sequence[Row[Any]]:
    """The answers with the mails they came by, oldest first; `taken_at` is when a mail's words were taken."""
    return conn.execute(_ANSWERS, {"w": workspace_id, "part": participation_id}).all()


_ENTRIES = text("""
    SELECT e.id, e.no, e.answer_id, e.kind, e.text, e.at, e.edited_at, e.removed_at, x.changes
    FROM entry e
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('at', v.at, 'actor', v.actor, 'what', v.what, 'text', v.text)
                         ORDER BY v.id) AS changes
        FROM entry_change v WHERE v.workspace_id = e.workspace_id AND v.entry_id = e.id
    ) x ON true
    WHERE e.workspace_id = :w AND e.answer_id = ANY(cast(:answers AS bigint[])) ORDER BY e.no
""")


def entries(conn: Conn, workspace_id: int, answer_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The entries of these answers in order, removed ones too, with what was changed about each."""
    return conn.execute(_ENTRIES, {"w": workspace_id, "answers": db.numbers(answer_ids)}).all()


# Posts are not found by their answer: the ledger has no such index. They are the channels' rows, by the unique key
# (recipient, run_id), in the runs of the time in which the answers were taken.
_POSTS = text("""
    WITH span AS (
        SELECT (SELECT r.id FROM run r WHERE r.workspace_id = :w AND r.id > :after AND r.made_at >= :since
                ORDER BY r.id LIMIT 1) AS low,
            (SELECT r.id FROM run r WHERE r.workspace_id = :w AND r.id > :after AND r.made_at > :until
             ORDER BY r.id LIMIT 1) AS high
    )
    SELECT h.id AS channel_id, h.name, h.kind, h.state, h.failure, h.made_at, x.run_id, x.seq, x.about,
        (SELECT max(c.made_at) FROM correction c WHERE c.workspace_id = :w AND c.run_id = x.run_id AND c.seq = x.seq)
            AS corrected_at
    FROM channel h CROSS JOIN span
    LEFT JOIN LATERAL (
        SELECT d.run_id, d.seq, d.about FROM delivery d JOIN run r ON r.id = d.run_id
        WHERE d.recipient = h.id AND d.run_id >= span.low AND d.run_id < coalesce(span.high, 9223372036854775807)
            AND d.workspace_id = :w AND d.transport <> 'smtp' AND r.kind = 'post'
            AND d.about = ANY(cast(:answers AS bigint[]))
    ) x ON true
    WHERE h.workspace_id = :w AND h.team_id = :team ORDER BY h.id, x.run_id, x.seq
""")


def posts(
    conn: Conn, workspace_id: int, team_id: int, answer_ids: Sequence[int], after: int, since: datetime, until: datetime
) -> Sequence[Row[Any]]:
    """The team's channels with the posts of these answers, made in runs after `after` from `since` to `until`.

    A channel without one is one row whose run_id is NULL.
    """
    values = {"w": workspace_id, "team": team_id, "answers": db.numbers(answer_ids)}
    return conn.execute(_POSTS, {**values, "after": after, "since": since, "until": until}).all()


def part_of_entry(conn: Conn, workspace_id: int, team_id: int, entry_id: int) -> Row[Any] | None:
    """The part in a round, and the answer, that an entry belongs to."""
    statement = text(
        "SELECT participation_id, answer_id FROM entry WHERE workspace_id = :w AND team_id = :team AND id = :entry"
    )
    return conn.execute(statement, {"w": workspace_id, "team": team_id, "entry": entry_id}).one_or_none()


_OF_DELIVERY = text("""
    SELECT CASE WHEN r.kind IN ('prompt', 'nudge') THEN d.about
        WHEN r.kind = 'post' THEN (SELECT a.participation_id FROM answer a
                                   WHERE a.workspace_id = :w AND a.id = d.about) END AS part_id
    FROM delivery d JOIN run r ON r.id = d.run_id WHERE d.workspace_id = :w AND d.run_id = :run AND d.seq = :seq
""")


def part_of_delivery(conn: Conn, workspace_id: int, run_id: int, seq: int) -> Row[Any] | None:
    """The `part_id` that a delivery belongs to, NULL for other mail; no row without a delivery."""
    return conn.execute(_OF_DELIVERY, {"w": workspace_id, "run": run_id, "seq": seq}).one_or_none()
