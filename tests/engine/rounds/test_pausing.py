"""A paused team with real ticks: silent until somebody resumes it, or until its date comes in its own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed
from engine.people.principal import SYSTEM, of_link
from engine.rounds import pausing, schedule
from engine.rounds.open import open_due
from engine.rounds.queries import hours
from engine.rounds.schedule import ScheduleChange
from tests import factories as make
from tests.engine.ticking import mails, parts, planned, tick, until

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
DAY = timedelta(days=1)
TODAY = date(2026, 3, 4)


def active(conn: Conn, team: make.Team) -> bool:
    return bool(conn.scalars(select(m.Schedule.active).where(m.Schedule.team_id == team.id)).one())


def test_a_paused_team_is_silent_until_somebody_resumes_it(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)
    who = SYSTEM(team.workspace_id)

    pausing.pause_team(conn, who, team.id, None, NOON)
    until(conn, NOON, SIX + DAY)
    silent = parts(conn, ann)
    resumed = pausing.resume_team(conn, who, team.id, NOON + 2 * DAY)
    until(conn, NOON + 2 * DAY, SIX + 2 * DAY)

    assert silent == []
    assert resumed
    assert parts(conn, ann) == [(TODAY + 2 * DAY, "asked", "")]
    assert not pausing.resume_team(conn, who, team.id, NOON + 2 * DAY)


def test_who_had_been_asked_is_let_off_and_gets_no_nudge(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), nudge_after=60)
    ann = planned(conn, team, "Ann", NOON)
    until(conn, NOON, SIX)

    pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, None, SIX + timedelta(minutes=1))
    until(conn, SIX, SIX + timedelta(hours=5))

    assert parts(conn, ann) == [(TODAY, "excused", "team paused")]
    assert mails(conn, ann, "nudge") == 0


def test_the_tick_resumes_a_team_when_the_date_has_come_in_its_zone(conn: Conn) -> None:
    ws = make.workspace(conn)
    team = make.team(conn, ws, zone="America/New_York")
    ann, emi = planned(conn, team, "Ann", NOON), planned(conn, team, "Emi", NOON, zone="Asia/Tokyo")

    pausing.pause_team(conn, SYSTEM(ws.id), team.id, TODAY + 2 * DAY, NOON)
    midnight = datetime(2026, 3, 6, 5, 0, tzinfo=UTC)  # in New York
    tick(conn, midnight - timedelta(seconds=1))
    before = active(conn, team)
    tick(conn, midnight)
    until(conn, midnight, midnight + DAY)

    assert (before, active(conn, team)) == (False, True)
    assert parts(conn, ann)[0][0] == parts(conn, emi)[0][0] == date(2026, 3, 6)
    row = hours.schedule(conn, ws.id, team.id)
    assert (row.paused_at, row.paused_by, row.pause_until) == (None, None, None)


def test_two_ticks_resume_a_team_once(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        planned(conn, team, "Ann", NOON)
        pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, TODAY + DAY, NOON)

    with engine_db.begin() as one:
        pausing.resume_due(one, NOON + DAY)
    with engine_db.begin() as two:
        pausing.resume_due(two, NOON + DAY)

        assert active(two, team)
        assert two.scalars(select(m.Membership.next_prompt_at)).one() == SIX + DAY


def test_a_new_schedule_for_a_paused_team_leaves_it_paused(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)
    who = SYSTEM(team.workspace_id)
    pausing.pause_team(conn, who, team.id, None, NOON)

    change = ScheduleChange(("What now?",), 127, SIX.time(), NOON.time(), None, 600)
    schedule.change_schedule(conn, who, team.id, change, NOON)
    until(conn, NOON, SIX)

    assert not active(conn, team)
    assert parts(conn, ann) == []


def test_a_pause_sets_who_and_until_and_once_more_another_date(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    boss = make.member(conn, team, "Max", role="manager")
    from engine.people.principal import of_session

    account = make.account(conn, team.workspace_id, boss.contact_id)
    who = of_session(team.workspace_id, boss.contact_id, account, "user")

    pausing.pause_team(conn, who, team.id, None, NOON)
    pausing.pause_team(conn, who, team.id, TODAY + DAY, NOON)

    row = hours.schedule(conn, team.workspace_id, team.id)
    assert (row.paused_name, row.pause_until) == ("Max", TODAY + DAY)


def test_a_pause_waits_for_the_tick_that_is_asking(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        planned(conn, team, "Ann", NOON)

    with engine_db.connect() as ticking, engine_db.connect() as pauser:
        open_due(ticking, SIX)
        pauser.exec_driver_sql("SET lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            pausing.pause_team(pauser, SYSTEM(team.workspace_id), team.id, None, SIX)
        pauser.rollback()
        ticking.commit()
        pausing.pause_team(pauser, SYSTEM(team.workspace_id), team.id, None, SIX)
        pauser.commit()

        state = pauser.execute(select(m.Participation.state, m.Participation.reason)).one()
        assert tuple(state) == ("excused", "team paused")


def test_a_date_that_is_no_later_is_refused_and_a_member_may_not_pause(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), zone="Asia/Tokyo")
    ann = planned(conn, team, "Ann", NOON)

    with pytest.raises(Invalid) as refused:
        pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, TODAY, NOON)
    with pytest.raises(NotAllowed):
        pausing.pause_team(conn, of_link(team.workspace_id, ann.contact_id, ann.id), team.id, None, NOON)

    assert refused.value.field == "until"
