"""Two stories in real browsers, everything running: an owner invites, hands over and reads who did what; a new manager
comes by the link of the invitation and sets the team's hours."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.config import Settings
from sixpm.embedded import supervise
from tests.browser.desk import said
from tests.browser.test_first_visit import WAIT, _reloaded

pytestmark = [pytest.mark.browser, pytest.mark.story]
PASSWORD = "a long enough secret"
MAYA = "maya@crew.localhost"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Settings]:
    """Everything `make run` starts, in a folder of its own."""
    tmp_path.chmod(0o711)
    with supervise.running(tmp_path / "home", lambda line: None) as settings:
        yield settings


@pytest.fixture
def owner(instance: Settings, page: Page) -> Page:
    """Ann's browser: she has set the instance up and made a team."""
    page.set_default_timeout(WAIT)
    page.goto(instance.base_url)
    for label, typed in (("Workspace", "Acme"), ("Your name", "Ann Lee"), ("Your mail address", "ann@crew.localhost")):
        page.get_by_label(label).fill(typed)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{instance.base_url}/teams")
    page.get_by_label("Name").fill("Crew")
    page.get_by_role("button", name="Make the team").click()
    said(page, "The team is there.")
    return page


def test_an_owner_invites_by_pasting_hands_over_and_all_of_it_can_be_read(
    instance: Settings, browser: Browser, owner: Page
) -> None:
    _invite_by_pasting(instance, owner)
    maya = browser.new_context(locale="en-GB").new_page()
    maya.set_default_timeout(WAIT)
    _accept(maya, _link_in_the_mailbox(instance, owner))
    _hand_over(instance, owner)

    told = _acts(instance, maya)

    maya.context.close()
    assert told[:3] == [
        ("Ann Lee", "handed over the ownership", MAYA),
        ("Maya Lind", "accepted the invitation", MAYA),
        ("Ann Lee", "invited", f"{MAYA}, lee@crew.localhost"),
    ]


def test_a_new_manager_comes_by_the_link_and_sets_the_hours(instance: Settings, browser: Browser, owner: Page) -> None:
    _invite_by_pasting(instance, owner)
    maya = browser.new_context(locale="en-GB").new_page()
    maya.set_default_timeout(WAIT)

    _accept(maya, _link_in_the_mailbox(instance, owner))
    maya.goto(f"{instance.base_url}/teams")
    maya.get_by_role("link", name="Crew").click()
    expect(maya.get_by_role("heading", name="Crew")).to_be_visible()
    expect(maya.get_by_role("link", name="Schedule")).to_have_count(0)  # a member so far
    _make_manager(instance, owner)
    maya.reload()
    maya.get_by_role("link", name="Schedule", exact=True).click()
    maya.get_by_label("Question 1").fill("What moved today?")
    maya.get_by_label("Ask at").fill("16:30")
    maya.get_by_role("button", name="Save the schedule").click()

    said(maya, "Saved. It holds from each member's next question on.")
    maya.reload()
    expect(maya.get_by_label("Ask at")).to_have_value("16:30")
    expect(maya.get_by_label("Question 1")).to_have_value("What moved today?")
    maya.context.close()


def _invite_by_pasting(instance: Settings, owner: Page) -> None:
    owner.goto(f"{instance.base_url}/people")
    owner.get_by_label("Mail addresses").fill(f"Maya Lind <{MAYA}>\nlee@crew.localhost, {MAYA}\nnobody at home")
    owner.get_by_label("Team", exact=True).select_option(label="Crew")
    owner.get_by_role("button", name="Invite them").click()
    said = owner.get_by_role("status", name="What became of each line").locator("li")
    expect(said).to_have_count(4)
    expect(said.filter(has_text="nobody at home")).to_contain_text("not an address")
    expect(owner.get_by_label("Mail addresses")).to_have_value("nobody at home")  # what is to be mended is kept


def _link_in_the_mailbox(instance: Settings, owner: Page) -> str:
    """The address in the text of the mail that Maya got."""
    owner.goto(f"{instance.base_url}/mailbox?q={MAYA}")
    _reloaded(owner, "Ann Lee invites you to Acme").first.click()
    owner.get_by_role("link", name="Text", exact=True).click()
    return owner.locator("pre a[href*='/invitation/']").get_attribute("href") or ""


def _accept(maya: Page, link: str) -> None:
    maya.goto(link)
    expect(maya.get_by_role("heading", level=1)).to_have_text("You are invited to Acme")
    maya.get_by_label("Your name").fill("Maya Lind")
    maya.get_by_label("Password").fill(PASSWORD)
    maya.get_by_role("button", name="Accept the invitation").click()
    expect(maya.get_by_role("button", name="Sign out")).to_be_visible()


def _make_manager(instance: Settings, owner: Page) -> None:
    owner.goto(f"{instance.base_url}/teams")
    owner.get_by_role("link", name="Crew").click()
    owner.get_by_role("link", name="Members", exact=True).click()
    owner.get_by_role("link", name="Maya Lind", exact=True).click()
    owner.get_by_role("combobox", name="Role").select_option("manager")
    owner.get_by_role("button", name="Save the role").click()
    said(owner, "Saved.")


def _hand_over(instance: Settings, owner: Page) -> None:
    owner.goto(f"{instance.base_url}/people")
    owner.locator("tr", has_text="Maya Lind").get_by_role("link", name="Hand over").click()
    owner.get_by_label("Your password").fill("not mine at all")
    owner.get_by_role("button", name="Hand over").click()
    expect(owner.locator("[aria-invalid=true]")).to_be_visible()
    owner.get_by_label("Your password").fill(PASSWORD)
    owner.get_by_role("button", name="Hand over").click()
    expect(owner.get_by_role("status").first).to_contain_text("owns the workspace now")


def _acts(instance: Settings, maya: Page) -> list[tuple[str, str, str]]:
    """Who, what and about whom, newest first, from the file that the page of acts gives."""
    maya.goto(f"{instance.base_url}/acts")
    with maya.expect_download() as download:
        maya.get_by_role("link", name="Download as CSV").click()
    rows = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    return [(row["who"], row["act"], row["about"]) for row in rows if row["act"] != "signed in"]
