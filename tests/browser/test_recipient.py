"""A recipient in a real browser: open the link, answer, mend it, be away by keyboard, pause, leave, come back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from engine import db
from engine import models as m
from engine.people.accounts import Account
from tests.factories import Member
from tests.web import scene
from tests.web.scene import Scene, row

pytestmark = pytest.mark.browser


@pytest.fixture
def evening(owner: Account) -> Scene:
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def farid(evening: Scene) -> Member:
    """Who was asked and has not answered."""
    return evening.members[4]


@pytest.fixture
def link(app: Flask, evening: Scene, farid: Member) -> Iterator[str]:
    """Farid's link to the application, which is served on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/me/{evening.link(farid)}"
    server.shutdown()
    thread.join()
    server.server_close()


def spans(who: Member) -> list[tuple[date, date]]:
    with db.begin() as conn:
        a = m.Away
        found = select(a.first_day, a.last_day).where(a.contact_id == who.contact_id)
        return [(first, last) for first, last in conn.execute(found.order_by(a.first_day))]


def tab(page: Page, name: str) -> None:
    found = page.get_by_role("navigation", name="Your pages").get_by_role("link", name=name)
    found.click()
    expect(found).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()  # its keys work now


def next_month(page: Page) -> date:
    """Its first day that may be chosen, once the calendar shows that month."""
    before = page.locator("#month-title").inner_text()
    page.get_by_role("link", name="Month after").press("Enter")
    expect(page.locator("#month-title")).not_to_have_text(before)
    page.wait_for_load_state()
    return date.fromisoformat(str(page.locator("[data-calendar] button").first.get_attribute("value")))


def test_a_recipient_answers_mends_is_away_pauses_leaves_and_comes_back(
    page: Page, link: str, evening: Scene, farid: Member
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    page.goto(link)
    page.get_by_label("Your answer").fill("- Shiped it\n- Lunch")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#recorded")).to_contain_text("Shiped it")

    shipped = page.locator("#recorded li", has_text="Shiped it")
    shipped.get_by_text("Change").click()
    shipped.get_by_label("What it should say").fill("Shipped it")
    shipped.get_by_role("button", name="Save").click()
    expect(page.locator("#recorded")).to_contain_text("Shipped it")
    lunch = page.locator("#recorded li", has_text="Lunch")
    lunch.get_by_text("Change").click()
    lunch.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("button", name="Put it back")).to_be_visible()
    tab(page, "Team")
    expect(page.locator("main")).to_contain_text("Shipped it")
    expect(page.locator("main")).not_to_contain_text("Lunch")

    away_by_keyboard(page, farid)

    tab(page, "Fewer mails")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="You are paused")).to_be_visible()
    page.get_by_role("button", name="Resume now").click()
    expect(page.get_by_role("heading", name="Pause", exact=True)).to_be_visible()  # not: You are paused
    page.get_by_role("button", name="Leave the team").click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(page.get_by_role("heading", name="You have left Platform")).to_be_visible()
    assert row(farid).left_at is not None
    page.get_by_role("button", name="Come back to Platform").click()
    expect(page.get_by_role("heading", name="Platform", exact=True)).to_be_visible()  # not: You have left Platform

    assert row(farid).left_at is None
    assert faults == []


def away_by_keyboard(page: Page, farid: Member) -> None:
    """Next month's first week: one day, the day a week later, and the first of them back again."""
    tab(page, "Days away")
    first = next_month(page)
    days = page.locator("[data-calendar] button")

    page.get_by_role("link", name="Month after").focus()
    page.keyboard.press("Tab")
    expect(days.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    chosen = first + timedelta(days=8)
    away_and_focused(page, chosen)
    assert spans(farid) == [(chosen, chosen)]

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    away_and_focused(page, first + timedelta(days=7))
    assert spans(farid) == [(chosen - timedelta(days=1), chosen)]

    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("You are asked again")
    assert spans(farid) == [(chosen, chosen)]


def away_and_focused(page: Page, day: date) -> None:
    """The arrows put the focus there before the form is sent, so the focus alone does not say that the answer came."""
    button = page.locator(f"#day-{day}")
    expect(button).to_have_attribute("name", "back")
    expect(button).to_be_focused()


def test_the_zone_of_the_browser_is_offered_and_taken(browser: Browser, link: str, farid: Member) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{link}/hours")

    page.get_by_role("button", name="Take the zone of this browser: Asia/Tokyo").click()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(page.locator("[data-zone-offer]")).to_be_hidden()
    page.get_by_role("button", name="Save my hours").click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    with db.begin() as conn:
        assert conn.scalar(select(m.Contact.zone).where(m.Contact.id == farid.contact_id)) == "Asia/Tokyo"
    context.close()


def test_without_scripts_the_calendar_is_pressed_and_leaving_is_asked_on_a_page(
    browser: Browser, link: str, farid: Member
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{link}/away")
    day = next_month(page) + timedelta(days=9)
    button = page.locator(f"#day-{day}")

    button.click()
    expect(button).to_have_attribute("name", "back")
    turned = spans(farid)
    button.click()
    expect(button).to_have_attribute("name", "day")
    taken_back = spans(farid)
    page.goto(f"{link}/stop")
    page.get_by_role("button", name="Leave the team").click()

    assert (turned, taken_back) == ([(day, day)], [])
    expect(page.get_by_role("heading", name="Leave Platform?")).to_be_visible()
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", name="Pause", exact=True)).to_be_visible()
    assert row(farid).left_at is None
    context.close()
