"""Statements of the story `open`: whose hour has come, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import text

from engine.db import Conn
from engine.rounds.due import Slot, Span
from engine.rounds.queries import ASKABLE, AWAY, FREE_SPANS, OFF, PAUSED, columns, with_away

MOST = 100_000  # members one tick takes; the next tick, a second later, takes the rest


@dataclass(frozen=True, slots=True)
class DuePrompt:
    """A member whose prompt hour came.

    `asked` is False for somebody who never is (an observer, an archived team); `made` is True when this date's slot
    is there already; `reason` (away, paused, day off) says why this date's question is not sent.
    """

    membership_id: int
    workspace_id: int
    schedule_id: int
    address: str
    zone: str
    at: time
    weekdays: int
    due_at: datetime
    local_date: date
    closes_at: datetime
    asked: bool
    made: bool
    reason: str
    away: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class NewPart:
    """A participation to be made: its id, drawn ahead, and the delivery that is its prompt, if it has one."""

    id: int
    membership_id: int
    reason: str
    run_id: int | None
    seq: int | None


_DUE = text(f"""
    SELECT m.id AS membership_id, m.workspace_id, s.id AS schedule_id, c.email AS address,
        coalesce(c.zone, t.zone) AS zone, coalesce(m.prompt_at, s.prompt_at) AS at,
        coalesce(m.weekdays, s.weekdays) AS weekdays, m.next_prompt_at AS due_at, m.next_prompt_day AS local_date,
        m.next_prompt_at + make_interval(mins => s.answer_window) AS closes_at,
        {ASKABLE} AND m.role <> 'observer' AS asked,
        EXISTS (SELECT 1 FROM participation p WHERE p.schedule_id = s.id AND p.membership_id = m.id
                AND p.local_date = m.next_prompt_day) AS made,
        CASE WHEN {PAUSED.format(day="m.next_prompt_day")} THEN 'paused'
             WHEN {AWAY.format(day="m.next_prompt_day")} THEN 'away'
             WHEN {OFF.format(day="m.next_prompt_day")} THEN 'day off' ELSE '' END AS reason,
        aw.first AS away_first, aw.last AS away_last
    FROM membership m
    JOIN team t ON t.id = m.team_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN contact c ON c.id = m.contact_id
    {FREE_SPANS.format(day="m.next_prompt_day")}
    WHERE m.next_prompt_at <= :now
    ORDER BY m.next_prompt_at, m.id
    LIMIT :most
    FOR UPDATE OF m SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def due_prompts(conn: Conn, now: datetime, most: int = MOST) -> list[DuePrompt]:
    """Members whose prompt hour has come, of all workspaces, locked; those another scheduler holds are left to it."""
    return [DuePrompt(**with_away(row)) for row in conn.execute(_DUE, {"now": now, "most": most})]


# Sorted, so that two schedulers which open the same rounds wait for each other in one order and never in a ring.
_ROUNDS = text("""
    INSERT INTO round (workspace_id, schedule_id, team_id, local_date, questions, opened_at)
    SELECT s.workspace_id, s.id, s.team_id, d.local_date, s.questions, :now
    FROM unnest(cast(:schedules AS bigint[]), cast(:dates AS date[])) AS d(schedule_id, local_date)
    JOIN schedule s ON s.id = d.schedule_id
    ORDER BY s.id, d.local_date
    ON CONFLICT (schedule_id, local_date) DO NOTHING
    RETURNING id
""")


def insert_rounds(conn: Conn, due: Sequence[DuePrompt], now: datetime) -> list[int]:
    """Open the rounds these slots belong to, with the questions of this moment; the ids of those that are new."""
    keys = sorted({(slot.schedule_id, slot.local_date) for slot in due})
    values = {"schedules": [schedule for schedule, _ in keys], "dates": [day for _, day in keys], "now": now}
    return list(conn.scalars(_ROUNDS, values))


def new_part_ids(conn: Conn, count: int) -> list[int]:
    """Ids for participations to be made, drawn ahead: a prompt is planned about one before its row is written, once.

    Writing the prompt's delivery into the row afterwards took 2.1 s for 40,000 members, of 8.2 s in all.
    """
    drawn = text("SELECT nextval(pg_get_serial_sequence('participation', 'id')) FROM generate_series(1, :count)")
    return list(conn.scalars(drawn, {"count": count}))


