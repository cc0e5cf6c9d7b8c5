"""A manager's day in a real browser: what needs them, hours, days off, asking now, entries, digest, channel, file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from engine import db
from engine import models as m
from engine.people import accounts
from engine.people.accounts import Account
from engine.rounds import open as rounds
from tests import factories as make
from tests.browser.desk import come_in, menu, press, rows_of, said, tab
from tests.browser.test_keys_and_polling import evening, site
from tests.fakes.http_catcher import Catcher, catcher
from tests.web import entries_scene
from tests.web.conftest import PASSWORD
from tests.web.entries_scene import Written
from tests.web.scene import Scene

__all__ = ["evening", "site"]
pytestmark = pytest.mark.browser
BEN = "ben@example.org"
OWN = "Ordered the new reader for the #billing desk"


@pytest.fixture(autouse=True)
def slack(web_env: pytest.MonkeyPatch) -> Iterator[Catcher]:
    """Slack on this machine, before the application is made."""
    with catcher() as server:
        web_env.setenv("SIXPM_SLACK_BASE_URL", f"{server.url}/slack")
        yield server


@pytest.fixture
def written(owner: Account, evening: Scene) -> Written:
    """Ben manages two teams, and is no admin: one is well and writes every day, one has things that need him."""
    with db.begin() as conn:
        made = entries_scene.build(conn, owner, db.now(conn))
        ben = accounts.create_user(conn, BEN, "Ben Adeyemi", "user", PASSWORD)
        make.member(conn, evening.team, contact_id=ben.contact_id, email=BEN, role="manager")
        own = make.member(conn, made.team, contact_id=ben.contact_id, email=BEN, role="manager")
        last = select(func.max(m.Round.id)).where(m.Round.team_id == made.team.id)
        at = db.now(conn) - timedelta(hours=20)
        part = make.participation(
            conn, conn.execute(last).scalar_one(), own, state="answered", due_at=at, answered_at=at
        )
        make.entry(conn, part, OWN, at=at, tags=["billing"])
    return made


def test_a_managers_day(page: Page, site: str, evening: Scene, written: Written, slack: Catcher) -> None:
    come_in(page, site, BEN)

    lines = page.locator("tbody tr")
    expect(lines.nth(0)).to_contain_text("Platform")  # though its name comes later
    expect(lines.nth(0)).to_contain_text("1 channel fails")
    expect(lines.nth(1)).to_contain_text("nothing")
    why_not_asked(page)
    menu(page, "Teams")
    page.get_by_role("link", name="Billing & Support").click()
    set_the_hours(page)
    leave_days_out(page)
    ask_now(page)
    look_after_entries(page)
    read_the_digest_of(page, "Hana Ito")
    connect(page, slack)
    tab(page, "Entries")
    sheet = rows_of(page, "Download as CSV")

    assert {row["person"] for row in sheet} == {"Ben Adeyemi", "Hana Ito", "Ivo Marek", "Judith Okafor"}
    assert [row["text"] for row in sheet if row["person"].startswith("Ben")] == [OWN.replace("reader", "scanner")]


def why_not_asked(page: Page) -> None:
    """From the team that needs attention to the one reason why somebody there was not asked."""
    page.get_by_role("link", name="Platform").click()
    page.get_by_role("link", name="left out today").click()
    page.get_by_role("link", name="Daniel Wright").click()
    expect(page.locator("h1")).to_have_text("Daniel Wright today")
    expect(page.get_by_role("heading", name="Why they were not asked")).to_be_visible()
    expect(page.locator("main")).to_contain_text("A manager paused them")
    expect(page.get_by_role("button", name="Resume Daniel Wright")).to_be_visible()


def set_the_hours(page: Page) -> None:
    """Every day, at an hour that is nobody's now; looked at before it is saved."""
    at = (datetime.now(UTC) + timedelta(minutes=30)).strftime("16:%M")  # their zones are whole hours apart
    tab(page, "Schedule")
    for day in ("Sat", "Sun"):
        page.get_by_label(day).check()
    page.get_by_label("Question 2").fill("What is in your way?")
    page.get_by_label("Ask at").fill(at)
    press(page, "Preview")
    coming = page.locator("#coming")
    expect(coming).to_contain_text("not saved yet")
    expect(coming.locator("tr", has_text="Hana Ito").locator("li")).to_have_count(7)
    expect(coming.locator("tr", has_text="Hana Ito")).to_contain_text(at)
    press(page, "Save the schedule")
    said(page, "Saved. It holds from each member's next question on.")
    expect(coming).to_contain_text("as it is saved")


