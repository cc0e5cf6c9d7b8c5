"""What a member's own pages show and change: today's part, what they wrote, their calendar, their days away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select, text

from engine import models as m
from engine.db import Conn
from engine.rounds.due import Span

# ---- what was asked and written -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A member's part in a round."""

    id: int
    round_id: int
    local_date: date
    state: str
    reason: str
    closes_at: datetime
    questions: Sequence[str]


_PART = select(
    m.Participation.id, m.Participation.round_id, m.Participation.local_date, m.Participation.state,
    m.Participation.reason, m.Participation.closes_at, m.Round.questions,
).join(m.Round, m.Round.id == m.Participation.round_id)  # fmt: skip


def part_now(conn: Conn, workspace_id: int, membership_id: int, today: date, now: datetime) -> Asked | None:
    """The newest part that is of `today` or can still be answered."""
    p = m.Participation
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id)
    found = _PART.where(mine, or_(p.local_date == today, p.closes_at > now)).order_by(p.local_date.desc()).limit(1)
    row = conn.execute(found).one_or_none()
    return Asked(*row) if row else None


def part(conn: Conn, workspace_id: int, membership_id: int, participation_id: int) -> Asked | None:
    """A part of this member by its id."""
    p = m.Participation
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id, p.id == participation_id)
    row = conn.execute(_PART.where(mine)).one_or_none()
    return Asked(*row) if row else None


def history(
    conn: Conn, workspace_id: int, membership_id: int, words: Sequence[str], before: date | None, days: int
) -> list[Asked]:
    """A member's parts before that date, newest first; with `words` those with an entry that has all of them."""
    p = m.Participation
    found = _PART.where(p.workspace_id == workspace_id, p.membership_id == membership_id)
    if before is not None:
        found = found.where(p.local_date < before)
    if words:
        e = m.Entry
        has = select(e.participation_id).where(e.workspace_id == workspace_id, e.membership_id == membership_id)
        has = has.where(e.removed_at.is_(None), *(e.text.icontains(word, autoescape=True) for word in words))
        found = found.where(p.id.in_(has))
    return [Asked(*row) for row in conn.execute(found.order_by(p.local_date.desc()).limit(days))]


@dataclass(frozen=True, slots=True)
class Own:
    """An entry of the member. `by_me`: of a removed one, whether they removed it themselves."""

    id: int
    participation_id: int
    question: int | None
    text: str
    at: datetime
    edited_at: datetime | None
    removed_at: datetime | None
    by_me: bool


_SAID = """
    SELECT e.id, e.participation_id, e.question, e.text, e.at, e.edited_at, e.removed_at,
        e.removed_at IS NOT NULL AND coalesce((
            SELECT c.actor = 'membership:' || e.membership_id OR c.actor IN (
                SELECT 'account:' || a.id FROM account a JOIN membership w ON w.contact_id = a.contact_id
                WHERE w.id = e.membership_id)
            FROM entry_change c
            WHERE c.workspace_id = e.workspace_id AND c.entry_id = e.id AND c.what = 'removed'
            ORDER BY c.id DESC LIMIT 1), false) AS by_me
    FROM entry e
    WHERE e.workspace_id = :w AND e.membership_id = :m AND {which}
    ORDER BY e.question NULLS LAST, e.no
"""  # fixed pieces only
_OF_PARTS = text(_SAID.format(
    which="e.participation_id = ANY(cast(:parts AS bigint[])) AND (:removed OR e.removed_at IS NULL)"
))  # fmt: skip
_OF_ANSWER = text(_SAID.format(which="e.answer_id = :answer"))


