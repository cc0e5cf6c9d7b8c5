"""Days off with real ticks: skipped today, holidays ahead, taken back; nobody is nudged, nothing written is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people.principal import SYSTEM, of_link
from engine.rounds import days_off, schedule
from engine.rounds.open import open_due
from tests import factories as make
from tests.engine.ticking import mails, parts, planned, tick, until

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
TODAY, TOMORROW = date(2026, 3, 4), date(2026, 3, 5)


def test_a_skipped_day_asks_nobody_and_the_next_day_does(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)

    assert days_off.skip(conn, SYSTEM(team.workspace_id), team.id, team.zone, NOON) == TODAY
    until(conn, NOON, SIX + timedelta(days=1, hours=1))

    assert parts(conn, ann) == [(TOMORROW, "asked", "")]


def test_who_was_asked_already_is_let_off_and_hears_no_more_of_it(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), nudge_after=60)
    early = planned(conn, team, "Early", NOON, zone="Asia/Tokyo")
    ann, bob = planned(conn, team, "Ann", NOON), planned(conn, team, "Bob", NOON)
    until(conn, NOON, SIX + timedelta(minutes=1))
    answered = select(m.Participation.id).where(m.Participation.membership_id == bob.id)
    conn.execute(m.Participation.__table__.update().where(m.Participation.id.in_(answered)).values(state="answered"))  # type: ignore[attr-defined]

    days_off.skip(conn, SYSTEM(team.workspace_id), team.id, team.zone, SIX + timedelta(minutes=5))
    until(conn, SIX + timedelta(minutes=30), SIX + timedelta(hours=16))

    assert parts(conn, ann) == [(TODAY, "excused", "skipped")]
    assert parts(conn, bob) == [(TODAY, "answered", "")]
    assert [part[0] for part in parts(conn, early)] == [
        TOMORROW
    ]  # whose Wednesday was over, and whose Thursday is none of it
    assert (mails(conn, ann, "nudge"), mails(conn, bob, "nudge")) == (0, 0)


def test_a_day_taken_back_asks_whoever_is_still_to_have_their_hour(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)
    who = SYSTEM(team.workspace_id)
    days_off.skip(conn, who, team.id, team.zone, NOON)
    (day,) = days_off.ahead(conn, team.workspace_id, team.id, NOON)

    days_off.remove(conn, who, team.id, day.id, NOON + timedelta(hours=1))
    until(conn, NOON, SIX)

    assert parts(conn, ann) == [(TODAY, "asked", "")]
    with pytest.raises(NotFound):
        days_off.remove(conn, who, team.id, day.id, NOON)


def test_holidays_are_left_out_of_questions_and_digests_and_the_digest_after_them_says_it_all(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON, made_at=NOON - timedelta(days=9))
    who = SYSTEM(team.workspace_id)

    made = days_off.add(conn, who, team.id, TOMORROW, TOMORROW + timedelta(days=1), " Spring  break ", NOON)
    until(conn, NOON, SIX)
    make.entry(conn, conn.scalars(select(m.Participation.id)).one(), "Fixed the build.", at=SIX)
    until(conn, SIX, SIX + timedelta(days=3))
    before = mails(conn, ann, "digest")
    until(conn, SIX + timedelta(days=4), SIX + timedelta(days=5))

    assert made == [TOMORROW, TOMORROW + timedelta(days=1)]
    assert [part[0] for part in parts(conn, ann)] == [TODAY, date(2026, 3, 9)]
    assert (before, mails(conn, ann, "digest")) == (0, 1)
    assert conn.scalars(select(m.DayOff.reason)).all() == ["Spring break"] * 2


def test_a_slot_that_waits_for_the_tick_when_its_day_is_taken_off_is_excused(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)

    days_off.skip(conn, SYSTEM(team.workspace_id), team.id, team.zone, SIX)  # her hour has come, no tick has been
    tick(conn, SIX + timedelta(seconds=1))

    assert parts(conn, ann) == [(TODAY, "excused", "day off")]
    assert mails(conn, ann, "prompt") == 0


def test_a_tick_that_is_asking_at_the_same_instant_is_waited_for(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        planned(conn, team, "Ann", NOON)

    with engine_db.connect() as ticking, engine_db.connect() as skipping:
        open_due(ticking, SIX)
        skipping.exec_driver_sql("SET lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            days_off.skip(skipping, SYSTEM(team.workspace_id), team.id, team.zone, SIX)
        skipping.rollback()
        ticking.commit()
        days_off.skip(skipping, SYSTEM(team.workspace_id), team.id, team.zone, SIX)
        skipping.commit()

        state = skipping.execute(select(m.Participation.state, m.Participation.reason)).one()
        assert tuple(state) == ("excused", "skipped")


def test_a_day_is_a_day_off_once_and_a_longer_span_adds_only_what_is_new(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    who = SYSTEM(team.workspace_id)
    days_off.skip(conn, who, team.id, team.zone, NOON)

    with pytest.raises(Invalid, match="already"):
        days_off.skip(conn, who, team.id, team.zone, NOON)
    made = days_off.add(conn, who, team.id, TODAY, TOMORROW, "", NOON)

    assert made == [TOMORROW]
    assert conn.scalar(select(func.count()).select_from(m.DayOff)) == 2


@pytest.mark.parametrize(
    ("first", "last", "reason", "field"),
    [
        (TOMORROW, TODAY, "", "last_day"),
        (date(2026, 3, 1), TODAY, "", "first_day"),
        (TODAY, date(2026, 4, 4), "", "last_day"),
        (date(2029, 1, 1), date(2029, 1, 1), "", "last_day"),
        (TODAY, TODAY, "x" * 101, "reason"),
    ],
)
def test_a_refused_day_names_its_field(conn: Conn, first: date, last: date, reason: str, field: str) -> None:
    team = make.team(conn, make.workspace(conn))

    with pytest.raises(Invalid) as refused:
        days_off.add(conn, SYSTEM(team.workspace_id), team.id, first, last, reason, NOON)

    assert refused.value.field == field


def test_a_member_cannot_take_the_team_a_day_off(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)

    with pytest.raises(NotAllowed):
        days_off.skip(conn, of_link(team.workspace_id, ann.contact_id, ann.id), team.id, team.zone, NOON)


def test_another_teams_day_off_moves_nobody_here(conn: Conn) -> None:
    ws = make.workspace(conn)
    team, other = make.team(conn, ws), make.team(conn, ws)
    ann = planned(conn, team, "Ann", NOON)

    days_off.skip(conn, SYSTEM(ws.id), other.id, other.zone, NOON)
    schedule.reschedule(conn, ws.id, [ann.id], NOON)
    until(conn, NOON, SIX)

    assert parts(conn, ann) == [(TODAY, "asked", "")]
