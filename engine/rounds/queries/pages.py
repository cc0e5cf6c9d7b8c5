"""What the team page and a member's own page show. The asker's right to see it is checked by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.rounds.due import Span
from engine.rounds.queries import AWAY_SPANS, with_away


@dataclass(frozen=True, slots=True)
class TodayMember:
    """A member on the team page: settings that show, the next slots, and their newest part that still matters.

    `local_date` to `prompt_seq` are None when nobody asked them yet: the part of their own today, else one whose answer
    window is open. `delivery` to `batch_id` are of its prompt, `run_state` and `run_reason` of the run that carries it.
    `day_off` says why their own today is a day off of the team; None when it is none.
    """

    membership_id: int
    contact_id: int
    name: str
    email: str
    role: str
    zone: str
    paused_at: datetime | None
    paused_by: str | None
    pause_until: date | None
    left_at: datetime | None
    prompt_at: time
    weekdays: int
    next_prompt_at: datetime | None
    next_prompt_day: date | None
    next_digest_at: datetime | None
    next_digest_day: date | None
    day_off: str | None
    participation_id: int | None
    round_id: int | None
    local_date: date | None
    state: str | None
    reason: str | None
    due_at: datetime | None
    closes_at: datetime | None
    answered_at: datetime | None
    prompt_run_id: int | None
    prompt_seq: int | None
    delivery: str | None
    code: str
    reply: str
    lost: str
    batch_id: int | None
    run_state: str | None
    run_reason: str
    away: tuple[Span, ...]


_HERE = "(cast(:now AS timestamptz) AT TIME ZONE coalesce(c.zone, t.zone))::date"
_TODAY = f"""
    SELECT m.id AS membership_id, m.contact_id, c.name, c.email, m.role, coalesce(c.zone, t.zone) AS zone,
        m.paused_at, m.paused_by, m.pause_until, m.left_at, coalesce(m.prompt_at, s.prompt_at) AS prompt_at,
        coalesce(m.weekdays, s.weekdays) AS weekdays, m.next_prompt_at, m.next_prompt_day, m.next_digest_at,
        m.next_digest_day, o.reason AS day_off,
        p.id AS participation_id, p.round_id, p.local_date, p.state, p.reason, p.due_at, p.closes_at, p.answered_at,
        p.prompt_run_id, p.prompt_seq, d.state AS delivery, coalesce(d.code, '') AS code,
        coalesce(d.reply, '') AS reply, coalesce(d.reason, '') AS lost, d.batch_id, r.state AS run_state,
        coalesce(r.reason, '') AS run_reason, aw.first AS away_first, aw.last AS away_last
    FROM membership m
    JOIN team t ON t.id = m.team_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN contact c ON c.id = m.contact_id
    LEFT JOIN day_off o ON o.team_id = m.team_id AND o.day = {_HERE}
    LEFT JOIN LATERAL (
        SELECT p.* FROM participation p
        WHERE p.membership_id = m.id AND (p.closes_at > :now OR p.local_date = {_HERE})
        ORDER BY p.local_date DESC LIMIT 1
    ) p ON true
    LEFT JOIN delivery d ON d.run_id = p.prompt_run_id AND d.seq = p.prompt_seq
    LEFT JOIN run r ON r.id = p.prompt_run_id
    {AWAY_SPANS.format(day=_HERE)}
    WHERE m.workspace_id = :workspace_id AND m.team_id = :team_id AND {{which}}
    ORDER BY lower(coalesce(nullif(c.name, ''), c.email)), m.id
"""  # noqa: S608  # fixed pieces only
_ALL_TODAY = text(_TODAY.format(which="m.left_at IS NULL"))
_ONE_TODAY = text(_TODAY.format(which="m.id = :membership_id"))


def team_today(conn: Conn, workspace_id: int, team_id: int, now: datetime) -> list[TodayMember]:
    """The members of a team, by name, each with where they stand today."""
    found = conn.execute(_ALL_TODAY, {"workspace_id": workspace_id, "team_id": team_id, "now": now})
    return [TodayMember(**with_away(row)) for row in found]


def member_today(conn: Conn, workspace_id: int, team_id: int, membership_id: int, now: datetime) -> TodayMember | None:
    """Where one member stands today, ended or not; None when there is none in this team."""
    values = {"workspace_id": workspace_id, "team_id": team_id, "membership_id": membership_id, "now": now}
    row = conn.execute(_ONE_TODAY, values).one_or_none()
    return TodayMember(**with_away(row)) if row else None


_ROUNDS = text("""
    SELECT r.id AS round_id, r.local_date, r.state AS round_state, r.questions, p.id AS participation_id,
        p.membership_id, coalesce(nullif(c.name, ''), c.email) AS name, coalesce(c.zone, t.zone) AS zone, p.state,
        p.reason, p.due_at, p.closes_at, p.answered_at, p.prompt_run_id, p.prompt_seq, d.state AS delivery
    FROM round r
    JOIN team t ON t.id = r.team_id
    JOIN participation p ON p.round_id = r.id
    JOIN membership m ON m.id = p.membership_id
    JOIN contact c ON c.id = m.contact_id
    LEFT JOIN delivery d ON d.run_id = p.prompt_run_id AND d.seq = p.prompt_seq
    WHERE r.workspace_id = :workspace_id AND r.team_id = :team_id AND r.state = 'open'
    ORDER BY r.local_date DESC, lower(coalesce(nullif(c.name, ''), c.email)), p.id
