"""Settings on a real PostgreSQL: who may change them, what is refused, and the slots that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people.principal import SYSTEM, Principal, of_link, of_session
from engine.rounds import schedule
from engine.rounds.open import open_due
from engine.rounds.schedule import OwnHours, ScheduleChange
from tests import factories as make

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
SIX = NOON + timedelta(hours=6)
TODAY, TOMORROW = date(2026, 3, 4), date(2026, 3, 5)
PLAIN = ScheduleChange(("What got done?",), 31, time(18), time(9), 120, 900)


def me(who: make.Member) -> Principal:
    """The holder of a member's link."""
    return of_link(who.workspace_id, who.contact_id, who.id)


def boss(conn: Conn, team: make.Team) -> Principal:
    """A signed-in manager of the team."""
    who = make.member(conn, team, "Max", role="manager")
    return of_session(team.workspace_id, who.contact_id, make.account(conn, team.workspace_id, who.contact_id), "user")


def slots(conn: Conn, who: make.Member) -> tuple[Any, ...]:
    of = m.Membership
    return tuple(conn.execute(select(of.next_prompt_at, of.next_digest_at).where(of.id == who.id)).one())


def planned(conn: Conn, team: make.Team, name: str = "Ann", **values: Any) -> make.Member:
    """A member with next slots as of noon."""
    who = make.member(conn, team, name, **values)
    schedule.reschedule(conn, team.workspace_id, [who.id], NOON)
    return who


def asked(conn: Conn, who: make.Member) -> make.Member:
    """That member, asked at six."""
    open_due(conn, SIX)
    return who


def test_a_new_member_is_asked_today_when_the_hour_is_still_to_come(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))

    made = schedule.add_member(conn, boss(conn, team), team.id, "Ann@Example.org", NOON, name="Ann")

    of = m.Membership
    found = conn.execute(select(of.next_prompt_at, of.next_prompt_day, of.next_digest_at).where(of.id == made.id)).one()
    assert tuple(found) == (SIX, TODAY, datetime(2026, 3, 5, 9, tzinfo=UTC))


def test_a_slot_at_this_very_instant_counts(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), prompt_at=time(12))

    ann = planned(conn, team)

    assert slots(conn, ann)[0] == NOON


def test_an_observer_has_digests_and_no_prompts(conn: Conn) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)), role="observer")

    assert slots(conn, ann) == (None, datetime(2026, 3, 5, 9, tzinfo=UTC))


def test_a_new_schedule_moves_everybodys_next_slots_and_respects_their_own_hours(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = planned(conn, team), planned(conn, team, "Bob", prompt_at=time(17))
    change = replace(
        PLAIN, questions=(" What  got done? ", ""), prompt_at=time(16), digest_at=time(8), nudge_after=None
    )

    schedule.change_schedule(conn, boss(conn, team), team.id, change, NOON)

    morning = datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert slots(conn, ann) == (datetime(2026, 3, 4, 16, tzinfo=UTC), morning)
    assert slots(conn, bob) == (datetime(2026, 3, 4, 17, tzinfo=UTC), morning)
    found = conn.execute(select(m.Schedule.questions, m.Schedule.nudge_after)).one()
    assert tuple(found) == (["What got done?"], None)


def test_a_change_after_todays_slot_was_made_applies_from_tomorrow(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = asked(conn, planned(conn, team))

    schedule.change_schedule(
        conn, boss(conn, team), team.id, replace(PLAIN, prompt_at=time(20)), SIX + timedelta(minutes=5)
    )

    assert slots(conn, ann)[0] == datetime(2026, 3, 5, 20, tzinfo=UTC)
    assert conn.scalar(select(m.Participation.due_at)) == SIX


def test_a_slot_whose_hour_has_come_but_which_no_tick_has_made_is_left_as_it_is(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team)

    schedule.change_schedule(
        conn, boss(conn, team), team.id, replace(PLAIN, prompt_at=time(20)), SIX + timedelta(seconds=1)
    )

    assert slots(conn, ann)[0] == SIX


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"questions": ("  ",)}, "questions"),
        ({"questions": ("Why?",) * 6}, "questions"),
        ({"questions": ("W" * 201,)}, "questions"),
        ({"weekdays": 0}, "weekdays"),
        ({"weekdays": 128}, "weekdays"),
        ({"answer_window": 29}, "answer_window"),
        ({"answer_window": 7 * 1440 + 1}, "answer_window"),
        ({"nudge_after": 900}, "nudge_after"),
        ({"nudge_after": 1}, "nudge_after"),
    ],
)
def test_a_schedule_that_cannot_work_is_refused_by_field_and_changes_nothing(
    conn: Conn, change: dict[str, Any], field: str
) -> None:
    team = make.team(conn, make.workspace(conn))

    with pytest.raises(Invalid) as refused:
        schedule.change_schedule(conn, boss(conn, team), team.id, replace(PLAIN, **change), NOON)

    assert refused.value.field == field
    assert conn.scalar(select(m.Schedule.questions)) == ["What did you get done today?"]


