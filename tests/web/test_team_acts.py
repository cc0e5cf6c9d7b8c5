"""Skipping, days off, pausing, asking now: each says first whom it concerns, records an act, and can be taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.rounds import schedule
from scheduler.tick import tick
from tests import factories as make
from tests.factories import Team
from tests.web.conftest import PASSWORD, Browser


@pytest.fixture
def team(signed_in: Browser, owner: Account) -> Team:
    """Three people asked every day just before midnight, one of whom is away, and an observer."""
    with db.begin() as conn:
        now = db.now(conn)
        made = make.team(conn, make.Workspace(owner.workspace_id, ""), "Platform", weekdays=127)
        conn.execute(m.Schedule.__table__.update().values(prompt_at="23:59:59.9"))  # type: ignore[attr-defined]
        crew = [make.member(conn, made, name) for name in ("Ann Bell", "Bob", "Cem")]
        crew.append(make.member(conn, made, "Obs", role="observer"))
        make.away(conn, crew[2], now.date() - timedelta(days=1), now.date() + timedelta(days=3))
        schedule.reschedule(conn, owner.workspace_id, [one.id for one in crew], now)
    return made


def path(team: Team, *parts: object) -> str:
    return "/".join(str(part) for part in ("/teams", team.id, *parts))


def acts() -> list[tuple[str, ...]]:
    with db.begin() as conn:
        found = conn.execute(select(m.Act.act, m.Act.about).where(m.Act.act != "signed_in").order_by(m.Act.id))
        return [tuple(row) for row in found]


def asked() -> list[tuple[str, ...]]:
    """(state, reason) of all parts."""
    with db.begin() as conn:
        found = conn.execute(select(m.Participation.state, m.Participation.reason).order_by(m.Participation.id))
        return [tuple(row) for row in found]


def ticks() -> None:
    tick(db.begin)


def test_skipping_today_says_whom_it_concerns_before_it_happens(signed_in: Browser, team: Team) -> None:
    page = signed_in.post(path(team, "skip"), path(team))

    assert page.status_code == 200
    assert "2 people would be asked today and are not." in page.text
    assert acts() == []
    with db.begin() as conn:
        assert conn.scalars(select(m.DayOff.id)).all() == []


def test_a_skipped_day_is_shown_asks_nobody_and_is_undone_from_the_same_page(signed_in: Browser, team: Team) -> None:
    done = signed_in.post(path(team, "skip"), path(team), sure="yes")
    shown = signed_in.get(path(team)).text
    undo = re.search(r'action="([^"]+/days-off/\d+/remove)"', shown)
    assert undo
    signed_in.post(undo[1], path(team))
    after = signed_in.get(path(team)).text

    assert done.status_code == 303
    assert "Today is a day off of the team: Skipped." in shown
    assert shown.count('mark-hollow">day off</span>') == 2
    assert "Today is a day off" not in after
    assert acts() == [("skipped_today", "Platform"), ("removed_day_off", "Platform")]


def test_who_was_asked_before_a_skip_is_counted_and_let_off(signed_in: Browser, team: Team) -> None:
    signed_in.post(path(team, "ask"), path(team), sure="yes")
    ticks()

    page = signed_in.post(path(team, "skip"), path(team))
    signed_in.post(path(team, "skip"), path(team), sure="yes")

    assert "2 people have been asked and have not answered." in page.text
    assert sorted(asked()) == [("excused", "away"), ("excused", "skipped"), ("excused", "skipped")]


def test_asking_now_names_who_is_asked_and_who_is_not_and_then_the_tick_asks_them(
    signed_in: Browser, team: Team
) -> None:
    page = signed_in.post(path(team, "ask"), path(team))
    ticks()
    before = asked()
    done = signed_in.post(path(team, "ask"), path(team), sure="yes")
    ticks()
    again = signed_in.post(path(team, "ask"), path(team), sure="yes")

    assert "Ask 2 people now?" in page.text
    assert "Ann Bell, Bob" in page.text
    assert "Left out: 1 is away today." in page.text
    assert "Left out: 1 is an observer." in page.text
    assert before == []
    assert sorted(asked()) == [("due", ""), ("due", ""), ("excused", "away")]
    assert done.status_code == again.status_code == 303
    assert "There is nobody to ask now" in signed_in.get(path(team)).text
    assert acts() == [("asked_now", "Platform")]


def test_a_pause_asks_first_says_until_when_and_is_resumed(signed_in: Browser, team: Team) -> None:
    with db.begin() as conn:
        until = db.now(conn).date() + timedelta(days=7)

    page = signed_in.post(path(team, "pause"), path(team, "days-off"), until=until.isoformat())
    kept = f'name="until" value="{until.isoformat()}"' in page.text
    signed_in.post(path(team, "pause"), path(team, "days-off"), until=until.isoformat(), sure="yes")
    shown, stale = signed_in.get(path(team)).text, signed_in.post(path(team, "ask"), path(team))
    signed_in.post(path(team, "resume"), path(team))

    assert "3 people are asked no more" in page.text
    assert kept
    assert "The team is paused until" in shown
    assert ", by Ada" in shown
    assert stale.status_code == 303
    assert "The team is paused" not in re.sub(r'role="status">[^<]*<', "", signed_in.get(path(team)).text)
    assert [act for act, _ in acts()] == ["paused_team", "resumed_team"]


def test_resuming_a_team_that_is_not_paused_records_nothing(signed_in: Browser, team: Team) -> None:
    signed_in.post(path(team, "resume"), path(team))

    assert acts() == []


@pytest.mark.parametrize(
    ("where", "fields", "said"),
    [
        ("pause", {"until": "2020-01-01"}, "Choose a later date"),
        ("days-off", {"first_day": "2020-01-01"}, "This day is over"),
        ("days-off", {"first_day": ""}, "Choose a day."),
        ("days-off", {"first_day": "2026-12-24", "last_day": "2026-12-01", "reason": "Kept words"}, "comes before"),
    ],
)
def test_a_refused_form_comes_back_as_it_was_typed(
    signed_in: Browser, team: Team, where: str, fields: dict[str, str], said: str
) -> None:
    page = signed_in.post(path(team, where), path(team, "days-off"), **fields)

    assert page.status_code == 422
    assert said in page.text
    assert all(f'value="{value}"' in page.text for value in fields.values() if value)
    assert acts() == []


def test_holidays_are_added_listed_and_removed(signed_in: Browser, team: Team) -> None:
    with db.begin() as conn:
        first = db.now(conn).date() + timedelta(days=3)
    last = first + timedelta(days=1)
    fields = {"first_day": first.isoformat(), "last_day": last.isoformat(), "reason": "Spring break"}

    empty = signed_in.get(path(team, "days-off")).text
    signed_in.post(path(team, "days-off"), path(team, "days-off"), **fields)
    page = signed_in.get(path(team, "days-off")).text
    removes = re.findall(r'action="([^"]+/days-off/\d+/remove)"', page)
    signed_in.post(removes[0], path(team, "days-off"))
    gone = signed_in.post(removes[0], path(team, "days-off"))

    assert "No days off ahead" in empty
    assert page.count("Spring break") == 2
    assert len(removes) == 2
    assert gone.status_code == 404
    assert [act for act, _ in acts()] == ["added_days_off", "removed_day_off"]


def test_days_on_which_some_were_asked_already_ask_first(signed_in: Browser, team: Team) -> None:
    signed_in.post(path(team, "ask"), path(team), sure="yes")
    ticks()
    with db.begin() as conn:
        today = db.now(conn).date().isoformat()

    page = signed_in.post(path(team, "days-off"), path(team, "days-off"), first_day=today, reason="Offsite")
    signed_in.post(path(team, "days-off"), path(team, "days-off"), first_day=today, reason="Offsite", sure="yes")

    assert "2 people have been asked and have not answered." in page.text
    assert 'name="reason" value="Offsite"' in page.text
    assert sorted(asked()) == [("excused", "away"), ("excused", "day off"), ("excused", "day off")]


def test_members_see_the_pause_and_the_day_off_and_no_buttons(app: Flask, signed_in: Browser, team: Team) -> None:
    signed_in.post(path(team, "skip"), path(team), sure="yes")
    from engine.people import accounts

    with db.begin() as conn:
        ben = accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)
        make.member(conn, team, contact_id=ben.contact_id, email=ben.email)
    browser = Browser(app.test_client())
    browser.sign_in(ben.email)

    page = browser.get(path(team)).text

    assert "Today is a day off" in page
    for words in ("Undo", "Ask now", "Skip today", "/why"):
        assert words not in page


def test_why_says_each_reason_and_what_to_do(signed_in: Browser, team: Team) -> None:
    with db.begin() as conn:
        cem = conn.scalars(select(m.Membership.id).join(m.Contact, m.Contact.id == m.Membership.contact_id).where(
            m.Contact.name == "Cem")).one()  # fmt: skip
    signed_in.post(path(team, "members", cem, "pause"), path(team, "members"))
    signed_in.post(path(team, "skip"), path(team), sure="yes")

    page = signed_in.get(path(team, "members", cem, "why")).text

    assert "Why they were not asked" in page
    for words in ("A manager paused them", "They are away until", "Today is a day off of the team: Skipped",
                  "Resume them on the Members page", "Take it back under Days off"):  # fmt: skip
        assert words in page


def test_why_shows_what_a_question_that_has_not_left_waits_for(signed_in: Browser, team: Team) -> None:
    signed_in.post(path(team, "ask"), path(team), sure="yes")
    ticks()
    with db.begin() as conn:
        ann = conn.scalars(select(m.Participation.membership_id).where(m.Participation.state == "due")).first()

    page = signed_in.get(path(team, "members", ann, "why")).text

    assert "Where the question stands" in page
    assert "is planned and has not left yet. It waits: " in page
    assert "/deliveries/" in page


def test_todays_round_narrows_by_group_and_by_name(signed_in: Browser, team: Team) -> None:
    whole = signed_in.get(path(team, "today")).text
    away = signed_in.get(path(team, "today?show=out")).text
    ann = signed_in.get(path(team, "today?q=bell")).text
    nobody = signed_in.get(path(team, "today?show=out&q=bell")).text

    assert "<b>3</b> in all" in whole
    assert "<b>2</b> still to be asked" in whole
    assert ("Cem" in away, "Bob" in away) == (True, False)
    assert ("Ann Bell" in ann, "Cem" in ann) == (True, False)
    assert "Nobody stands here now" in nobody
    assert f'data-poll="{path(team)}/today?show=out"' in signed_in.get(path(team) + "?show=out").text