# When it is due is read from the membership again, which this tick has locked: five arrays instead of nine, whose
# text form cost 0.5 s for 40,000 members.
_PARTS = text("""
    INSERT INTO participation (id, workspace_id, round_id, schedule_id, team_id, membership_id, local_date, reason,
                               due_at, closes_at, nudge_at, prompt_run_id, prompt_seq)
    SELECT d.id, r.workspace_id, r.id, r.schedule_id, r.team_id, m.id, r.local_date, d.reason, m.next_prompt_at,
        m.next_prompt_at + make_interval(mins => s.answer_window),
        CASE WHEN s.nudge_after < s.answer_window THEN m.next_prompt_at + make_interval(mins => s.nudge_after) END,
        d.run_id, d.seq
    FROM unnest(cast(:id AS bigint[]), cast(:membership_id AS bigint[]), cast(:reason AS text[]),
                cast(:run_id AS bigint[]), cast(:seq AS bigint[])) AS d(id, membership_id, reason, run_id, seq)
    JOIN membership m ON m.id = d.membership_id
    JOIN schedule s ON s.team_id = m.team_id
    JOIN round r ON r.schedule_id = s.id AND r.local_date = m.next_prompt_day
    ORDER BY d.id
    ON CONFLICT (schedule_id, membership_id, local_date) DO NOTHING
""")


def insert_parts(conn: Conn, parts: Sequence[NewPart]) -> None:
    """Make the slots; one that another scheduler has just made stays as it is, so that nobody is asked twice.

    That is somebody away, whom the other excused when it opened their round: a member who is asked has their row
    locked by this tick, and whoever else makes slots or away days locks it first. Should a prompt be planned about a
    slot that was not made all the same, it finds no content and is listed as failed.
    """
    conn.execute(_PARTS, columns(parts, "id", "membership_id", "reason", "run_id", "seq"))


_REST = text(f"""
    INSERT INTO participation (workspace_id, round_id, schedule_id, team_id, membership_id, local_date, reason,
                               due_at, closes_at)
    SELECT r.workspace_id, r.id, r.schedule_id, r.team_id, m.id, r.local_date,
        CASE WHEN {PAUSED.format(day="r.local_date")} THEN 'paused' ELSE 'away' END, r.opened_at, r.opened_at
    FROM round r
    JOIN schedule s ON s.id = r.schedule_id
    JOIN membership m ON m.team_id = r.team_id
    WHERE r.id = ANY(cast(:rounds AS bigint[])) AND m.left_at IS NULL AND m.role <> 'observer'
        AND coalesce(m.weekdays, s.weekdays) >> (extract(isodow FROM r.local_date)::int - 1) & 1 = 1
        AND ({PAUSED.format(day="r.local_date")} OR {AWAY.format(day="r.local_date")})
    ORDER BY r.schedule_id, r.local_date, m.id
    ON CONFLICT (schedule_id, membership_id, local_date) DO NOTHING
    RETURNING id
""")  # noqa: S608  # fixed pieces only


def insert_excused(conn: Conn, opened: Sequence[int]) -> list[int]:
    """Slots for the members of newly opened rounds who are away or paused on that date and will not be asked."""
    return list(conn.scalars(_REST, {"rounds": list(opened)})) if opened else []


# A pause that was over on the day just made is cleared with it: nobody has to undo a pause that had a date.
_ADVANCE = """
    UPDATE membership m SET next_{kind}_at = u.at, next_{kind}_day = u.day,
        paused_at = CASE WHEN m.pause_until <= m.next_{kind}_day THEN NULL ELSE m.paused_at END,
        paused_by = CASE WHEN m.pause_until <= m.next_{kind}_day THEN NULL ELSE m.paused_by END,
        pause_until = CASE WHEN m.pause_until <= m.next_{kind}_day THEN NULL ELSE m.pause_until END
    FROM unnest(cast(:membership_id AS bigint[]), cast(:at AS timestamptz[]), cast(:day AS date[]))
        AS u(membership_id, at, day)
    WHERE m.id = u.membership_id
"""
_ADVANCE_PROMPTS = text(_ADVANCE.format(kind="prompt"))
_ADVANCE_DIGESTS = text(_ADVANCE.format(kind="digest"))


def _slots(memberships: Sequence[int], slots: Sequence[Slot | None]) -> dict[str, object]:
    return {
        "membership_id": list(memberships),
        "at": [slot and slot.instant for slot in slots],
        "day": [slot and slot.local_date for slot in slots],
    }


def advance_prompts(conn: Conn, memberships: Sequence[int], slots: Sequence[Slot | None]) -> None:
    """Write each member's next prompt slot."""
    conn.execute(_ADVANCE_PROMPTS, _slots(memberships, slots))


def advance_digests(conn: Conn, memberships: Sequence[int], slots: Sequence[Slot | None]) -> None:
    """Write each member's next digest slot."""
    conn.execute(_ADVANCE_DIGESTS, _slots(memberships, slots))
