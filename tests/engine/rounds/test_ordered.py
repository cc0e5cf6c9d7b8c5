"""What an order by mail changes in rounds, and how it is taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.errors import NotFound
from engine.people.principal import Principal, of_link
from engine.rounds import ordered
from engine.rounds.open import open_due
from tests import factories as make
from tests.factories import Member

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
TODAY = SIX.date()
MONDAY = date(2026, 3, 9)


def link(who: Member) -> Principal:
    return of_link(who.workspace_id, who.contact_id, who.id)


def ann_of(conn: Conn, **values: Any) -> Member:
    hours = {"next_prompt_at": SIX, "next_prompt_day": TODAY, **values}
    return make.member(conn, make.team(conn, make.workspace(conn), weekdays=127), "Ann", **hours)


def part(conn: Conn, who: Member) -> tuple[str, str] | None:
    p = m.Participation
    row = conn.execute(select(p.state, p.reason).where(p.membership_id == who.id)).one_or_none()
    return (row.state, row.reason) if row else None


def next_day(conn: Conn, who: Member) -> date | None:
    return conn.scalar(select(m.Membership.next_prompt_day).where(m.Membership.id == who.id))


def test_a_pause_until_a_day_plans_the_next_question_for_that_day(conn: Conn) -> None:
    ann = ann_of(conn)
    open_due(conn, SIX)

    did = ordered.pause(conn, link(ann), ann.id, MONDAY, SIX)

    assert next_day(conn, ann) == MONDAY
    assert part(conn, ann) == ("excused", "paused")
    assert ordered.pause(conn, link(ann), ann.id, MONDAY, SIX) == {}, "once more changes nothing"
    assert ordered.take_back(conn, link(ann), ann.id, did, SIX)
    assert next_day(conn, ann) == TODAY + timedelta(days=1)
    assert part(conn, ann) == ("due", "")


def test_a_skip_about_no_mail_is_about_today_and_before_the_question_a_day_away(conn: Conn) -> None:
    ann = ann_of(conn)
    before = SIX - timedelta(hours=3)

    skip = ordered.skip(conn, link(ann), ann.id, None, before)
    skipped = next_day(conn, ann)

    assert (skip.day, skip.did) == (TODAY, {"away": TODAY.isoformat()})
    assert skipped == TODAY + timedelta(days=1)
    assert ordered.take_back(conn, link(ann), ann.id, skip.did, before)
    assert next_day(conn, ann) == TODAY


def test_there_is_nothing_to_skip_on_a_day_without_a_question(conn: Conn) -> None:
    ann = ann_of(conn, next_prompt_day=MONDAY, next_prompt_at=SIX + timedelta(days=5))

    skip = ordered.skip(conn, link(ann), ann.id, None, SIX)

    assert (skip.day, skip.did, skip.why) == (None, {}, "")


def test_a_skip_about_an_old_mail_does_not_touch_today(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), weekdays=127)
    ann = make.member(conn, team, "Ann", next_prompt_at=SIX, next_prompt_day=TODAY)
    open_due(conn, SIX)
    old = make.participation(conn, make.round_of(conn, team, TODAY - timedelta(days=1)), ann, state="missed")

    skip = ordered.skip(conn, link(ann), ann.id, old, SIX)

    assert (skip.day, skip.why) == (None, "missed")
    states = conn.scalars(select(m.Participation.state).order_by(m.Participation.local_date)).all()
    assert states == ["missed", "due"]


def test_nobody_orders_for_somebody_else(conn: Conn) -> None:
    ann = ann_of(conn)
    bob = make.member(conn, make.team(conn, make.workspace(conn)), "Bob")

    with pytest.raises(NotFound):
        ordered.pause(conn, link(bob), ann.id, None, SIX)
    with pytest.raises(NotFound):
        ordered.take_back(conn, link(bob), ann.id, {"parts": [1]}, SIX)
