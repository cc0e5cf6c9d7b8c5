"""Days away behind the link: by the form, and by turning days of the calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import db
from engine import models as m
from tests import factories as make
from tests.factories import Member
from tests.factories.rows import row as insert
from tests.web.conftest import Browser
from tests.web.scene import Scene


def test_days_away_are_added_and_removed(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"
    first = evening.now.date() + timedelta(days=20)

    added = browser.post(f"{path}/away", path, first_day=first.isoformat(), last_day="")
    page = browser.get(f"{path}/away").text
    remove = re.search(rf'action="({re.escape(path)}/away/\d+/remove)"', page)
    assert remove
    removed = browser.post(remove[1], path)

    assert (added.status_code, removed.status_code) == (303, 303)
    assert "No days away." in browser.get(f"{path}/away").text


def test_an_away_span_that_ends_before_it_begins_is_refused(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/away", path, first_day="2031-05-09", last_day="2031-05-02")

    assert page.status_code == 422
    assert "The last day lies before the first." in page.text
    assert 'value="2031-05-09"' in page.text


def spans(who: Member) -> list[tuple[date, date]]:
    with db.begin() as conn:
        a = m.Away
        found = select(a.first_day, a.last_day).where(a.contact_id == who.contact_id).order_by(a.first_day)
        return [(first, last) for first, last in conn.execute(found)]


def cell(page: str, day: date) -> str:
    """What the calendar says of a day."""
    named = re.search(rf'<td class="is-(\w+)[^"]*"[^>]*>\s*<button id="day-{day}"', page)
    assert named, f"{day} is no button"
    return named[1]


def test_a_day_of_the_calendar_is_turned_and_turned_back(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    day = evening.now.date() + timedelta(days=20)
    month = f"{path}/away?month={day:%Y-%m}"

    turned = browser.post(f"{path}/away/day", month, day=day.isoformat())
    page = browser.get(month).text
    away = spans(farid)
    back = browser.post(f"{path}/away/day", month, back=day.isoformat())

    assert (turned.status_code, back.status_code) == (303, 303)
    assert turned.location.endswith(f"/away?month={day:%Y-%m}#day-{day}")
    assert away == [(day, day)]
    assert cell(page, day) == "away"
    assert "Be asked again" in page
    assert spans(farid) == []


def test_days_that_touch_become_one_span_and_a_day_in_its_middle_parts_it(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    first = evening.now.date() + timedelta(days=20)
    days = [first + timedelta(days=n) for n in range(3)]

    for day in (days[0], days[2], days[1]):
        browser.post(f"{path}/away/day", f"{path}/away", day=day.isoformat())
    joined = spans(farid)
    browser.post(f"{path}/away/day", f"{path}/away", back=days[1].isoformat())

    assert joined == [(days[0], days[2])]
    assert spans(farid) == [(days[0], days[0]), (days[2], days[2])]


def test_a_month_shows_what_each_day_was_and_the_teams_days_off(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    with db.begin() as conn:
        for day, state in ((date(2026, 3, 2), "answered"), (date(2026, 3, 3), "missed")):
            make.participation(conn, make.round_of(conn, evening.team, day), farid, state=state)
        free = evening.now.date() + timedelta(days=9)
        insert(conn, m.DayOff, workspace_id=farid.workspace_id, team_id=farid.team_id, day=free, reason="Holi",
               made_at=evening.now)  # fmt: skip

    past = browser.get(f"{path}/away?month=2026-03").text
    ahead = browser.get(f"{path}/away?month={free:%Y-%m}").text

    assert "Monday 2 Mar 2026, answered" in past
    assert "Tuesday 3 Mar 2026, asked, not answered" in past
    assert "<button id=" not in past, "days that are over cannot be turned"
    assert "the team&#39;s day off: Holi" in ahead
    assert cell(ahead, free) == "off"


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-12", "0001-01"])
def test_a_month_that_is_none_shows_this_one(browser: Browser, evening: Scene, path: str, month: str) -> None:
    page = browser.get(f"{path}/away?month={month}")

    assert page.status_code == 200
    assert 'aria-current="date"' in page.text


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30"])
def test_a_day_that_is_none_is_refused(browser: Browser, farid: Member, path: str, day: str) -> None:
    answer = browser.post(f"{path}/away/day", f"{path}/away", day=day)

    assert answer.status_code == 400
    assert spans(farid) == []


def test_a_day_that_is_over_is_refused(browser: Browser, farid: Member, path: str) -> None:
    answer = browser.post(f"{path}/away/day", f"{path}/away", day="2020-01-01")

    assert answer.status_code == 400
    assert spans(farid) == []
