"""Doubts and the rest of a run, in a real browser: ticking all, the question with its numbers, and the undo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from tests.browser.desk import come_in
from tests.browser.test_keys_and_polling import evening, site
from tests.web.scene import Scene

__all__ = ["evening", "site"]
pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page, site: str, evening: Scene, owner: Account) -> Page:
    """The owner's browser, signed in."""
    come_in(page, site, owner.email)
    return page


def test_a_doubt_is_settled_and_the_word_taken_back_by_keyboard_and_mouse(desk: Page, site: str) -> None:
    desk.goto(f"{site}/doubts")
    desk.locator("[data-tick-all]").press("Space")
    expect(desk.locator("input[name=row]")).to_be_checked()

    desk.get_by_role("button", name="Mark as arrived").click()
    expect(desk.locator("h1")).to_have_text("Mark 1 delivery as arrived?")
    desk.get_by_role("button", name="They arrived").click()

    expect(desk.locator("[role=status]")).to_contain_text("1 delivery marked as arrived.")
    desk.get_by_role("button", name="Take back").click()
    expect(desk.locator("[role=status]")).to_contain_text("It is in doubt again.")
    expect(desk.locator("input[name=row]")).to_have_count(1)


def test_the_rest_of_a_run_is_sent_and_its_numbers_follow(desk: Page, site: str, evening: Scene) -> None:
    desk.goto(f"{site}/deliveries/run/{evening.run}")
    desk.get_by_label("bounced").check()
    expect(desk.locator("[data-tick-all]")).to_have_js_property("indeterminate", True)
    desk.get_by_role("button", name="Send the rest").click()
    expect(desk.locator("h1")).to_contain_text("Send 1 mail of run")
    desk.get_by_role("button", name="Send 1 mail").click()

    numbers = desk.locator("[data-poll-body]")
    expect(numbers).to_contain_text("1 queued")
    with db.begin() as conn:
        conn.execute(text("UPDATE delivery SET state = 'sent' WHERE run_id = :r AND seq = 3"), {"r": evening.run})
    expect(numbers).to_contain_text("2 sent", timeout=15_000)


def test_pausing_asks_in_a_dialog(desk: Page, site: str, evening: Scene) -> None:
    desk.goto(f"{site}/deliveries/run/{evening.run}")
    desk.get_by_role("button", name="Pause").click()
    expect(desk.locator("#confirm")).to_contain_text(f"Pause run {evening.run}?")
    desk.locator("#confirm [data-confirm-yes]").click()

    expect(desk.locator("h1")).to_contain_text("paused")
    expect(desk.get_by_role("button", name="Resume")).to_be_visible()
