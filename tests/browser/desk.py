"""What people do on many pages: come in, open a tab, read what the page says back, take a file along."""

from __future__ import annotations

import csv
import io

from playwright.sync_api import Page, expect

from tests.web.conftest import PASSWORD


def come_in(page: Page, site: str, email: str) -> None:
    """Sign in with the password that everybody has in these tests."""
    page.goto(f"{site}/signin")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def menu(page: Page, name: str) -> None:
    """Open a line of the main menu."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def tab(page: Page, name: str) -> None:
    """Open a tab, of a team or of operations."""
    found = page.locator(".tabs").get_by_role("link", name=name, exact=True)
    found.click()
    expect(found).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()  # its keys work now


def press(page: Page, name: str) -> None:
    """Press a button of the page's own part."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def said(page: Page, words: str) -> None:
    """The page says so, to screen readers too."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def rows_of(page: Page, link: str) -> list[dict[str, str]]:
    """The rows of the sheet that a link downloads."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
