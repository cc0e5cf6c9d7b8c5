"""A recipient's own page and the unsubscribe link: no password, no cookie, and no GET that changes anything."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine import db
from engine import models as m
from engine.people import accounts
from engine.people.accounts import Account
from engine.tokens import Purpose
from tests import factories as make
from tests.factories import Member
from tests.web import scene
from tests.web.conftest import Browser, Enqueued
from tests.web.scene import Scene, row

ACTS = ("answer", "hours", "away", "pause", "resume", "leave")


@pytest.fixture
def evening(browser: Browser, owner: Account) -> Scene:
    """A team in mid-evening; the browser is nobody's."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def farid(evening: Scene) -> Member:
    """Somebody who was asked and has not answered."""
    return evening.members[4]


def test_the_page_asks_todays_question(browser: Browser, evening: Scene, farid: Member) -> None:
    page = browser.get(f"/me/{evening.link(farid)}")

    assert page.status_code == 200
    assert scene.QUESTION in page.text
    assert "Farid Haddad" in page.text
    assert "Europe/Berlin" in page.text


def test_somebody_who_was_not_asked_learns_when_they_will_be(browser: Browser, evening: Scene) -> None:
    page = browser.get(f"/me/{evening.link(evening.members[1])}").text

    assert "Nothing to answer yet" in page
    assert re.search(r"Your next question comes .*18:00 \(America/Sao_Paulo\)", page)


def test_an_answer_on_the_web_becomes_entries_and_a_second_one_is_added(
    browser: Browser, evening: Scene, farid: Member, enqueued: Enqueued
) -> None:
    path = f"/me/{evening.link(farid)}"

    first = browser.post(f"{path}/answer", path, part=str(evening.part), text="- Shipped it\n- Fixed two tests")
    second = browser.post(f"{path}/answer", path, part=str(evening.part), text="One more thing")

    page = browser.get(path).text
    assert (first.status_code, second.status_code) == (303, 303)
    assert "Recorded so far" in page
    for words in ("Shipped it", "Fixed two tests", "One more thing"):
        assert f"<li>{words}</li>" in page
    assert enqueued.batch_ids  # the fan-out to the team's channel


def test_somebody_elses_question_cannot_be_answered(browser: Browser, evening: Scene) -> None:
    path = f"/me/{evening.link(evening.members[0])}"

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text="Not mine")

    assert answer.status_code == 404


def test_an_empty_answer_says_what_to_do(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    answer = browser.post(f"{path}/answer", path, part=str(evening.part), text="  ")

    assert answer.status_code == 422
    assert "Write at least one line." in answer.text


def test_own_hours_days_and_zone_are_kept(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"
    typed = {"prompt_at": "16:45", "digest_at": "", "own_days": "y", "weekdays": ["1", "3"], "zone": "Asia/Kathmandu"}

    answer = browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), **typed})

    own = row(farid)
    assert answer.status_code == 303
    assert (own.prompt_at, own.digest_at, own.weekdays) == (time(16, 45), None, 0b1010)
    page = browser.get(path).text
    assert 'value="16:45"' in page
    assert re.search(r"Next question .*16:45", page)


