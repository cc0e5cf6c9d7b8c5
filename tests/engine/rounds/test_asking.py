"""Asking now with real ticks: who has not been asked today is, once, and everybody else is left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed
from engine.people.principal import SYSTEM, of_link
from engine.rounds import days_off, pausing, schedule
from engine.rounds.asking import ask_now, foreseen
from engine.rounds.open import open_due
from engine.rounds.queries import hours, pages
from tests import factories as make
from tests.engine.ticking import mails, parts, planned, tick, until

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
SECOND = timedelta(seconds=1)
TODAY = date(2026, 3, 4)


def test_everybody_still_to_be_asked_is_asked_at_once_and_not_again_at_their_hour(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, lee = planned(conn, team, "Ann", NOON), planned(conn, team, "Lee", NOON, zone="America/New_York")

    found = ask_now(conn, SYSTEM(team.workspace_id), team.id, NOON)
    tick(conn, NOON + SECOND)
    at_once = [parts(conn, ann), parts(conn, lee)]
    until(conn, NOON, SIX + timedelta(hours=12))

    assert [m.name for m in found.asked] == ["Ann", "Lee"]
    assert at_once == [[(TODAY, "asked", "")], [(TODAY, "asked", "")]]
    assert (mails(conn, ann, "prompt"), mails(conn, lee, "prompt")) == (1, 1)
    due = conn.scalars(select(m.Membership.next_prompt_at).where(m.Membership.id == ann.id)).one()
    assert due == SIX + timedelta(days=1)


def test_who_is_left_out_is_counted_by_reason(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    tokyo = planned(conn, team, "Asked", NOON - timedelta(hours=6), zone="Asia/Tokyo")
    until(conn, NOON - timedelta(hours=6), NOON - timedelta(hours=1))
    planned(conn, team, "Ann", NOON)
    planned(conn, team, "Observer", NOON, role="observer")
    planned(conn, team, "Weekend", NOON, weekdays=96)
    away, paused = planned(conn, team, "Away", NOON), planned(conn, team, "Paused", NOON)
    schedule.set_away(conn, SYSTEM(team.workspace_id), away.id, TODAY, TODAY, NOON)
    schedule.pause(conn, SYSTEM(team.workspace_id), paused.id, NOON, by="manager")

    members = pages.team_today(conn, team.workspace_id, team.id, NOON)
    before = foreseen(members, hours.schedule(conn, team.workspace_id, team.id), NOON)
    ask_now(conn, SYSTEM(team.workspace_id), team.id, NOON)
    tick(conn, NOON + SECOND)

    assert [m.name for m in before.asked] == ["Ann"]
    assert before.left_out == {"observer": 1, "paused": 1, "away": 1, "weekday": 1, "asked": 1}
    assert "1 is away today" in before.words
    assert mails(conn, tokyo, "prompt") == 1
    prompts = select(func.count()).select_from(m.Participation).where(m.Participation.prompt_run_id.is_not(None))
    assert conn.scalar(prompts) == 2


def test_pressing_twice_or_by_two_asks_once(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)
    who = SYSTEM(team.workspace_id)
    ask_now(conn, who, team.id, NOON)

    with pytest.raises(Invalid, match="1 is being asked already"):
        ask_now(conn, who, team.id, NOON)
    tick(conn, NOON + SECOND)
    with pytest.raises(Invalid, match="1 was asked today already"):
        ask_now(conn, who, team.id, NOON + timedelta(minutes=1))

    assert mails(conn, ann, "prompt") == 1


def test_a_tick_at_the_same_instant_is_waited_for_and_nobody_is_asked_twice(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        planned(conn, team, "Ann", NOON)

    with engine_db.connect() as ticking, engine_db.connect() as asking:
        open_due(ticking, SIX)
        asking.exec_driver_sql("SET lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            ask_now(asking, SYSTEM(team.workspace_id), team.id, SIX)
        asking.rollback()
        ticking.commit()
        with pytest.raises(Invalid, match="asked today already"):
            ask_now(asking, SYSTEM(team.workspace_id), team.id, SIX)

        assert asking.scalar(select(func.count()).select_from(m.Participation)) == 1


def test_who_joined_after_their_hour_can_be_asked_today_all_the_same(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    late = planned(conn, team, "Late", SIX + timedelta(hours=1))

    ask_now(conn, SYSTEM(team.workspace_id), team.id, SIX + timedelta(hours=1))
    tick(conn, SIX + timedelta(hours=1, seconds=1))

    assert parts(conn, late) == [(TODAY, "asked", "")]


def test_a_paused_team_and_a_day_off_are_asked_by_nobody(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)
    who = SYSTEM(team.workspace_id)

    days_off.skip(conn, who, team.id, team.zone, NOON)
    with pytest.raises(Invalid, match="day off of the team"):
        ask_now(conn, who, team.id, NOON)
    pausing.pause_team(conn, who, team.id, None, NOON)
    with pytest.raises(Invalid, match="Resume it first"):
        ask_now(conn, who, team.id, NOON)

    tick(conn, NOON + SECOND)
    assert parts(conn, ann) == []


def test_a_member_may_not_ask_the_team_now(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team, "Ann", NOON)

    with pytest.raises(NotAllowed):
        ask_now(conn, of_link(team.workspace_id, ann.contact_id, ann.id), team.id, NOON)
