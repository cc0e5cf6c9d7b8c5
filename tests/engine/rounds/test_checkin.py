"""The sweeps on a real PostgreSQL: asked, reminded, missed, and the round that closes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from engine import models as m
from engine.db import Conn
from engine.outbound.drafts import Row
from engine.rounds.checkin import close_due, nudge_due, nudge_mails, prompt_mails, settle_asked
from engine.rounds.open import open_due
from tests import factories as make

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
TODAY = SIX.date()
EIGHT, NINE_AM = SIX + timedelta(hours=2), SIX + timedelta(hours=15)


def asked_team(conn: Conn, *names: str, **schedule: Any) -> tuple[make.Team, list[make.Member]]:
    """A team whose members' prompts were planned and accepted at six."""
    team = make.team(conn, make.workspace(conn), name="Platform", **schedule)
    people = [make.member(conn, team, n, next_prompt_at=SIX, next_prompt_day=TODAY) for n in names]
    open_due(conn, SIX)
    for run_id in conn.scalars(select(m.Run.id)).all():
        make.settle(conn, run_id, "sent", at=SIX)
    return team, people


def states(conn: Conn) -> dict[int, str]:
    found = conn.execute(select(m.Participation.membership_id, m.Participation.state))
    return {row.membership_id: row.state for row in found}


def rows_of(conn: Conn, kind: str) -> list[Row]:
    d = m.Delivery
    found = conn.execute(select(d).join(m.Run, m.Run.id == d.run_id).where(m.Run.kind == kind).order_by(d.seq))
    return [
        Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until) for r in found
    ]


@pytest.mark.parametrize(
    ("delivery", "state"), [("sent", "asked"), ("delivered", "asked"), ("queued", "due"), ("bounced", "due")]
)
def test_a_part_is_asked_when_its_prompt_was_accepted_and_not_before(conn: Conn, delivery: str, state: str) -> None:
    _, (ann,) = asked_team(conn, "Ann")
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), delivery)

    settle_asked(conn, SIX)

    assert states(conn) == {ann.id: state}


def test_who_has_not_answered_is_reminded_once_in_one_run_for_all_teams(conn: Conn) -> None:
    _, (ann, bob) = asked_team(conn, "Ann", "Bob", nudge_after=120)
    conn.execute(update(m.Participation).where(m.Participation.membership_id == bob.id).values(state="answered"))
    settle_asked(conn, SIX)

    assert not nudge_due(conn, EIGHT - timedelta(seconds=1))
    follow_up = nudge_due(conn, EIGHT)
    assert not nudge_due(conn, EIGHT + timedelta(minutes=1))

    (row,) = rows_of(conn, "nudge")
    part = conn.execute(select(m.Participation).where(m.Participation.membership_id == ann.id)).one()
    assert states(conn) == {ann.id: "reminded", bob.id: "answered"}
    assert (row.recipient, row.about, row.address, row.useful_until) == (ann.id, part.id, ann.email, NINE_AM)
    assert (part.nudge_run_id, part.nudge_seq) == (row.run_id, row.seq)
    assert len(follow_up.batches) == 1


@pytest.mark.parametrize("why", ["left", "paused", "away", "prompt never sent", "window over"])
def test_nobody_is_nudged_for_nothing(conn: Conn, why: str) -> None:
    _, (ann,) = asked_team(conn, "Ann")
    member = update(m.Membership).where(m.Membership.id == ann.id)
    if why == "left":
        conn.execute(member.values(left_at=SIX))
    elif why == "paused":
        conn.execute(member.values(paused_at=SIX, paused_by="person"))
    elif why == "away":
        make.away(conn, ann, TODAY, TODAY)
    elif why == "prompt never sent":
        make.settle(conn, conn.scalars(select(m.Run.id)).one(), "queued")

    assert not nudge_due(conn, NINE_AM if why == "window over" else EIGHT)
    assert rows_of(conn, "nudge") == []


def test_only_the_newest_of_two_open_questions_is_nudged(conn: Conn) -> None:
    asked_team(conn, "Ann", answer_window=4000)
    open_due(conn, SIX + timedelta(days=1))
    for run_id in conn.scalars(select(m.Run.id)).all():
        make.settle(conn, run_id, "sent", at=SIX)

    nudge_due(conn, EIGHT + timedelta(days=1))

    (row,) = rows_of(conn, "nudge")
    assert conn.scalar(select(m.Participation.local_date).where(m.Participation.id == row.about)) == date(2026, 3, 5)