def test_refused_hours_keep_the_input(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/hours", path, prompt_at="16:45", zone="Mars/Olympus", own_days="y")

    assert page.status_code == 422
    assert 'value="Mars/Olympus"' in page.text
    assert 'value="16:45"' in page.text
    assert row(farid).prompt_at is None


def test_days_away_are_added_and_removed(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"
    first = evening.now.date() + timedelta(days=20)

    added = browser.post(f"{path}/away", path, first_day=first.isoformat(), last_day="")
    page = browser.get(path).text
    remove = re.search(rf'action="({re.escape(path)}/away/\d+/remove)"', page)
    assert remove
    removed = browser.post(remove[1], path)

    assert (added.status_code, removed.status_code) == (303, 303)
    assert "No days away." in browser.get(path).text


def test_an_away_span_that_ends_before_it_begins_is_refused(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/away", path, first_day="2031-05-09", last_day="2031-05-02")

    assert page.status_code == 422
    assert "The last day lies before the first." in page.text
    assert 'value="2031-05-09"' in page.text


def test_a_pause_ends_the_questions_and_resuming_brings_them_back(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    path = f"/me/{evening.link(farid)}"

    browser.post(f"{path}/pause", path, pause_until="")
    paused = row(farid)
    browser.post(f"{path}/resume", path)

    assert paused.paused_by == "person"
    assert paused.next_prompt_at is None
    assert row(farid).next_prompt_at is not None


def test_leaving_asks_first_and_then_ends_it(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    asked = browser.post(f"{path}/leave", path)
    still_in = row(farid).left_at is None
    left = browser.post(f"{path}/leave", path, sure="yes")

    assert "Leave Platform?" in asked.text
    assert still_in
    assert left.status_code == 303
    assert "You have left Platform" in browser.get(path).text


@pytest.mark.parametrize("kind", ["changed", "of another purpose", "of nobody"])
def test_a_token_that_is_not_this_members_opens_nothing(
    browser: Browser, evening: Scene, farid: Member, kind: str
) -> None:
    good = evening.link(farid)
    token = {
        "changed": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "of another purpose": evening.link(farid, Purpose.UNSUBSCRIBE),
        "of nobody": scene.token(farid.workspace_id, 999_999),
    }[kind]

    assert browser.get(f"/me/{token}").status_code == 404


def test_a_token_of_another_workspace_does_not_reach_this_one(browser: Browser, evening: Scene, farid: Member) -> None:
    with db.begin() as conn:
        ws = make.workspace(conn, "Elsewhere")
        contact, _ = make.contact(conn, ws.id, "Eve")
        accounts.make(conn, ws.id, contact, "owner", None)

    assert browser.get(f"/me/{scene.token(ws.id, farid.id)}").status_code == 404


def test_one_click_unsubscribe_works_without_cookie_and_csrf_token_and_tells_the_manager(
    app: Flask, evening: Scene, farid: Member, enqueued: Enqueued
) -> None:
    stranger = app.test_client(use_cookies=False)
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    first = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    second = stranger.post(path, data={"List-Unsubscribe": "One-Click"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert row(farid).paused_by == "unsubscribe"
    with db.begin() as conn:
        notices = conn.execute(select(m.Notice.template, m.Notice.context)).all()
    assert [notice.template for notice in notices] == ["notice_paused"]
    assert notices[0].context["person"] == "Farid Haddad"
    assert enqueued.batch_ids


def test_looking_at_the_unsubscribe_link_changes_nothing(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    page = browser.get(path)
    browser.client.head(path)

    assert page.status_code == 200
    assert "Unsubscribe from Platform?" in page.text
    assert row(farid).paused_at is None


def test_unsubscribing_can_be_undone_from_its_page(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    browser.client.post(path, data={"page": "1"})
    page = browser.get(path).text
    undone = browser.post(f"{path}/undo", path)

    assert "You get no mails of Platform" in page
    assert undone.status_code == 303
    assert row(farid).paused_at is None
    assert row(farid).next_prompt_at is not None


def test_no_get_changes_a_member(browser: Browser, evening: Scene, farid: Member) -> None:
    path, before = f"/me/{evening.link(farid)}", row(farid)

    codes = {
        browser.get(f"{path}/{act}").status_code for act in ("answer", "hours", "away", "pause", "resume", "leave")
    }

    assert codes == {405}
    assert row(farid) == before


def test_posts_of_the_own_page_need_the_csrf_token(browser: Browser, evening: Scene, farid: Member) -> None:
    answer = browser.client.post(f"/me/{evening.link(farid)}/leave", data={"sure": "yes"})

    assert answer.status_code == 400
    assert row(farid).left_at is None


def test_a_pause_with_a_past_date_is_refused_beside_its_field(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/pause", path, pause_until=date(2020, 1, 1).isoformat())

    assert page.status_code == 422
    assert 'value="2020-01-01"' in page.text
    assert "Choose a later date" in page.text


def test_the_team_page_behind_the_link_shows_entries_by_day_without_a_password(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    page = browser.get(f"/me/{evening.link(farid)}/team")

    assert page.status_code == 200
    assert page.text.index("Fixed the login bug.") < page.text.index("Wrote the migration plan.")
    assert re.search(r'id="day-\d{4}-\d\d-\d\d"', page.text)
    assert "1 answered" in page.text
    assert "/deliveries/" not in page.text
    assert "<form" not in page.text.split("<main")[1].split("</main>")[0]


def test_earlier_days_are_a_page_further(browser: Browser, evening: Scene, farid: Member) -> None:
    page = browser.get(f"/me/{evening.link(farid)}/team?before=1999-01-01").text

    assert "No entries yet" in page


def test_who_has_left_reads_the_team_no_more(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"
    browser.post(f"{path}/leave", path, sure="yes")

    page = browser.get(f"{path}/team").text

    assert "You have left" in page
    assert "Fixed the login bug." not in page


def test_an_unsubscribe_link_does_not_open_the_team(browser: Browser, evening: Scene, farid: Member) -> None:
    assert browser.get(f"/me/{evening.link(farid, Purpose.UNSUBSCRIBE)}/team").status_code == 404


def test_days_that_are_changed_count_also_without_the_tick_above_them(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    path = f"/me/{evening.link(farid)}"

    browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), "weekdays": ["0", "2"]})
    changed = row(farid).weekdays
    browser.client.post(f"{path}/hours", data={"csrf_token": browser.token(path), "weekdays": ["0", "2"]})

    assert changed == 0b101
    assert row(farid).weekdays is None, "the tick taken away, the days as they were: the team's days again"
