"""A first visit in a real browser, with everything running: set-up, team, schedule, reply in the mailbox, entry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import db
from engine.config import Settings
from sixpm.embedded import supervise
from tests.browser.desk import said

SHOTS = os.environ.get("SIXPM_TEST_SHOTS")  # a folder: keep pictures of the visit for the docs
WAIT = 30_000  # milliseconds; the machine may be busy


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Settings]:
    """Everything `make run` starts, in a folder of its own."""
    tmp_path.chmod(0o711)
    with supervise.running(tmp_path / "home", lambda line: None) as settings:
        yield settings


def shoot(browser: Browser, page: Page, name: str) -> None:
    """Keep the page wide, at 390 px and dark, when a folder was named."""
    if not SHOTS:
        return
    state = page.context.storage_state()
    for look, (width, scheme) in {"wide": (1280, "light"), "narrow": (390, "light"), "dark": (1280, "dark")}.items():
        context = browser.new_context(
            storage_state=state,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]  # one of the three words it knows
        )
        other = context.new_page()
        other.goto(page.url)
        other.wait_for_timeout(300)
        other.screenshot(path=f"{SHOTS}/{name}-{look}.png", full_page=True)
        context.close()


def later(settings: Settings, by: timedelta) -> None:
    """Business time goes on by so much."""
    assert settings.database_url is not None
    engine = db.create_engine(settings.database_url)
    with engine.begin() as conn:
        db.shift_clock(conn, by)
    engine.dispose()


def test_a_first_visit_ends_with_an_entry_on_the_page(instance: Settings, browser: Browser, page: Page) -> None:
    page.set_default_timeout(WAIT)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)

    _set_up(instance, browser, page)
    _make_a_team(browser, page)
    later(instance, _until_six_in_berlin())  # her hour has come
    _reply_in_the_mailbox(instance, browser, page)

    page.get_by_role("link", name="Teams").first.click()
    page.get_by_role("link", name="Crew").click()
    expect(_reloaded(page, "Shipped the importer").first).to_be_visible()
    shoot(browser, page, "team")
    page.get_by_role("link", name="Operations").click()
    expect(page.get_by_text("bea@crew.localhost").first).to_be_visible()
    shoot(browser, page, "deliveries")
    assert faults == ["Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"]


def _until_six_in_berlin() -> timedelta:
    """To a few minutes past the team's next prompt hour, whatever hour it is where the test runs."""
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    today = now.replace(hour=18, minute=5, second=0, microsecond=0)
    coming = today if now.hour < 18 else today + timedelta(days=1)
    return coming - now


def _set_up(instance: Settings, browser: Browser, page: Page) -> None:
    page.goto(instance.base_url)
    shoot(browser, page, "setup")
    page.get_by_label("Workspace").fill("Acme")
    page.get_by_label("Your name").fill("Ann Lee")
    page.get_by_label("Your mail address").fill("ann@crew.localhost")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.locator("main .wrong").first).to_be_visible()
    expect(page.get_by_label("Workspace")).to_have_value("Acme")  # a refused form keeps what was typed
    page.get_by_label("Password").fill("a long enough secret")
    page.get_by_role("button", name="Make the workspace").click()
    shoot(browser, page, "setup-mail")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_text("It is in the mailbox")).to_be_visible(timeout=WAIT)


def _make_a_team(browser: Browser, page: Page) -> None:
    page.get_by_role("link", name="Teams").first.click()
    page.get_by_label("Name").fill("Crew")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Make the team").click()
    page.get_by_role("link", name="Edit the schedule").click()
    for day in ("Sat", "Sun"):
        page.get_by_label(day).check()
    shoot(browser, page, "schedule")
    page.get_by_role("button", name="Save the schedule").click()
    said(page, "Saved. It holds from each member's next question on.")
    page.get_by_role("link", name="Members", exact=True).click()
    page.get_by_role("link", name="Add a member").first.click()
    page.get_by_label("Mail address").first.fill("bea@crew.localhost")
    page.get_by_label("Name", exact=True).fill("Bea Okoro")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("bea@crew.localhost").first).to_be_visible()


def _reply_in_the_mailbox(instance: Settings, browser: Browser, page: Page) -> None:
    page.goto(f"{instance.base_url}/mailbox")
    _reloaded(page, "What did you get done today?").first.click()
    shoot(browser, page, "mail")
    page.get_by_role("textbox").last.fill("- Shipped the importer #release\n- Wrote the tests for it")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("250")).to_be_visible()


def _reloaded(page: Page, text: str):  # type: ignore[no-untyped-def]  # a Locator
    """What says `text`, once reloading the page shows it."""
    for _ in range(60):
        found = page.get_by_text(text)
        if found.count():
            return found
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{text!r} never came:\n{page.inner_text('main')}")
