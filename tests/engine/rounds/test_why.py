"""Why somebody was not asked: each reason, found by one function in the rows of a real database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine import move
from engine.db import Conn
from engine.outbound.queries.flushing import these
from engine.people.principal import SYSTEM
from engine.people.suppression import Suppressed
from engine.rounds import days_off, pausing, schedule
from engine.rounds.queries import hours, pages
from engine.rounds.why import Reason, reasons
from scheduler.tick import STEPS
from tests import factories as make
from tests.engine.ticking import planned, tick

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
TODAY = date(2026, 3, 4)


def why(conn: Conn, who: make.Member, now: datetime = NOON, **known: Any) -> tuple[Reason, ...]:
    """What the engine says of a member."""
    row = hours.schedule(conn, who.workspace_id, who.team_id)
    found = pages.member_today(conn, who.workspace_id, who.team_id, who.id, now)
    assert found is not None
    return reasons(found, row, now, **known)


def kinds(conn: Conn, who: make.Member, now: datetime = NOON, **known: Any) -> list[str]:
    return [reason.kind for reason in why(conn, who, now, **known)]


def asked(conn: Conn, team: make.Team, **values: Any) -> make.Member:
    """A member whose question is planned and has not left."""
    ann = planned(conn, team, "Ann", NOON, **values)
    STEPS[1](conn, SIX)
    return ann


@pytest.fixture
def team(conn: Conn) -> make.Team:
    return make.team(conn, make.workspace(conn))


def test_an_hour_that_has_not_come(conn: Conn, team: make.Team) -> None:
    (reason,) = why(conn, planned(conn, team, "Ann", NOON))

    assert (reason.kind, reason.at) == ("later", SIX)


def test_an_hour_that_had_passed_when_they_came(conn: Conn, team: make.Team) -> None:
    (reason,) = why(conn, planned(conn, team, "Ann", SIX + timedelta(hours=1)), SIX + timedelta(hours=1))

    assert reason.kind == "passed"
    assert "Thursday 5 March" in reason.words


def test_an_observer_and_who_has_left(conn: Conn, team: make.Team) -> None:
    observer, gone = planned(conn, team, "Obs", NOON, role="observer"), planned(conn, team, "Gone", NOON)
    schedule.leave(conn, SYSTEM(team.workspace_id), gone.id, NOON)

    assert kinds(conn, observer) == ["observer"]
    assert kinds(conn, gone) == ["left"]


@pytest.mark.parametrize(
    ("by", "said"),
    [("person", "paused it themselves"), ("manager", "A manager"), ("unsubscribe", "unsubscribed"),
     ("complaint", "spam"), ("bounce", "refused the mail")],
)  # fmt: skip
def test_a_pause_says_by_whom_since_when_and_until_when(conn: Conn, team: make.Team, by: str, said: str) -> None:
    ann = planned(conn, team, "Ann", NOON)
    schedule.pause(conn, SYSTEM(team.workspace_id), ann.id, NOON, by=by, until=date(2026, 3, 9))

    (reason,) = why(conn, ann)

    assert (reason.kind, reason.at) == ("paused", NOON)
    assert said in reason.words
    assert "until Monday 9 March" in reason.words
    assert reason.do


def test_several_reasons_stand_together_the_decisive_first(conn: Conn, team: make.Team) -> None:
    ann, who = planned(conn, team, "Ann", NOON, weekdays=96), SYSTEM(team.workspace_id)
    schedule.set_away(conn, who, ann.id, TODAY, TODAY + timedelta(days=2), NOON)
    days_off.add(conn, who, team.id, TODAY, TODAY, "Offsite", NOON)
    pausing.pause_team(conn, who, team.id, date(2026, 3, 9), NOON)

    found = why(conn, ann)

    assert [reason.kind for reason in found] == ["team_paused", "away", "day_off", "weekday"]
    assert [words for words in ("until Monday 9 March", "until Friday 6 March", "Offsite", "Wednesday is not")
            if words not in " ".join(reason.words for reason in found)] == []  # fmt: skip


def test_an_address_that_gets_no_mail_shows_what_proved_it(conn: Conn, team: make.Team) -> None:
    known = Suppressed("bounce", "550 5.1.1 no such user", NOON)

    found = why(conn, planned(conn, team, "Ann", NOON), suppressed=known)

    assert [reason.kind for reason in found] == ["suppressed", "later"]
    assert "550 5.1.1 no such user" in found[0].words


def test_a_question_that_waits_says_for_what(conn: Conn, team: make.Team) -> None:
    ann = asked(conn, team)

    (reason,) = why(conn, ann, SIX, waits="the relay rests until 18:05")

    assert reason.kind == "waiting"
    assert "the relay rests until 18:05" in reason.words


def test_a_run_that_is_held_says_so(conn: Conn, team: make.Team) -> None:
    ann = asked(conn, team)
    move.many(conn, "run", "hold", m.Run.state == "open", SIX, values={"reason": "the relay refuses our sender"})

    (reason,) = why(conn, ann, SIX)

    assert reason.kind == "held"
    assert "the relay refuses our sender" in reason.words


@pytest.mark.parametrize(
    ("trigger", "kind", "said"),
    [("doubt", "doubt", "may have left"), ("bounce", "lost", "550 no such user"), ("expire", "lost", "too late")],
)
def test_a_question_that_was_lost_says_what_became_of_it(
    conn: Conn, team: make.Team, trigger: str, kind: str, said: str
) -> None:
    ann = asked(conn, team)
    values = {"reply": "550 no such user"} if trigger == "bounce" else {}
    run = conn.scalars(select(m.Run.id)).one()
    move.deliveries(conn, trigger, these(run, [1]), SIX, values=values)

    (reason,) = why(conn, ann, SIX)

    assert reason.kind == kind
    assert said in reason.words
    assert reason.do


def test_who_was_asked_answered_or_missed_it(conn: Conn, team: make.Team) -> None:
    ann = planned(conn, team, "Ann", NOON)
    tick(conn, SIX)
    found = [kinds(conn, ann, SIX)]
    for state in ("answered", "missed"):
        conn.execute(update(m.Participation).values(state=state, answered_at=SIX))
        found += [kinds(conn, ann, SIX)]

    assert found == [["asked"], ["answered"], ["missed"]]


def test_a_skipped_day_says_that_a_manager_did_it(conn: Conn, team: make.Team) -> None:
    ann = planned(conn, team, "Ann", NOON)
    tick(conn, SIX)
    days_off.skip(conn, SYSTEM(team.workspace_id), team.id, team.zone, SIX)

    found = why(conn, ann, SIX)

    assert [reason.kind for reason in found] == ["day_off", "let_off"]
    assert "a manager skipped this day" in found[1].words


def test_who_was_asked_before_the_team_was_paused_is_not_said_to_have_been_left_out(
    conn: Conn, team: make.Team
) -> None:
    ann = asked(conn, team)
    conn.execute(update(m.Delivery).values(state="sent"))
    pausing.pause_team(conn, SYSTEM(team.workspace_id), team.id, None, SIX)

    found = why(conn, ann, SIX)

    assert [reason.kind for reason in found] == ["team_paused", "let_off"]
    assert found[1].words == "They were asked, and let off afterwards: the team was paused. No reminder follows."
    assert found[1].at == SIX


def test_an_hour_that_has_come_while_no_tick_runs(conn: Conn, team: make.Team) -> None:
    (reason,) = why(conn, planned(conn, team, "Ann", NOON), SIX + timedelta(minutes=2))

    assert reason.kind == "asking"
    assert "scheduler is not running" in reason.do