def test_only_managers_change_the_schedule_and_nobody_elses_hours(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = planned(conn, team), planned(conn, team, "Bob")
    stranger = make.member(conn, make.team(conn, make.workspace(conn)), "Eve")

    with pytest.raises(NotAllowed):
        schedule.change_schedule(conn, me(ann), team.id, PLAIN, NOON)
    with pytest.raises(NotAllowed):
        schedule.change_hours(conn, me(ann), bob.id, OwnHours(), NOON)
    for forbidden in (schedule.pause, schedule.resume, schedule.leave):
        with pytest.raises(NotFound):
            forbidden(conn, me(stranger), ann.id, NOON)


def test_own_hours_hold_for_prompt_and_digest_apart_and_the_zone_for_all_teams(conn: Conn) -> None:
    ws = make.workspace(conn)
    one, two = make.team(conn, ws), make.team(conn, ws)
    ann = planned(conn, one)
    there = planned(conn, two, contact_id=ann.contact_id)

    own = OwnHours(prompt_at=time(19), digest_at=None, weekdays=1 << 3, zone="Asia/Kathmandu")
    schedule.change_hours(conn, me(ann), ann.id, own, NOON)

    thursday = datetime(2026, 3, 5, tzinfo=UTC)
    assert slots(conn, ann) == (
        thursday + timedelta(hours=13, minutes=15),
        thursday + timedelta(hours=3, minutes=15),
    )
    assert slots(conn, there)[0] == NOON + timedelta(minutes=15)  # 18:00 in Kathmandu


@pytest.mark.parametrize(
    ("own", "field"), [(OwnHours(zone="Mars/Olympus"), "zone"), (OwnHours(weekdays=0), "weekdays")]
)
def test_own_hours_that_cannot_be_are_refused_by_field(conn: Conn, own: OwnHours, field: str) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)))

    with pytest.raises(Invalid) as refused:
        schedule.change_hours(conn, me(ann), ann.id, own, NOON)

    assert refused.value.field == field


def test_a_move_to_the_west_does_not_ask_twice_for_one_date(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = asked(conn, planned(conn, team))

    schedule.change_hours(conn, me(ann), ann.id, OwnHours(zone="Pacific/Pago_Pago"), SIX + timedelta(minutes=1))

    assert slots(conn, ann)[0] == datetime(2026, 3, 6, 5, tzinfo=UTC)  # Thursday's, at 18:00 there


def test_days_off_move_the_next_slots_in_all_teams_and_excuse_an_open_question(conn: Conn) -> None:
    ws = make.workspace(conn)
    ann = asked(conn, planned(conn, make.team(conn, ws)))
    there = planned(conn, make.team(conn, ws), contact_id=ann.contact_id, prompt_at=time(20))

    schedule.set_away(conn, me(ann), ann.id, TODAY, date(2026, 3, 9), SIX + timedelta(minutes=1))

    tuesday = datetime(2026, 3, 10, tzinfo=UTC)
    part = conn.execute(select(m.Participation.state, m.Participation.reason)).one()
    assert slots(conn, ann) == (tuesday + timedelta(hours=18), tuesday + timedelta(hours=9))
    assert slots(conn, there)[0] == tuesday + timedelta(hours=20)
    assert tuple(part) == ("excused", "away")
    assert conn.scalar(select(m.History.actor).where(m.History.trigger == "excuse")) == f"membership:{ann.id}"


def test_days_off_can_be_taken_back(conn: Conn) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)))
    before = slots(conn, ann)
    away = schedule.set_away(conn, me(ann), ann.id, TODAY, TOMORROW, NOON)

    schedule.remove_away(conn, me(ann), ann.id, away, NOON)

    assert slots(conn, ann) == before
    with pytest.raises(NotFound):
        schedule.remove_away(conn, me(ann), ann.id, away, NOON)