def leave_days_out(page: Page) -> None:
    """A day off is added; today is skipped after a question, and not skipped after all."""
    tab(page, "Days off")
    page.get_by_label("Day", exact=True).fill((datetime.now(UTC) + timedelta(days=3)).date().isoformat())
    page.get_by_label("Reason").fill("Company outing")
    press(page, "Add")
    said(page, "1 day off added.")
    expect(page.locator("main li", has_text="Company outing")).to_be_visible()

    press(page, "Skip today …")
    expect(page.locator("h1")).to_have_text("Skip today?")
    expect(page.locator("main")).to_contain_text("Nobody of Billing & Support is asked")
    press(page, "Skip today")
    said(page, "Today is skipped.")
    expect(page.get_by_role("button", name="Ask now …")).to_be_visible()
    press(page, "Undo")
    said(page, "is no day off any more")


def ask_now(page: Page) -> None:
    """Says how many first; once the scheduler has come by, the round shows them without a click."""
    tab(page, "Today")
    press(page, "Ask now …")
    expect(page.locator("h1")).to_have_text("Ask 5 people now?")
    expect(page.locator("main")).to_contain_text("Hana Ito")
    press(page, "Ask now")
    said(page, "5 people asked.")
    with db.begin() as conn:
        rounds.open_due(conn, db.now(conn))
    expect(page.locator("#show-asked")).to_have_text("5 asked, no answer yet")
    press(page, "Ask now …")
    said(page, "There is nobody to ask now: 5 were asked today already.")


def look_after_entries(page: Page) -> None:
    """One's own entry is changed, somebody's removed and put back, and all of it stands in the history."""
    tab(page, "Entries")
    search(page, "ordered reader")
    page.get_by_role("link", name="Change Ordered").click()
    page.get_by_label("What it should say").fill(OWN.replace("reader", "scanner"))
    press(page, "Save")
    said(page, "Saved. What it said before is in its history.")

    page.get_by_role("link", name="Clear filters").first.click()
    expect(page.locator("#q")).to_have_value("")
    page.wait_for_load_state()
    search(page, '"staging relay"')
    expect(page.locator("mark.hit").first).to_be_visible()
    page.get_by_role("link", name="Change The staging relay").first.click()
    press(page, "Remove it")
    said(page, "Removed. Nobody sees it any more.")
    press(page, "Put it back")
    said(page, "It is back.")
    page.get_by_role("link", name="Change The staging relay").first.click()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".timeline li")).to_contain_text(
        ["Ben Adeyemi restored it", "Ben Adeyemi removed it", "Ivo Marek wrote it"]
    )


def search(page: Page, words: str) -> None:
    """By keyboard alone."""
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [words])


def read_the_digest_of(page: Page, name: str) -> None:
    """As they will get it: in their own words and zone, links leading nowhere."""
    page.get_by_role("link", name="Billing & Support").click()
    tab(page, "Next digest")
    page.get_by_label("Digest of", exact=True).select_option(label=name)
    press(page, "Show")
    expect(page.get_by_role("heading", name=f"The next digest of {name}")).to_be_visible()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Reviewed the export")


def connect(page: Page, slack: Catcher) -> None:
    """Slack is connected, says that it takes posts, and then gets one post for the round in place of each entry."""
    tab(page, "Channels")
    page.get_by_role("link", name="Connect a channel").click()
    page.get_by_label("Name", exact=True).fill("#billing")
    page.get_by_label("Channel id").fill("C0BILLING")
    page.get_by_label("Bot token").fill("xoxb-story")
    press(page, "Connect")
    said(page, "#billing is connected.")
    press(page, "Send a test post")
    said(page, "#billing took the test post")
    assert [one.json()["channel"] for one in slack.requests] == ["C0BILLING"]

    page.get_by_role("link", name="Change, and see failures").click()
    page.locator("#gets-entries").uncheck()
    page.locator("#gets-round").check()
    press(page, "Save the channel")
    said(page, "#billing is saved.")
    expect(page.locator("#gets-entries")).not_to_be_checked()
    expect(page.locator("#gets-round")).to_be_checked()
    page.get_by_role("link", name="Channels").click()
