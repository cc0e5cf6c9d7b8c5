"""Rounds, each member's part in them, answers, entries and digests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from tests.factories.people import Member, Team
from tests.factories.rows import NOON, row

TODAY = NOON.date()


def round_of(conn: Conn, team: Team, local_date: date = TODAY, *, opened_at: datetime = NOON, **values: Any) -> int:
    """The team's round of one local date; its id."""
    found = select(m.Schedule.questions).where(m.Schedule.id == team.schedule_id)
    questions = values.pop("questions", None) or conn.execute(found).scalar_one()
    made = {"workspace_id": team.workspace_id, "schedule_id": team.schedule_id, "team_id": team.id}
    return row(conn, m.Round, **made, local_date=local_date, questions=questions, opened_at=opened_at, **values)


def participation(
    conn: Conn,
    round_id: int,
    who: Member,
    *,
    state: str = "asked",
    due_at: datetime = NOON,
    closes_at: datetime | None = None,
    **values: Any,
) -> int:
    """A member's part in a round; `values` are further columns (nudge_at, prompt_run_id, reason …). Its id."""
    about = conn.execute(select(m.Round).where(m.Round.id == round_id)).one()
    made = {
        "workspace_id": who.workspace_id,
        "round_id": round_id,
        "schedule_id": about.schedule_id,
        "team_id": about.team_id,
        "membership_id": who.id,
        "local_date": about.local_date,
        "state": state,
        "due_at": due_at,
        "closes_at": closes_at or due_at + timedelta(hours=15),
    }
    return row(conn, m.Participation, **made, **values)


def answer(
    conn: Conn,
    participation_id: int,
    text: str = "Fixed the build.",
    *,
    source: str = "web",
    at: datetime = NOON,
    **values: Any,
) -> int:
    """What somebody wrote for a participation (its state is left alone); the answer's id."""
    part = conn.execute(select(m.Participation).where(m.Participation.id == participation_id)).one()
    made = {"workspace_id": part.workspace_id, "participation_id": part.id, "membership_id": part.membership_id}
    return row(conn, m.Answer, **made, source=source, text=text, at=at, **values)


def entry(
    conn: Conn,
    participation_id: int,
    text: str = "Fixed the build.",
    *,
    answer_id: int | None = None,
    at: datetime = NOON,
    **values: Any,
) -> int:
    """One entry, numbered after the team's last; makes an answer of the same text unless given one. Its id."""
    part = conn.execute(select(m.Participation).where(m.Participation.id == participation_id)).one()
    answer_id = answer_id or answer(conn, participation_id, text, at=at)
    counted = update(m.Team).where(m.Team.id == part.team_id).values(entry_no=m.Team.entry_no + 1)
    no = conn.execute(counted.returning(m.Team.entry_no)).scalar_one()
    made = {
        "workspace_id": part.workspace_id,
        "team_id": part.team_id,
        "no": no,
        "round_id": part.round_id,
        "participation_id": part.id,
        "membership_id": part.membership_id,
        "answer_id": answer_id,
    }
    return row(conn, m.Entry, **made, text=text, at=at, **values)


def digest(
    conn: Conn, who: Member, local_date: date, since_no: int, until_no: int, *, made_at: datetime = NOON, **values: Any
) -> int:
    """A digest of a member on their local date; `values`: run_id, seq, since_at. Its id."""
    made = {"workspace_id": who.workspace_id, "team_id": who.team_id, "membership_id": who.id}
    numbers = {"since_no": since_no, "until_no": until_no}
    return row(conn, m.Digest, **made, **numbers, local_date=local_date, made_at=made_at, **values)


def comment(
    conn: Conn, who: Member, entry_id: int | None, text: str = "Well done.", *, day: date, at: datetime = NOON,
    **values: Any,
) -> int:  # fmt: skip
    """What a member wrote about an entry, or (None) about a day, which then has the team's next number. Its id."""
    if entry_id is None:
        counted = update(m.Team).where(m.Team.id == who.team_id).values(entry_no=m.Team.entry_no + 1)
        values["no"] = conn.execute(counted.returning(m.Team.entry_no)).scalar_one()
    made = {"workspace_id": who.workspace_id, "team_id": who.team_id, "membership_id": who.id, "entry_id": entry_id}
    return row(conn, m.Comment, **made, local_date=day, text=text, at=at, **values)
