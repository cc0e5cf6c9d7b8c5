"""The preview of the next sends: by the scheduler's own rules, so real ticks do what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.people.principal import SYSTEM
from engine.rounds import days_off, pausing, schedule
from engine.rounds.preview import Coming, Gap, Send, coming, paused_terms
from engine.rounds.queries import hours
from engine.rounds.queries.hours import Terms
from engine.rounds.schedule import OwnHours
from tests import factories as make
from tests.engine.ticking import planned, until

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
TODAY = date(2026, 3, 4)
OPEN = paused_terms(True, "UTC", None, {})
DAY = timedelta(days=1)


def terms(**values: object) -> Terms:
    plain = Terms(
        1, "member", "UTC", time(18), time(9), 31, True, False, None, None, None, None, None, None, None, ()
    )  # fmt: skip
    return replace(plain, **values)  # type: ignore[arg-type]


def sends(found: Coming) -> list[Send]:
    return [step for step in found.steps if isinstance(step, Send)]


def gaps(found: Coming) -> list[Gap]:
    return [step for step in found.steps if isinstance(step, Gap)]


def test_seven_sends_are_foreseen_on_the_members_own_days_in_their_own_time() -> None:
    found = coming(terms(zone="Asia/Tokyo"), OPEN, NOON)

    assert [send.local_date.day for send in sends(found)] == [5, 6, 9, 10, 11, 12, 13]
    assert {send.at for send in sends(found)} == {time(18)}
    assert sends(found)[0].instant == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert gaps(found) == []


def test_days_away_and_days_off_stand_between_the_sends_with_their_reason() -> None:
    team = paused_terms(True, "UTC", None, {date(2026, 3, 9): "Holiday"})
    span = ((date(2026, 3, 5), date(2026, 3, 6)),)

    found = coming(terms(away=(*span, (date(2026, 3, 9), date(2026, 3, 9)))), team, NOON, 3)

    assert [type(step) for step in found.steps] == [Send, Gap, Gap, Send, Send]
    assert gaps(found) == [
        Gap(date(2026, 3, 5), date(2026, 3, 6), "away"), Gap(date(2026, 3, 9), date(2026, 3, 9), "day off, Holiday"),
    ]  # fmt: skip
    assert [send.local_date.day for send in sends(found)] == [4, 10, 11]


def test_a_pause_with_a_date_is_one_gap_and_one_without_says_never() -> None:
    until_tenth = coming(terms(paused=True, pause_until=date(2026, 3, 10)), OPEN, NOON, 2)
    for_good = coming(terms(paused=True), OPEN, NOON)

    assert gaps(until_tenth) == [Gap(TODAY, date(2026, 3, 9), "paused")]
    assert [send.local_date.day for send in sends(until_tenth)] == [10, 11]
    assert (for_good.steps, for_good.never) == ((), "not asked: paused until somebody resumes them")


def test_observers_and_a_paused_team_say_why_nothing_comes() -> None:
    assert coming(terms(role="observer"), OPEN, NOON).never == "not asked: observer"
    assert "team is paused" in coming(terms(), paused_terms(False, "UTC", None, {}), NOON).never


def test_a_team_pause_ends_when_its_date_begins_in_the_teams_zone() -> None:
    team = paused_terms(False, "America/New_York", date(2026, 3, 6), {})

    tokyo, berlin = (coming(terms(zone=zone, askable=False), team, NOON, 1) for zone in ("Asia/Tokyo", "Europe/Berlin"))

    assert sends(berlin)[0].local_date == date(2026, 3, 6)
    assert sends(tokyo)[0].local_date == date(2026, 3, 6)
    early = coming(terms(zone="Asia/Tokyo", prompt_at=time(9), askable=False), team, NOON, 1)
    assert sends(early)[0].local_date == date(2026, 3, 9)  # at 9 in Tokyo it was still the 5th in New York


@pytest.mark.parametrize(
    ("at", "start", "clock", "note"),
    [
        (time(2, 30), "2026-03-28", time(3, 0), "the clocks skip 02:30 that day; asked at 03:00"),
        (time(2, 30), "2026-10-24", time(2, 30), "02:30 comes twice that day; asked the first time"),
        (time(18), "2026-03-28", time(18), "the clocks go forward that day"),
        (time(18), "2026-10-24", time(18), "the clocks go back that day"),
        (time(18), "2026-03-26", time(18), ""),
    ],
)
def test_a_change_of_the_clocks_is_said_in_words(at: time, start: str, clock: time, note: str) -> None:
    now = datetime.fromisoformat(f"{start}T20:00+00:00")

    (send,) = sends(coming(terms(zone="Europe/Berlin", weekdays=127, prompt_at=at), OPEN, now, 1))

    assert (send.at, send.note) == (clock, note)


def test_a_slot_that_waits_for_the_tick_comes_first() -> None:
    waiting = terms(next_prompt_at=NOON, next_prompt_day=TODAY)

    first, second = sends(coming(waiting, OPEN, NOON, 2))

    assert (first.instant, first.note) == (NOON, "is being asked now")
    assert second.local_date == TODAY + DAY


def test_who_was_asked_today_is_foreseen_from_tomorrow_on() -> None:
    assert sends(coming(terms(last_prompt_day=TODAY), OPEN, NOON, 1))[0].local_date == TODAY + DAY


def test_real_ticks_ask_everybody_exactly_when_the_preview_said(conn: Conn) -> None:
    ws = make.workspace(conn)
    team, who = make.team(conn, ws, zone="Europe/Berlin", weekdays=127), SYSTEM(ws.id)
    now = datetime(2026, 3, 26, 12, 0, tzinfo=UTC)  # the clocks of Europe change on the 29th
    crew = [
        planned(conn, team, "Berlin", now, zone="Europe/Berlin"),
        planned(conn, team, "Night", now, prompt_at=time(2, 30)),
        planned(conn, team, "Kathmandu", now, zone="Asia/Kathmandu"), planned(conn, team, "Away", now),
        planned(conn, team, "Paused", now), planned(conn, team, "York", now, zone="America/New_York", weekdays=31),
    ]  # fmt: skip
    schedule.set_away(conn, who, crew[3].id, date(2026, 3, 27), date(2026, 3, 28), now)
    schedule.pause(conn, who, crew[4].id, now, by="manager", until=date(2026, 3, 30))
    schedule.change_hours(conn, who, crew[0].id, OwnHours(prompt_at=time(17), zone="Europe/Berlin"), now)
    days_off.add(conn, who, team.id, date(2026, 3, 31), date(2026, 3, 31), "", now)
    pausing.pause_team(conn, who, team.id, date(2026, 3, 28), now)
    row = hours.schedule(conn, ws.id, team.id)
    off = {day.day: day.reason for day in days_off.ahead(conn, ws.id, team.id, now)}
    team_terms = paused_terms(row.active, team.zone, row.pause_until, off)
    supposed = hours.supposed(conn, ws.id, [one.id for one in crew], now.date(), row.prompt_at, row.weekdays)
    foreseen = {one.membership_id: [s.instant for s in sends(coming(one, team_terms, now, 5))] for one in supposed}

    until(conn, now, now + 12 * DAY, every=timedelta(hours=2))

    for one in crew:
        found = select(m.Participation.due_at).where(m.Participation.membership_id == one.id)
        asked = list(conn.scalars(found.where(m.Participation.state != "excused").order_by(m.Participation.local_date)))
        assert asked[:5] == foreseen[one.id], one.name


def test_hours_that_are_not_saved_count_where_a_member_has_none_of_their_own(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = planned(conn, team, "Ann", NOON), planned(conn, team, "Bob", NOON, prompt_at=time(16), weekdays=1)

    one, two = hours.supposed(conn, team.workspace_id, [ann.id, bob.id], TODAY, time(10), 96)

    assert (one.prompt_at, one.weekdays) == (time(10), 96)
    assert (two.prompt_at, two.weekdays) == (time(16), 1)
