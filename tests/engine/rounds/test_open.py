"""The story `open` on a real PostgreSQL: who is asked, once, and what is planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update

from engine import models as m
from engine.db import Conn
from engine.rounds.open import open_due
from engine.rounds.queries import opening
from tests import factories as make

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
TODAY = SIX.date()


@contextmanager
def counted(conn: Conn) -> Iterator[list[str]]:
    """The statements executed meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(conn, "before_cursor_execute", note)
    yield seen
    event.remove(conn, "before_cursor_execute", note)


def due_member(conn: Conn, team: make.Team, name: str = "Ann", at: datetime = SIX, **values: Any) -> make.Member:
    day = values.pop("day", at.date())
    return make.member(conn, team, name, next_prompt_at=at, next_prompt_day=day, **values)


def parts(conn: Conn) -> dict[int, tuple[str, str]]:
    found = conn.execute(select(m.Participation.membership_id, m.Participation.state, m.Participation.reason))
    return {who: (state, reason) for who, state, reason in found}


def next_prompt(conn: Conn, who: make.Member) -> tuple[datetime | None, date | None]:
    found = conn.execute(select(m.Membership.next_prompt_at, m.Membership.next_prompt_day).filter_by(id=who.id)).one()
    return found[0], found[1]


def test_a_member_whose_hour_has_come_gets_a_part_in_the_round_and_a_planned_prompt(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), questions=("What got done?",), nudge_after=120, answer_window=900)
    ann = due_member(conn, team)

    follow_up = open_due(conn, SIX)

    opened = conn.execute(select(m.Round)).one()
    part = conn.execute(select(m.Participation)).one()
    row = conn.execute(select(m.Delivery)).one()
    assert (opened.local_date, opened.questions, opened.state) == (TODAY, ["What got done?"], "open")
    assert (part.state, part.due_at) == ("due", SIX)
    assert (part.nudge_at, part.closes_at) == (SIX + timedelta(hours=2), SIX + timedelta(hours=15))
    assert (row.recipient, row.about, row.address, row.useful_until) == (ann.id, part.id, ann.email, part.closes_at)
    assert (part.prompt_run_id, part.prompt_seq) == (row.run_id, row.seq)
    assert follow_up.batches == (row.batch_id,)
    assert next_prompt(conn, ann) == (SIX + timedelta(days=1), TODAY + timedelta(days=1))


def test_a_second_tick_asks_nobody_twice(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team)
    open_due(conn, SIX)

    assert not open_due(conn, SIX + timedelta(seconds=1))

    conn.execute(m.Membership.__table__.update().values(next_prompt_at=SIX, next_prompt_day=TODAY))  # type: ignore[attr-defined]
    assert not open_due(conn, SIX + timedelta(seconds=2))
    assert conn.scalar(select(func.count()).select_from(m.Delivery)) == 1
    assert next_prompt(conn, ann)[1] == date(2026, 3, 5)