def said(
    conn: Conn, workspace_id: int, membership_id: int, parts: Sequence[int], removed: bool = False
) -> dict[int, list[Own]]:
    """What this member wrote in these parts, by part and in order; the removed ones too when asked for."""
    values = {"w": workspace_id, "m": membership_id, "parts": list(parts), "removed": removed}
    found: dict[int, list[Own]] = {}
    for row in conn.execute(_OF_PARTS, values):
        found.setdefault(row.participation_id, []).append(Own(*row))
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of the member: what they wrote, and what the parser left out of it."""

    id: int
    participation_id: int
    source: str
    text: str
    cut: str
    at: datetime


def answer(conn: Conn, workspace_id: int, membership_id: int, answer_id: int) -> Given | None:
    """An answer of this member by its id."""
    a = m.Answer
    mine = and_(a.workspace_id == workspace_id, a.membership_id == membership_id, a.id == answer_id)
    row = conn.execute(select(a.id, a.participation_id, a.source, a.text, a.cut, a.at).where(mine)).one_or_none()
    return Given(*row) if row else None


def said_in(conn: Conn, workspace_id: int, membership_id: int, answer_id: int) -> list[Own]:
    """What was recorded of an answer, in order, with what was removed."""
    return [Own(*row) for row in conn.execute(_OF_ANSWER, {"w": workspace_id, "m": membership_id, "answer": answer_id})]


# ---- the calendar ---------------------------------------------------------------------------------------------------


def states(conn: Conn, workspace_id: int, membership_id: int, first: date, last: date) -> dict[date, str]:
    """How each part of these days stands; an excused one by its reason."""
    p = m.Participation
    mine = and_(p.workspace_id == workspace_id, p.membership_id == membership_id)
    found = select(p.local_date, p.state, p.reason).where(mine, p.local_date.between(first, last))
    return {day: reason if state == "excused" and reason else state for day, state, reason in conn.execute(found)}


def away_between(conn: Conn, workspace_id: int, contact_id: int, first: date, last: date) -> list[Span]:
    """The spans away that touch these days."""
    a = m.Away
    mine = and_(a.workspace_id == workspace_id, a.contact_id == contact_id)
    found = select(a.first_day, a.last_day).where(mine, a.first_day <= last, a.last_day >= first)
    return [(row.first_day, row.last_day) for row in conn.execute(found.order_by(a.first_day, a.id))]


# ---- changes --------------------------------------------------------------------------------------------------------

_JOIN = text("""
    WITH touched AS (
        DELETE FROM away WHERE workspace_id = :w AND contact_id = :c
            AND first_day <= cast(:day AS date) + 1 AND last_day >= cast(:day AS date) - 1
        RETURNING first_day, last_day
    )
    INSERT INTO away (workspace_id, contact_id, first_day, last_day)
    SELECT :w, :c, least(min(first_day), :day), greatest(max(last_day), :day) FROM touched
""")
_CUT = text("""
    WITH cut AS (
        DELETE FROM away WHERE workspace_id = :w AND contact_id = :c
            AND cast(:day AS date) BETWEEN first_day AND last_day
        RETURNING first_day, last_day
    )
    INSERT INTO away (workspace_id, contact_id, first_day, last_day)
    SELECT :w, :c, first_day, cast(:day AS date) - 1 FROM cut WHERE first_day < :day
    UNION SELECT :w, :c, cast(:day AS date) + 1, last_day FROM cut WHERE last_day > :day
""")


def join_away(conn: Conn, workspace_id: int, contact_id: int, day: date) -> None:
    """Make one span of `day` and of all that touch it."""
    conn.execute(_JOIN, {"w": workspace_id, "c": contact_id, "day": day})


def cut_away(conn: Conn, workspace_id: int, contact_id: int, day: date) -> None:
    """Take `day` out of every span; what lies before and after it stays."""
    conn.execute(_CUT, {"w": workspace_id, "c": contact_id, "day": day})


_LEFT_ALONE = text("""
    SELECT (SELECT a.act FROM act a
            WHERE a.workspace_id = m.workspace_id AND a.noun = 'membership' AND a.object_id = m.id
                AND a.at >= m.left_at AND a.act IN ('left_team', 'removed_member')
            ORDER BY a.id DESC LIMIT 1) = 'left_team'
    FROM membership m JOIN team t ON t.id = m.team_id
    WHERE m.workspace_id = :w AND m.id = :m AND m.left_at >= :since AND t.archived_at IS NULL
""")


def left_alone(conn: Conn, workspace_id: int, membership_id: int, since: datetime) -> bool:
    """Whether this membership ended after `since` by the person's own act, as the record of acts has it."""
    values = {"w": workspace_id, "m": membership_id, "since": since}
    return bool(conn.execute(_LEFT_ALONE, values).scalar_one_or_none())


def is_member(conn: Conn, workspace_id: int, membership_id: int) -> bool:
    """Whether the membership goes on."""
    of = m.Membership
    going_on = and_(of.workspace_id == workspace_id, of.id == membership_id, of.left_at.is_(None))
    return conn.execute(select(of.id).where(going_on)).scalar_one_or_none() is not None


def rejoin(conn: Conn, workspace_id: int, membership_id: int) -> None:
    """Let a membership that had ended go on as it was."""
    conn.execute(
        text("UPDATE membership SET left_at = NULL WHERE workspace_id = :w AND id = :m"),
        {"w": workspace_id, "m": membership_id},
    )
