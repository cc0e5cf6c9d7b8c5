"""One's own hours behind the link, and the next questions that follow from them."""

from __future__ import annotations

import re
from datetime import time, timedelta

from engine import db
from engine import models as m
from tests import factories as make
from tests.factories import Member
from tests.factories.rows import row as insert
from tests.web.conftest import Browser
from tests.web.scene import Scene, row


def test_own_hours_days_and_zone_are_kept(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"
    typed = {"prompt_at": "16:45", "digest_at": "", "own_days": "y", "weekdays": ["1", "3"], "zone": "Asia/Kathmandu"}

    answer = browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), **typed})

    own = row(farid)
    assert answer.status_code == 303
    assert (own.prompt_at, own.digest_at, own.weekdays) == (time(16, 45), None, 0b1010)
    page = browser.get(f"{path}/hours").text
    assert 'value="16:45"' in page
    assert all(line.endswith("16:45") for line in coming(page))


def test_refused_hours_keep_the_input(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/hours", path, prompt_at="16:45", zone="Mars/Olympus", own_days="y")

    assert page.status_code == 422
    assert 'value="Mars/Olympus"' in page.text
    assert 'value="16:45"' in page.text
    assert row(farid).prompt_at is None


def test_days_that_are_changed_count_also_without_the_tick_above_them(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    path = f"/me/{evening.link(farid)}"

    browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), "weekdays": ["0", "2"]})
    changed = row(farid).weekdays
    browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), "weekdays": ["0", "2"]})

    assert changed == 0b101
    assert row(farid).weekdays is None, "the tick taken away, the days as they were: the team's days again"


def coming(page: str) -> list[str]:
    """The list of the next questions."""
    part = page.split('id="next-title"')[1]
    return re.findall(r'<span class="send">([^<]+)</span>', part)


def test_the_next_seven_questions_leave_out_days_away_and_the_teams_days_off(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    before = coming(browser.get(f"{path}/hours").text)
    third, fourth = (evening.now + timedelta(days=n) for n in days_of(before, evening)[2:4])
    with db.begin() as conn:
        make.away(conn, farid, third.date(), third.date())
        insert(
            conn,
            m.DayOff,
            workspace_id=farid.workspace_id,
            team_id=farid.team_id,
            day=fourth.date(),
            made_at=evening.now,
        )

    page = browser.get(f"{path}/hours").text
    after = coming(page)

    assert len(before) == len(after) == 7
    assert all(line.endswith("18:00") for line in before)
    assert before[2] not in after
    assert before[3] not in after
    assert after[:2] == before[:2]
    assert "not asked: away" in page
    assert "not asked: day off" in page


def days_of(lines: list[str], evening: Scene) -> list[int]:
    """How many days from now each line lies."""
    names = {f"{evening.now + timedelta(days=n):%a %-d %b}": n for n in range(30)}
    return [names[line.rpartition(" ")[0]] for line in lines]


def test_an_observer_and_somebody_paused_are_told_why_no_question_comes(browser: Browser, evening: Scene) -> None:
    paused = browser.get(f"/me/{evening.link(evening.members[2])}/hours").text

    assert coming(paused) == []
    assert "You are paused." in paused


def test_the_page_can_offer_the_zone_of_the_browser(browser: Browser, path: str) -> None:
    page = browser.get(f"{path}/hours").text

    assert re.search(r'data-zone-offer="zone" hidden', page)
    assert "js/zone.js" in page