""")


def open_rounds(conn: Conn, workspace_id: int, team_id: int) -> list[Row[Any]]:
    """The parts in the rounds of a team that are open, newest date first, then by name; zones far apart have two."""
    return list(conn.execute(_ROUNDS, {"workspace_id": workspace_id, "team_id": team_id}))


# By the round too: that is what has an index, and a round has few entries.
_HISTORY = text("""
    SELECT p.id, p.round_id, p.local_date, p.state, p.reason, p.due_at, p.closes_at, p.answered_at, r.questions,
        p.prompt_run_id, p.prompt_seq, d.state AS delivery,
        (SELECT array_agg(e.text ORDER BY e.no) FROM entry e
         WHERE e.round_id = p.round_id AND e.participation_id = p.id AND e.removed_at IS NULL) AS texts
    FROM participation p
    JOIN round r ON r.id = p.round_id
    LEFT JOIN delivery d ON d.run_id = p.prompt_run_id AND d.seq = p.prompt_seq
    WHERE p.workspace_id = :workspace_id AND p.membership_id = :membership_id
    ORDER BY p.local_date DESC LIMIT :most
""")


def member_history(conn: Conn, workspace_id: int, membership_id: int, most: int = 14) -> list[Row[Any]]:
    """A member's newest parts with what they wrote (`texts`, None when nothing), newest first."""
    values = {"workspace_id": workspace_id, "membership_id": membership_id, "most": most}
    return list(conn.execute(_HISTORY, values))


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """A member's own page: own hours (None takes the team's, which stand beside them) and how they stand."""

    membership_id: int
    workspace_id: int
    workspace: str
    team_id: int
    team: str
    contact_id: int
    name: str
    email: str
    role: str
    zone: str
    own_zone: str | None
    team_zone: str
    prompt_at: time | None
    digest_at: time | None
    weekdays: int | None
    team_prompt_at: time
    team_digest_at: time
    team_weekdays: int
    questions: Sequence[str]
    paused_at: datetime | None
    paused_by: str | None
    pause_until: date | None
    left_at: datetime | None
    next_prompt_at: datetime | None
    next_prompt_day: date | None
    next_digest_at: datetime | None
    team_active: bool
    receipt: str | None
    team_receipt: str


_OWN = text("""
    SELECT m.id AS membership_id, m.workspace_id, w.name AS workspace, m.team_id, t.name AS team, m.contact_id, c.name,
        c.email, m.role, coalesce(c.zone, t.zone) AS zone, c.zone AS own_zone, t.zone AS team_zone, m.prompt_at,
        m.digest_at, m.weekdays, s.prompt_at AS team_prompt_at, s.digest_at AS team_digest_at,
        s.weekdays AS team_weekdays, s.questions, m.paused_at, m.paused_by, m.pause_until, m.left_at,
        m.next_prompt_at, m.next_prompt_day, m.next_digest_at, s.active AS team_active,
        m.receipt, s.receipt AS team_receipt
    FROM membership m
    JOIN workspace w ON w.id = m.workspace_id
    JOIN team t ON t.id = m.team_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN contact c ON c.id = m.contact_id
    WHERE m.workspace_id = :workspace_id AND m.id = :membership_id
""")


def own_settings(conn: Conn, workspace_id: int, membership_id: int) -> OwnSettings | None:
    """A membership's settings, ended or not; None when there is none."""
    row = conn.execute(_OWN, {"workspace_id": workspace_id, "membership_id": membership_id}).one_or_none()
    return OwnSettings(**row._mapping) if row else None
