"""What pages ask: the team today, its entries, a member's history and settings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from engine.db import Conn
from engine.rounds.open import open_due
from engine.rounds.queries import pages
from tests import factories as make

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
TODAY = SIX.date()


def test_the_team_today_has_each_members_part_next_send_and_prompt(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), zone="Europe/Berlin")
    ann = make.member(conn, team, "Ann", next_prompt_at=SIX, next_prompt_day=TODAY)
    bob = make.member(conn, team, "Bob", zone="Asia/Tokyo", role="observer")
    make.away(conn, bob, TODAY, date(2026, 3, 9))
    make.member(conn, team, "Gone", left_at=SIX)
    open_due(conn, SIX)

    one, two = pages.team_today(conn, team.workspace_id, team.id, SIX + timedelta(minutes=1))

    assert (one.membership_id, one.zone, one.local_date, one.state) == (ann.id, "Europe/Berlin", TODAY, "due")
    assert (one.delivery, one.prompt_seq, one.next_prompt_at) == ("queued", 1, datetime(2026, 3, 5, 17, tzinfo=UTC))
    assert (two.zone, two.role, two.state, two.away) == ("Asia/Tokyo", "observer", None, ((TODAY, date(2026, 3, 9)),))


def test_yesterdays_part_is_not_shown_once_its_window_is_over(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    make.member(conn, team, "Ann", next_prompt_at=SIX, next_prompt_day=TODAY)
    open_due(conn, SIX)

    (at_night,) = pages.team_today(conn, team.workspace_id, team.id, SIX + timedelta(hours=14))
    (next_day,) = pages.team_today(conn, team.workspace_id, team.id, SIX + timedelta(hours=16))

    assert (at_night.state, next_day.state) == ("due", None)


def test_open_rounds_of_two_dates_stand_side_by_side(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = make.member(conn, team, "Ann"), make.member(conn, team, "Bob")
    make.participation(conn, make.round_of(conn, team, TODAY), ann, state="answered")
    make.participation(conn, make.round_of(conn, team, date(2026, 3, 5)), bob, state="asked")
    make.participation(conn, make.round_of(conn, team, date(2026, 3, 1), state="closed"), bob, state="missed")

    rows = pages.open_rounds(conn, team.workspace_id, team.id)

    assert [(row.local_date.day, row.name, row.state) for row in rows] == [(5, "Bob", "asked"), (4, "Ann", "answered")]


def test_a_members_history_has_what_they_wrote(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = make.member(conn, team, "Ann")
    part = make.participation(conn, make.round_of(conn, team, TODAY), ann, state="answered")
    make.entry(conn, part, "One")
    make.entry(conn, part, "Two")
    make.participation(conn, make.round_of(conn, team, date(2026, 3, 3)), ann, state="missed")

    rows = pages.member_history(conn, team.workspace_id, ann.id)

    assert [(row.local_date.day, row.state, row.texts) for row in rows] == [
        (4, "answered", ["One", "Two"]),
        (3, "missed", None),
    ]


def test_own_settings_stand_beside_the_teams(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn, "Acme"), name="Platform", zone="Europe/Berlin")
    ann = make.member(conn, team, "Ann", zone="Asia/Tokyo", weekdays=3)

    own = pages.own_settings(conn, team.workspace_id, ann.id)

    assert own is not None
    assert (own.workspace, own.team, own.zone, own.own_zone) == ("Acme", "Platform", "Asia/Tokyo", "Asia/Tokyo")
    assert (own.weekdays, own.team_weekdays, own.prompt_at) == (3, 31, None)
    assert pages.own_settings(conn, make.workspace(conn).id, ann.id) is None
