"""Statements of the sweeps that carry a participation on: asked, reminded, missed; and close its round.

Each first locks what it found and skips what somebody else holds, so that two schedulers, or a reply that arrives at
the same instant, never wait for one another; engine.move then checks the state again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from engine.db import Conn
from engine.rounds.queries import AWAY, PAUSED
from engine.states import PARTICIPATION

ACCEPTED = "('sent', 'delivered', 'complained')"  # the mail was taken over by the receiver
MOST = 100_000


def _sources(trigger: str) -> str:
    return ", ".join(f"'{state}'" for state in PARTICIPATION.move(trigger).sources)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A participation to remind somebody of."""

    id: int
    workspace_id: int
    membership_id: int
    address: str
    closes_at: datetime


# One look into the primary key for each open question, which OFFSET 0 insists on: what a tick costs must not grow with
# the ledger. Joined, with a plan kept from an empty one, it took half a core while 500,000 mails were under way.
_PROMPT = """JOIN LATERAL (
        SELECT state FROM delivery WHERE run_id = p.prompt_run_id AND seq = p.prompt_seq OFFSET 0
    ) d ON true"""

ACCEPTED_PROMPTS = text(f"""
    SELECT p.id FROM participation p
    {_PROMPT}
    WHERE p.state IN ({_sources("ask")}) AND d.state IN {ACCEPTED}
    LIMIT {MOST} FOR UPDATE OF p SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def accepted_prompts(conn: Conn) -> list[int]:
    """Participations that are due and whose prompt the receiver has accepted."""
    return list(conn.scalars(ACCEPTED_PROMPTS))


# Only the newest open question of a person is worth a nudge, and only one whose prompt may have reached them.
_NUDGE = text(f"""
    SELECT p.id, p.workspace_id, p.membership_id, c.email AS address, p.closes_at
    FROM participation p
    JOIN membership m ON m.id = p.membership_id
    JOIN contact c ON c.id = m.contact_id
    {_PROMPT}
    WHERE p.state IN ({_sources("remind")}) AND p.nudge_at <= :now AND p.closes_at > :now
        AND m.left_at IS NULL AND NOT {PAUSED.format(day="p.local_date")} AND NOT {AWAY.format(day="p.local_date")}
        AND d.state IN ('sent', 'delivered', 'in_doubt')
        AND NOT EXISTS (SELECT 1 FROM participation n WHERE n.membership_id = p.membership_id
                        AND n.schedule_id = p.schedule_id AND n.local_date > p.local_date)
    ORDER BY p.nudge_at, p.id
    LIMIT {MOST} FOR UPDATE OF p SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def unanswered(conn: Conn, now: datetime) -> list[Unanswered]:
    """Participations without an answer whose nudge is due and whose answer window is open."""
    return [Unanswered(**row._mapping) for row in conn.execute(_NUDGE, {"now": now})]


_NUDGED = text("""
    UPDATE participation p SET nudge_run_id = u.run_id, nudge_seq = u.seq
    FROM unnest(cast(:about AS bigint[]), cast(:run_id AS bigint[]), cast(:seq AS bigint[])) AS u(about, run_id, seq)
    WHERE p.id = u.about
""")


def write_nudges(conn: Conn, about: list[int], run_id: list[int], seq: list[int]) -> None:
    """Note at each participation which delivery is its nudge."""
    conn.execute(_NUDGED, {"about": about, "run_id": run_id, "seq": seq})


_OVERDUE = text(f"""
    SELECT id FROM participation WHERE state IN ({_sources("miss")}) AND closes_at <= :now
    ORDER BY closes_at LIMIT {MOST} FOR UPDATE SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def overdue(conn: Conn, now: datetime) -> list[int]:
    """Participations whose answer window is over without an answer."""
    return list(conn.scalars(_OVERDUE, {"now": now}))


# A date is over everywhere when it is over twelve hours west of UTC; a slot still to be made up keeps its round open.
_FINISHED = text(f"""
    SELECT r.id FROM round r
    WHERE r.state = 'open' AND cast(:now AS timestamptz) AT TIME ZONE 'UTC' >= r.local_date + interval '36 hours'
        AND NOT EXISTS (SELECT 1 FROM participation p WHERE p.round_id = r.id AND p.state IN ({_sources("miss")}))
        AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.team_id = r.team_id AND m.next_prompt_day <= r.local_date
                        AND m.left_at IS NULL)
    LIMIT {MOST} FOR UPDATE SKIP LOCKED
""")  # noqa: S608  # fixed pieces only


def finished_rounds(conn: Conn, now: datetime) -> list[int]:
    """Open rounds in which every part is settled and nobody can still be asked."""
    return list(conn.scalars(_FINISHED, {"now": now}))
