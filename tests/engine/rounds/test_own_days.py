"""Days that one turns oneself, and coming back, on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import acts
from engine.people.principal import Principal, of_link
from engine.rounds import own_days, schedule
from engine.rounds.open import open_due
from tests import factories as make
from tests.factories import Member

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
TODAY = SIX.date()
DAY = timedelta(days=1)


def link(who: Member) -> Principal:
    return of_link(who.workspace_id, who.contact_id, who.id)


def spans(conn: Conn, who: Member) -> list[tuple[date, date]]:
    a = m.Away
    found = select(a.first_day, a.last_day).where(a.contact_id == who.contact_id).order_by(a.first_day)
    return [(first, last) for first, last in conn.execute(found)]


def next_day(conn: Conn, who: Member) -> date | None:
    return conn.scalar(select(m.Membership.next_prompt_day).where(m.Membership.id == who.id))


def test_a_day_away_excuses_todays_question_and_taking_it_back_plans_anew(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = make.member(conn, team, "Ann", next_prompt_at=SIX, next_prompt_day=TODAY)
    bob = make.member(conn, team, "Bob")
    open_due(conn, SIX)

    own_days.away_on(conn, link(ann), ann.id, TODAY, SIX)
    own_days.away_on(conn, link(ann), ann.id, TODAY + DAY, SIX)
    away_until = next_day(conn, ann)
    own_days.back_on(conn, link(ann), ann.id, TODAY + DAY, SIX)

    assert conn.scalars(select(m.Participation.state).where(m.Participation.membership_id == ann.id)).all() == [
        "excused"
    ]
    assert (away_until, next_day(conn, ann)) == (TODAY + 2 * DAY, TODAY + DAY)
    assert spans(conn, ann) == [(TODAY, TODAY)]
    assert spans(conn, bob) == []


def test_taking_back_a_day_that_is_not_away_changes_nothing(conn: Conn) -> None:
    ann = make.member(conn, make.team(conn, make.workspace(conn)), "Ann")
    make.away(conn, ann, TODAY, TODAY + DAY)

    own_days.back_on(conn, link(ann), ann.id, TODAY + 9 * DAY, SIX)

    assert spans(conn, ann) == [(TODAY, TODAY + DAY)]


def test_overlapping_spans_lose_the_day_once_for_all(conn: Conn) -> None:
    ann = make.member(conn, make.team(conn, make.workspace(conn)), "Ann")
    make.away(conn, ann, TODAY, TODAY + 2 * DAY)
    make.away(conn, ann, TODAY + DAY, TODAY + DAY)

    own_days.back_on(conn, link(ann), ann.id, TODAY + DAY, SIX)

    assert spans(conn, ann) == [(TODAY, TODAY), (TODAY + 2 * DAY, TODAY + 2 * DAY)]


def test_nobody_turns_the_days_of_somebody_else(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = make.member(conn, team, "Ann"), make.member(conn, team, "Bob")

    for act in (own_days.away_on, own_days.back_on):
        with pytest.raises((NotAllowed, NotFound)):
            act(conn, link(bob), ann.id, TODAY, SIX)


def test_who_left_alone_comes_back_with_their_hours_and_only_within_a_week(conn: Conn) -> None:
    ann = make.member(conn, make.team(conn, make.workspace(conn)), "Ann")
    schedule.reschedule(conn, ann.workspace_id, [ann.id], SIX)
    planned = next_day(conn, ann)
    schedule.leave(conn, link(ann), ann.id, SIX)
    acts.note(conn, link(ann), "left_team", SIX, "membership", ann.id)

    late = own_days.may_come_back(conn, link(ann), ann.id, SIX + 8 * DAY)
    gone = next_day(conn, ann)
    first = own_days.come_back(conn, link(ann), ann.id, SIX)
    again = own_days.come_back(conn, link(ann), ann.id, SIX)

    assert not late
    assert (first, again) == (True, False)
    assert (gone, next_day(conn, ann)) == (None, planned)


def test_whom_a_manager_removed_does_not_come_back(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, max_ = make.member(conn, team, "Ann"), make.member(conn, team, "Max", role="manager")
    account = make.account(conn, max_.workspace_id, max_.contact_id)
    manager = Principal("session", max_.workspace_id, max_.contact_id, account, "user")
    schedule.leave(conn, manager, ann.id, SIX)
    acts.note(conn, manager, "removed_member", SIX, "membership", ann.id)

    with pytest.raises(Invalid, match="Ask a manager"):
        own_days.come_back(conn, link(ann), ann.id, SIX)