@pytest.mark.parametrize(
    ("first", "last"),
    [(TOMORROW, TODAY), (date(2026, 2, 1), date(2026, 3, 1)), (TODAY, date(2029, 1, 1))],
)
def test_days_off_that_make_no_sense_are_refused(conn: Conn, first: date, last: date) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)))

    with pytest.raises(Invalid) as refused:
        schedule.set_away(conn, me(ann), ann.id, first, last, NOON)

    assert refused.value.field == "last_day"


def test_a_pause_stops_prompts_and_digests_and_can_be_undone(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = planned(conn, team)
    before = slots(conn, ann)

    assert not schedule.pause(conn, me(ann), ann.id, NOON)
    paused = slots(conn, ann)
    schedule.resume(conn, me(ann), ann.id, NOON)
    schedule.resume(conn, me(ann), ann.id, NOON)

    assert paused == (None, None)
    assert slots(conn, ann) == before


def test_a_pause_with_a_date_goes_on_from_that_date(conn: Conn) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)))

    schedule.pause(conn, me(ann), ann.id, NOON, until=date(2026, 3, 10))

    tuesday = datetime(2026, 3, 10, tzinfo=UTC)
    assert slots(conn, ann) == (tuesday + timedelta(hours=18), tuesday + timedelta(hours=9))
    with pytest.raises(Invalid):
        schedule.pause(conn, me(ann), ann.id, NOON, until=TODAY - timedelta(days=1))


def test_a_pause_by_unsubscribing_excuses_the_open_question_and_tells_every_manager_once(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), name="Platform")
    for name in ("Max", "Mia"):
        make.member(conn, team, name, role="manager")
    ann = asked(conn, planned(conn, team))

    told = schedule.pause(conn, me(ann), ann.id, SIX + timedelta(minutes=1), by="unsubscribe")
    again = schedule.pause(conn, me(ann), ann.id, SIX + timedelta(minutes=2), by="unsubscribe")

    notices = conn.execute(select(m.Notice.template, m.Notice.context)).all()
    assert len(told.batches) == 2
    assert not again
    assert [notice.template for notice in notices] == ["notice_paused"] * 2
    assert notices[0].context == {
        "person": "Ann", "team": "Platform", "team_id": team.id, "team_path": f"/teams/{team.id}", "by": "unsubscribe",
    }  # fmt: skip
    assert conn.scalar(select(m.Participation.state)) == "excused"
    assert conn.scalar(select(m.Membership.paused_by).where(m.Membership.id == ann.id)) == "unsubscribe"


def test_without_a_manager_the_owners_and_admins_hear_of_it_and_nobody_else(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), name="Platform")
    ann = planned(conn, team)
    heard = [make.contact(conn, team.workspace_id, name)[0] for name in ("Olga", "Abe", "Uwe")]
    for who, role in zip(heard, ("owner", "admin", "user"), strict=True):
        make.account(conn, team.workspace_id, who, role=role)

    schedule.pause(conn, me(ann), ann.id, SIX, by="unsubscribe")

    assert set(conn.scalars(select(m.Notice.contact_id))) == set(heard[:2])


def test_who_leaves_has_no_more_slots_and_what_they_wrote_stays(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = asked(conn, planned(conn, team))
    make.entry(conn, conn.scalars(select(m.Participation.id)).one())

    assert schedule.leave(conn, me(ann), ann.id, SIX)
    assert not schedule.leave(conn, SYSTEM(team.workspace_id), ann.id, SIX)

    assert slots(conn, ann) == (None, None)
    assert conn.scalar(select(func.count()).select_from(m.Entry)) == 1
    with pytest.raises(NotFound):
        schedule.resume(conn, SYSTEM(team.workspace_id), ann.id, SIX)


def test_rescheduling_touches_no_other_workspace(conn: Conn) -> None:
    ann = planned(conn, make.team(conn, make.workspace(conn)))
    conn.execute(update(m.Membership).values(next_prompt_at=None))

    schedule.reschedule(conn, make.workspace(conn).id, [ann.id], NOON)

    assert slots(conn, ann)[0] is None
