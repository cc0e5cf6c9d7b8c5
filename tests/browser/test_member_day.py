"""Two who sign in without any office, in real browsers: a member sees the team's pages and mends their own words, an
observer reads; what is not theirs is not offered, and an address that was guessed or old says what to do.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from engine import db
from engine import models as m
from engine.people import accounts
from engine.people.accounts import Account
from tests import factories as make
from tests.browser.desk import come_in, press, said, tab
from tests.browser.test_keys_and_polling import evening, site
from tests.web import entries_scene
from tests.web.conftest import PASSWORD
from tests.web.entries_scene import Written
from tests.web.scene import Scene

__all__ = ["evening", "site"]
pytestmark = pytest.mark.browser
OWN = "Called back the print shop"
SEEN = ["Today", "Entries", "Next digest", "Members", "Channels"]
BUTTONS = (
    "Ask now …", "Skip today …", "Edit the schedule", "Add a member", "Pause", "Remove", "Connect a channel",
    "Send a test post", "Change, and see failures", "Disconnect",
)  # fmt: skip


@pytest.fixture
def written(owner: Account, evening: Scene) -> Written:
    """Ben writes in one of the two teams, Olga reads there."""
    with db.begin() as conn:
        made = entries_scene.build(conn, owner, db.now(conn))
        ben = accounts.create_user(conn, "ben@example.org", "Ben Adeyemi", "user", PASSWORD)
        olga = accounts.create_user(conn, "olga@example.org", "Olga Wolf", "user", PASSWORD)
        make.member(conn, made.team, contact_id=olga.contact_id, email=olga.email, role="observer")
        own = make.member(conn, made.team, contact_id=ben.contact_id, email=ben.email)
        last = select(func.max(m.Round.id)).where(m.Round.team_id == made.team.id)
        at = db.now(conn) - timedelta(hours=20)
        part = make.participation(
            conn, conn.execute(last).scalar_one(), own, state="answered", due_at=at, answered_at=at
        )
        make.entry(conn, part, OWN, at=at)
    return made


def test_a_member_sees_what_is_theirs_and_mends_their_own_words(
    page: Page, site: str, evening: Scene, written: Written
) -> None:
    come_in(page, site, "ben@example.org")
    expect(page.locator("tbody tr")).to_have_count(1)  # the other team is not there for him
    nothing_of_a_managers(page)

    tab(page, "Entries")
    mine = page.locator("li", has_text=OWN)
    expect(page.get_by_role("link", name="Change")).to_have_count(1)
    mine.get_by_role("link", name="Change").click()
    page.get_by_label("What it should say").fill(f"{OWN}, twice")
    press(page, "Save")
    said(page, "Saved. What it said before is in its history.")
    mine.get_by_role("link", name="edited").click()
    expect(page.locator(".before")).to_contain_text(OWN)

    refused(page, f"{site}/teams/{evening.team.id}", "There is nothing here", "you are not in it")
    here = f"{site}/teams/{written.team.id}"
    refused(page, f"{here}/schedule", "You may not do this", "Only a manager of the team may do this. Ask one of them.")
    refused(page, f"{here}/entries/{written.entries[0]}", "You may not do this", "for its author and the managers")
    refused(page, f"{site}/deliveries", "You may not do this", "Ask one of them.")
    page.get_by_role("link", name="Go to the first page").click()
    expect(page.locator("h1")).to_have_text("Teams")


def test_an_observer_reads(page: Page, site: str, written: Written) -> None:
    come_in(page, site, "olga@example.org")
    nothing_of_a_managers(page)

    tab(page, "Entries")
    expect(page.locator("main")).to_contain_text("Shipped the export of invoices")
    expect(page.get_by_role("link", name="Change")).to_have_count(0)
    tab(page, "Next digest")
    expect(page.get_by_role("heading", name="The next digest of Olga Wolf")).to_be_visible()
    expect(page.get_by_label("Digest of", exact=True)).to_have_count(0)  # she reads her own, nobody else's


def nothing_of_a_managers(page: Page) -> None:
    """The team's pages, one tab after the other, offer to read; the menu has nothing but teams."""
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Teams"])
    page.get_by_role("link", name="Billing & Support").click()
    expect(page.locator(".tabs").get_by_role("link")).to_have_text(SEEN)
    for name in ("Today", "Members", "Channels"):
        tab(page, name)
        offered = page.locator("main").locator("button:visible, a.btn:visible")
        assert not set(offered.all_inner_texts()) & set(BUTTONS), name


def refused(page: Page, address: str, title: str, said: str) -> None:
    """A page that says what is so, why, and what to do."""
    page.goto(address)
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("main")).to_contain_text(said)