def test_two_ticks_at_once_share_the_members_between_them(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        for n in range(20):
            due_member(conn, team, f"P{n}")

    with engine_db.connect() as one, engine_db.connect() as two:
        first = open_due(one, SIX)
        second = open_due(two, SIX)
        one.commit()
        two.commit()

        assert first
        assert not second
        assert two.scalar(select(func.count()).select_from(m.Participation)) == 20
        assert two.scalar(select(func.count()).select_from(m.Delivery)) == 20
        assert two.scalar(select(func.count()).select_from(m.Round)) == 1


def test_a_slot_that_another_scheduler_has_just_made_stays_as_it_is(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team)
    open_due(conn, SIX)
    conn.execute(update(m.Membership).values(next_prompt_at=SIX, next_prompt_day=TODAY))
    before = conn.execute(select(m.Participation)).one()

    opening.insert_parts(conn, [opening.NewPart(99, ann.id, "away", None, None)])

    assert conn.execute(select(m.Participation)).one() == before


def test_all_teams_of_a_workspace_share_one_run_and_each_workspace_has_its_own(conn: Conn) -> None:
    for _ in range(2):
        ws = make.workspace(conn)
        for _ in range(3):
            team = make.team(conn, ws)
            due_member(conn, team, "Ann")
            due_member(conn, team, "Bob")

    open_due(conn, SIX)

    runs = conn.execute(select(m.Run.kind, m.Run.size)).all()
    assert [tuple(run) for run in runs] == [("prompt", 6), ("prompt", 6)]
    assert conn.scalar(select(func.count()).select_from(m.Round)) == 6


def test_the_number_of_statements_depends_neither_on_members_nor_on_teams(engine_db: Engine) -> None:
    counts = []
    for teams, members in ((1, 1), (6, 15)):
        with engine_db.begin() as conn:
            ws = make.workspace(conn, f"{teams}")
            for _ in range(teams):
                team = make.team(conn, ws)
                for n in range(members):
                    due_member(conn, team, f"P{n}", zone=("Asia/Kathmandu", "Europe/Berlin", None)[n % 3])
                make.away(conn, make.member(conn, team, "Off"), TODAY, TODAY)
        with engine_db.begin() as conn, counted(conn) as statements:
            open_due(conn, SIX)
        counts.append(len([s for s in statements if "partition" not in s.lower() and "advisory" not in s]))

    assert counts[0] == counts[1] <= 13


def test_an_observer_and_a_member_who_left_are_asked_nothing_and_are_not_looked_at_again(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    eve = due_member(conn, team, "Eve", role="observer")
    gone = due_member(conn, team, "Gone", left_at=SIX - timedelta(hours=1))

    assert not open_due(conn, SIX)

    assert parts(conn) == {}
    assert next_prompt(conn, eve) == next_prompt(conn, gone) == (None, None)


def test_a_schedule_that_is_off_asks_nobody(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    conn.execute(m.Schedule.__table__.update().values(active=False))  # type: ignore[attr-defined]
    ann = due_member(conn, team)

    assert not open_due(conn, SIX)

    assert parts(conn) == {}
    assert next_prompt(conn, ann) == (None, None)


def test_members_who_are_away_or_paused_are_excused_with_the_reason_when_their_team_is_asked(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team, "Ann")
    off = make.member(conn, team, "Off")
    make.away(conn, off, TODAY - timedelta(days=1), TODAY)
    quiet = make.member(conn, team, "Quiet", paused_at=SIX - timedelta(days=3), paused_by="person")
    never_asked = (
        make.member(conn, team, "Sat", weekdays=1 << 5),
        make.member(conn, team, "Eve", role="observer"),
        make.member(conn, team, "Gone", left_at=SIX - timedelta(days=2)),
    )
    for who in never_asked:
        make.away(conn, who, TODAY, TODAY)

    open_due(conn, SIX)

    assert parts(conn) == {ann.id: ("due", ""), off.id: ("excused", "away"), quiet.id: ("excused", "paused")}
    assert conn.scalar(select(func.count()).select_from(m.Delivery)) == 1


def test_one_who_went_away_after_their_slot_was_set_is_excused_and_gets_no_mail(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team)
    make.away(conn, ann, TODAY, date(2026, 3, 9))

    assert not open_due(conn, SIX)

    assert parts(conn) == {ann.id: ("excused", "away")}
    assert next_prompt(conn, ann)[1] == date(2026, 3, 10)


def test_a_pause_that_has_a_date_ends_by_itself_on_that_date(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team, paused_at=SIX - timedelta(days=9), paused_by="person", pause_until=TODAY)

    open_due(conn, SIX)

    assert parts(conn) == {ann.id: ("due", "")}
    found = conn.execute(select(m.Membership.paused_at, m.Membership.paused_by, m.Membership.pause_until)).one()
    assert tuple(found) == (None, None, None)


def test_friday_is_followed_by_monday(conn: Conn) -> None:
    friday = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    ann = due_member(conn, make.team(conn, make.workspace(conn)), at=friday)

    open_due(conn, friday)

    assert next_prompt(conn, ann) == (friday + timedelta(days=3), date(2026, 3, 9))


def test_a_late_tick_still_makes_every_slot_one_day_at_a_time(conn: Conn) -> None:
    ann = due_member(conn, make.team(conn, make.workspace(conn)))
    later = SIX + timedelta(days=1, hours=1)

    open_due(conn, later)
    open_due(conn, later)

    days = conn.scalars(select(m.Participation.local_date).order_by(m.Participation.local_date)).all()
    late = conn.scalars(select(m.Delivery.useful_until).order_by(m.Delivery.run_id)).all()
    assert days == [TODAY, TODAY + timedelta(days=1)]
    assert late == [SIX + timedelta(hours=15), SIX + timedelta(days=1, hours=15)]  # the first expires unsent
    assert next_prompt(conn, ann)[0] == SIX + timedelta(days=2)


def test_members_at_both_ends_of_the_world_share_a_round_by_date_not_by_instant(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    east, west = datetime(2026, 3, 4, 4, tzinfo=UTC), datetime(2026, 3, 5, 5, tzinfo=UTC)
    due_member(conn, team, "Kiri", zone="Pacific/Kiritimati", at=east, day=TODAY)
    due_member(conn, team, "Pago", zone="Pacific/Pago_Pago", at=west, day=TODAY)

    open_due(conn, east)
    open_due(conn, west)

    assert conn.scalars(select(m.Round.local_date).order_by(m.Round.local_date)).all()[0] == TODAY
    assert (
        conn.scalar(select(func.count()).select_from(m.Participation).where(m.Participation.local_date == TODAY)) == 2
    )


@pytest.mark.parametrize(
    ("at", "day", "follows"),
    [
        # Saturday's 02:30, then the Sunday on which 02:30 does not exist: 03:00 summer time.
        (datetime(2026, 3, 28, 1, 30, tzinfo=UTC), date(2026, 3, 28), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # The Sunday on which 02:30 comes twice: the first; then Monday's, not the second.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_days_on_which_clocks_change_ask_once(conn: Conn, at: datetime, day: date, follows: datetime) -> None:
    team = make.team(conn, make.workspace(conn), zone="Europe/Berlin", weekdays=127, prompt_at=time(2, 30))
    ann = due_member(conn, team, at=at, day=day)

    open_due(conn, at)

    assert next_prompt(conn, ann) == (follows, day + timedelta(days=1))


def test_a_suppressed_address_gets_a_row_that_says_so(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import sealing

    monkeypatch.setenv("SIXPM_SECRET_KEY", "k" * 40)
    team = make.team(conn, make.workspace(conn))
    ann = due_member(conn, team)
    digest = sealing.address_hash("k" * 40, ann.email)
    values = {"workspace_id": team.workspace_id, "address_hash": digest, "reason": "bounced"}
    conn.execute(m.Suppression.__table__.insert().values(**values))  # type: ignore[attr-defined]

    open_due(conn, SIX)

    assert conn.scalar(select(m.Delivery.state)) == "suppressed"
