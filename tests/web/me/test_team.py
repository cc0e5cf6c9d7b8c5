"""The team's day behind the link: the same as in the app, and never more."""

from __future__ import annotations

import re

from engine import db
from engine.tokens import Purpose
from tests import factories as make
from tests.factories import Member
from tests.web.conftest import PASSWORD, Browser
from tests.web.scene import Scene


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


def test_an_observer_reads_what_a_member_reads(browser: Browser, evening: Scene, farid: Member) -> None:
    with db.begin() as conn:
        watcher = make.member(conn, evening.team, "Will Watcher", role="observer")

    seen = browser.get(f"/me/{evening.link(watcher)}/team").text

    for words in ("Fixed the login bug.", "Bikram Thapa", "1 answered"):
        assert words in seen
        assert words in browser.get(f"/me/{evening.link(farid)}/team").text


def test_a_link_shows_no_more_to_an_admin_who_follows_it(browser: Browser, evening: Scene, path: str) -> None:
    browser.sign_in("ada@example.org", PASSWORD)

    page = browser.get(f"{path}/team").text

    assert "/deliveries/" not in page.split("<main")[1].split("</main>")[0]
