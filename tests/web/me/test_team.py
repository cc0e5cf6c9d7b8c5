"""The team's day behind the link: the same as in the app, and never more."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import update

from engine import db
from engine import models as m
from engine.tokens import Purpose
from tests import factories as make
from tests.factories import Member
from tests.web.conftest import PASSWORD, Browser
from tests.web.scene import Scene
from web.shown import moment


def test_the_team_page_behind_the_link_shows_entries_by_day_without_a_password(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    page = browser.get(f"/me/{evening.link(farid)}/team")

    assert page.status_code == 200
    assert page.text.index("Fixed the login bug.") < page.text.index("Wrote the migration plan.")
    assert re.search(r'id="day-\d{4}-\d\d-\d\d"', page.text)
    assert "1 answered" in page.text
    assert "/deliveries/" not in page.text
    assert '<form method="post"' not in page.text


def test_earlier_entries_are_a_page_further_and_a_search_finds_them(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    with db.begin() as conn:
        for n in range(0, 120, 2):
            held = make.round_of(conn, evening.team, evening.now.date() - timedelta(days=10 + n))
            part = make.participation(conn, held, farid, state="answered")
            make.entry(conn, part, f"Paper number{n}")
            make.entry(conn, part, f"Paper number{n + 1}")

    page = browser.get(f"{path}/team").text
    further = re.search(r'rel="next" href="([^"]+)"', page)
    assert further
    later = browser.get(further[1].replace("&amp;", "&")).text
    found = browser.get(f"{path}/team?q=number119").text

    assert "Paper number0<" in page
    assert "Paper number119" not in page
    assert "Paper number119" in later
    assert "1 answered" not in later
    assert re.search(r'Paper <mark class="hit">number119</mark>', found)
    assert "Fixed the login bug." not in found
    assert "Nothing fits" in browser.get(f"{path}/team?q=nothing").text


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


def test_times_are_those_of_who_reads_and_the_page_says_so(
    browser: Browser, evening: Scene, farid: Member, path: str
) -> None:
    with db.begin() as conn:
        conn.execute(update(m.Contact).where(m.Contact.id == farid.contact_id).values(zone="Asia/Tokyo"))

    page = browser.get(f"{path}/team").text

    assert "Times are in Asia/Tokyo." in page
    assert page.count(moment(evening.now, "Asia/Tokyo")) == 1
    assert moment(evening.now, "Asia/Kathmandu") not in page  # where Bikram wrote it
