"""What of each team needs a manager's eye, in a fixed number of statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from engine import models as m
from engine import move
from engine.db import Conn
from engine.outbound.queries.flushing import these
from engine.people.principal import SYSTEM, of_session
from engine.rounds import attention, days_off, pausing, schedule
from engine.rounds.attention import Line
from scheduler.tick import STEPS
from tests import factories as make
from tests.engine.ticking import planned, tick

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
TODAY = date(2026, 3, 4)


def line(conn: Conn, team: make.Team, now: datetime = NOON) -> Line:
    return next(one for one in attention.listed(conn, SYSTEM(team.workspace_id), now) if one.facts.id == team.id)


def needs(conn: Conn, team: make.Team, now: datetime = NOON) -> list[str]:
    return [words for _, words in line(conn, team, now).needs]


@pytest.fixture
def team(conn: Conn) -> make.Team:
    return make.team(conn, make.workspace(conn), "Platform")


def test_a_team_that_goes_well_needs_nothing_and_says_how_far_today_is(conn: Conn, team: make.Team) -> None:
    ann = planned(conn, team, "Ann", NOON)
    planned(conn, team, "Bob", NOON)
    before = line(conn, team)
    tick(conn, SIX)
    part = m.Participation.membership_id == ann.id
    move.many(conn, "participation", "answer", part, SIX)
    after = line(conn, team, SIX)

    assert (before.needs, before.facts.asked, before.facts.next_at) == ((), 0, SIX)
    assert (after.needs, after.facts.asked, after.facts.answered, after.facts.people) == ((), 2, 1, 2)


def test_channels_that_fail_and_people_who_are_gone(conn: Conn, team: make.Team) -> None:
    channel = make.channel(conn, team, "slack")
    move.one(conn, "channel", channel, "fail", NOON, values={"failure": "404"})
    for name, by in (("A", "bounce"), ("B", "bounce"), ("C", "complaint"), ("D", "unsubscribe")):
        schedule.pause(conn, SYSTEM(team.workspace_id), planned(conn, team, name, NOON).id, NOON, by=by)

    assert needs(conn, team) == [
        "1 channel fails", "2 bounced, 1 complained, 1 unsubscribed", "nobody to ask: all are paused",
    ]  # fmt: skip


def test_a_pause_says_until_when_and_an_empty_team_that_there_is_nobody(conn: Conn, team: make.Team) -> None:
    empty = needs(conn, team)
    planned(conn, team, "Ann", NOON)
    pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, None, NOON)
    for_good = needs(conn, team)
    pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, date(2026, 3, 9), NOON)

    assert empty == ["nobody to ask"]
    assert for_good == ["paused until somebody resumes it"]
    assert needs(conn, team) == ["paused until Monday 9 March"]


def test_people_who_missed_their_last_three_asked_rounds(conn: Conn, team: make.Team) -> None:
    silent, back = planned(conn, team, "Silent", NOON), planned(conn, team, "Back", NOON)
    states = {silent: ("answered", "missed", "excused", "missed", "missed"), back: ("missed", "missed", "answered")}
    for day in range(5):
        held = make.round_of(conn, team, TODAY - timedelta(days=6 - day))
        for who, was in states.items():
            if day < len(was):
                make.participation(conn, held, who, state=was[day])

    assert needs(conn, team) == ["1 person missed the last 3 questions"]


def test_questions_in_doubt_and_lost_are_for_admins(conn: Conn, team: make.Team) -> None:
    for name in ("Ann", "Bob", "Cem"):
        planned(conn, team, name, NOON)
    STEPS[1](conn, SIX)
    run = conn.scalars(select(m.Run.id)).one()
    move.deliveries(conn, "doubt", these(run, [1]), SIX)
    move.deliveries(conn, "bounce", these(run, [2]), SIX)
    boss = make.member(conn, team, "Max", role="manager")
    account = make.account(conn, team.workspace_id, boss.contact_id)
    (seen,) = attention.listed(conn, of_session(team.workspace_id, boss.contact_id, account, "user"), SIX)

    assert needs(conn, team, SIX) == ["1 question of today in doubt", "1 question of today did not arrive"]
    assert seen.needs == ()


def test_teams_that_need_attention_come_first_and_others_by_name(conn: Conn) -> None:
    ws = make.workspace(conn)
    for name in ("Alpha", "Beta", "Gamma"):
        team = make.team(conn, ws, name)
        if name != "Gamma":
            planned(conn, team, "Ann", NOON)

    found = attention.listed(conn, SYSTEM(ws.id), NOON)

    assert [one.facts.name for one in found] == ["Gamma", "Alpha", "Beta"]


def test_a_day_off_and_another_workspace(conn: Conn, team: make.Team) -> None:
    planned(conn, team, "Ann", NOON)
    days_off.add(conn, SYSTEM(team.workspace_id), team.id, TODAY, TODAY, "Holiday", NOON)

    assert line(conn, team).facts.day_off == "Holiday"
    assert attention.listed(conn, SYSTEM(make.workspace(conn).id), NOON) == []


def test_a_member_sees_the_teams_they_are_in(conn: Conn, team: make.Team) -> None:
    make.team(conn, make.Workspace(team.workspace_id, ""), "Other")
    ann = planned(conn, team, "Ann", NOON)
    account = make.account(conn, team.workspace_id, ann.contact_id)

    found = attention.listed(conn, of_session(team.workspace_id, ann.contact_id, account, "user"), NOON)

    assert [one.facts.name for one in found] == ["Platform"]


def test_the_list_costs_two_statements_however_many_teams(conn: Conn) -> None:
    ws = make.workspace(conn)
    for _ in range(12):
        planned(conn, make.team(conn, ws), "Ann", NOON)
    seen: list[str] = []
    listener = lambda conn, cursor, statement, *_: seen.append(statement)  # noqa: E731
    event.listen(conn, "before_cursor_execute", listener)
    attention.listed(conn, SYSTEM(ws.id), NOON)
    event.remove(conn, "before_cursor_execute", listener)

    assert len(seen) == 2