def test_two_sweeps_at_once_nudge_once(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        asked_team(conn, "Ann", "Bob")

    with engine_db.connect() as one, engine_db.connect() as two:
        first, second = nudge_due(one, EIGHT), nudge_due(two, EIGHT)
        one.commit()
        two.commit()
        nudge_due(two, EIGHT)

        assert first
        assert not second
        assert len(rows_of(two, "nudge")) == 2


def test_a_part_without_an_answer_is_missed_when_its_window_ends(conn: Conn) -> None:
    _, (ann, bob) = asked_team(conn, "Ann", "Bob")
    conn.execute(update(m.Participation).where(m.Participation.membership_id == bob.id).values(state="answered"))

    close_due(conn, NINE_AM - timedelta(seconds=1))
    early = states(conn)
    close_due(conn, NINE_AM)

    assert early[ann.id] == "due"
    assert states(conn) == {ann.id: "missed", bob.id: "answered"}


def test_a_reply_that_is_being_recorded_while_the_window_ends_is_left_alone(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        asked_team(conn, "Ann")

    with engine_db.connect() as reply, engine_db.connect() as sweep:
        reply.execute(update(m.Participation).values(state="answered"))
        close_due(sweep, NINE_AM)  # neither waits nor overwrites
        sweep.commit()
        reply.commit()

        assert set(states(sweep).values()) == {"answered"}


def test_a_round_closes_when_its_date_is_over_everywhere_and_every_part_is_settled(conn: Conn) -> None:
    asked_team(conn, "Ann")
    everywhere = datetime(2026, 3, 5, 12, tzinfo=UTC)  # 4 March is over twelve hours west of UTC

    seen = []
    for now in (NINE_AM, everywhere - timedelta(seconds=1), everywhere):
        close_due(conn, now)
        seen.append(conn.scalar(select(m.Round.state)))

    assert seen == ["open", "open", "closed"]


def test_a_round_stays_open_while_somebody_can_still_be_asked_or_answer(conn: Conn) -> None:
    team, _ = asked_team(conn, "Ann", answer_window=4000)
    later = SIX + timedelta(days=2)
    close_due(conn, later)
    unanswered = conn.scalar(select(m.Round.state))
    conn.execute(update(m.Participation).values(state="answered"))
    make.member(conn, team, "Late", next_prompt_at=SIX, next_prompt_day=TODAY)  # a slot no tick has made yet
    close_due(conn, later)
    waiting = conn.scalar(select(m.Round.state))

    conn.execute(update(m.Membership).values(next_prompt_at=None, next_prompt_day=None))
    close_due(conn, later)

    assert (unanswered, waiting, conn.scalar(select(m.Round.state))) == ("open", "open", "closed")


def test_a_prompts_content_is_the_rounds_questions_and_the_persons_own_deadline(conn: Conn) -> None:
    team, (ann,) = asked_team(conn, "Ann Bell")
    conn.execute(update(m.Contact).values(zone="Asia/Kathmandu"))

    (draft,) = prompt_mails(conn, team.workspace_id, rows_of(conn, "prompt")).values()

    assert draft.template == "prompt"  # type: ignore[union-attr]
    assert draft.context == {  # type: ignore[union-attr]
        "subject": "Platform, Wednesday 4 March: What did you get done today?",
        "team": "Platform",
        "day": "Wednesday 4 March",
        "questions": ["What did you get done today?"],
    }
    assert draft.personal == {"first_name": "Ann", "until": "tomorrow, 14:45"}  # type: ignore[union-attr]
    assert (draft.membership_id, draft.list_id, draft.list_name) == (ann.id, f"team-{team.id}", "Platform")  # type: ignore[union-attr]
    assert draft.reply_until == date(2026, 4, 3)  # type: ignore[union-attr]


def test_a_nudge_follows_its_prompt_in_the_thread_and_skips_who_has_answered_meanwhile(conn: Conn) -> None:
    team, (ann, bob) = asked_team(conn, "Ann", "Bob")
    nudge_due(conn, EIGHT)
    conn.execute(update(m.Participation).where(m.Participation.membership_id == bob.id).values(state="answered"))

    drafts = nudge_mails(conn, team.workspace_id, rows_of(conn, "nudge"))

    (prompt,) = [row for row in rows_of(conn, "prompt") if row.recipient == ann.id]
    (draft,) = drafts.values()
    assert draft.template == "nudge"  # type: ignore[union-attr]
    assert draft.after == ((prompt.run_id, prompt.seq),)  # type: ignore[union-attr]


@pytest.mark.parametrize("state", ["answered", "excused"])
def test_a_prompt_that_waited_is_not_sent_to_who_has_answered_or_paused_meanwhile(conn: Conn, state: str) -> None:
    team, (_, bob) = asked_team(conn, "Ann", "Bob")
    conn.execute(update(m.Participation).where(m.Participation.membership_id == bob.id).values(state=state))

    drafts = prompt_mails(conn, team.workspace_id, rows_of(conn, "prompt"))

    left = {row.recipient for row in rows_of(conn, "prompt") if row.seq in drafts}
    assert bob.id not in left
    assert len(left) == 1


def test_contents_of_another_workspace_are_never_given(conn: Conn) -> None:
    asked_team(conn, "Ann")
    other = make.workspace(conn)

    assert prompt_mails(conn, other.id, rows_of(conn, "prompt")) == {}
    assert conn.scalar(select(func.count()).select_from(m.Delivery)) == 1
