"""The pages by keyboard alone: what the help lists works, everything can be reached and is seen to have the focus."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_keys_and_polling import evening, site, team
from tests.web.scene import Scene

__all__ = ["evening", "site", "team"]
pytestmark = pytest.mark.browser

# What has the focus: its words, and whether it, or the box drawn beside a hidden one, has a ring.
FOCUSED = """() => {
  const it = document.activeElement;
  const ring = (some) => some && getComputedStyle(some).outlineStyle !== "none"
    && parseFloat(getComputedStyle(some).outlineWidth) >= 2;
  return [(it.innerText || it.getAttribute("aria-label") || it.name || it.tagName).trim(),
    Boolean(ring(it) || ring(it.nextElementSibling)), it === document.body];
}"""
# Of several radios one is reached by Tab, the chosen one; arrows lead to the others.
SHOWN_CONTROLS = """() => [...document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")]
  .filter((it) => it.checkVisibility() && !it.disabled && it.type !== "hidden")
  .filter((it) => it.type !== "radio" || it.checked).length"""

# Presses a button twice before any answer can come: which of the two left, and what the button says then.
TWICE = """() => {
  const sent = [];
  document.addEventListener("submit", (it) => { sent.push(!it.defaultPrevented); });
  const button = document.querySelector("#buttons form button");
  button.click();
  button.click();
  return [sent, button.getAttribute("aria-busy")];
}"""


def test_the_help_lists_the_keys_of_this_page(team: Page, site: str) -> None:
    search = team.locator("[data-help-search]")

    team.keyboard.press("?")
    expect(team.locator("#help")).to_be_visible()
    expect(search).to_be_hidden()
    team.goto(f"{site}/deliveries")
    team.keyboard.press("?")
    expect(search).to_be_visible()


def test_every_letter_that_the_help_lists_leads_where_it_says(team: Page, site: str) -> None:
    places = team.eval_on_selector_all("[data-go]", "links => links.map((it) => [it.dataset.go, it.href])")

    for key, address in places:
        team.goto(f"{site}/account")
        team.keyboard.press("g")
        team.keyboard.press(key)
        team.wait_for_url(address)

    assert len(places) >= 7


def test_slash_goes_to_the_search_and_letters_typed_there_are_text(team: Page, site: str) -> None:
    team.goto(f"{site}/deliveries")
    team.keyboard.press("/")
    team.keyboard.type("g?t/")

    expect(team.locator("#q")).to_have_value("g?t/")
    expect(team.locator("#help")).to_be_hidden()


def test_the_first_tab_skips_the_menu(team: Page) -> None:
    team.keyboard.press("Tab")
    expect(team.locator(".skip")).to_be_focused()
    expect(team.locator(".skip")).to_be_in_viewport()

    team.keyboard.press("Enter")
    expect(team.locator("main")).to_be_focused()


def test_escape_closes_a_question_and_the_focus_is_back(team: Page, evening: Scene) -> None:
    team.goto(f"{team.url}/members")
    row = team.locator("tr", has_text=evening.members[0].email)
    remove = row.get_by_role("button", name="Remove")
    remove.focus()

    team.keyboard.press("Enter")
    expect(team.locator("#confirm")).to_be_visible()
    team.keyboard.press("Escape")

    expect(team.locator("#confirm")).to_be_hidden()
    expect(remove).to_be_focused()
    expect(row).to_be_visible()


def test_the_yes_of_a_question_is_red_only_where_something_is_lost(team: Page, site: str, evening: Scene) -> None:
    yes = team.locator("#confirm [data-confirm-yes]")
    team.goto(f"{site}/deliveries/run/{evening.run}")

    team.get_by_role("button", name="Pause the run").click()
    expect(yes).to_have_class("btn btn-danger")
    yes.click()
    team.get_by_role("button", name="Resume the run").click()

    expect(yes).to_have_class("btn btn-primary")


@pytest.mark.parametrize("path", ["/design", "/people", "/doubts", "/account"])
def test_tab_reaches_every_control_and_each_shows_that_it_has_the_focus(team: Page, site: str, path: str) -> None:
    team.goto(site + path)
    wanted = team.evaluate(SHOWN_CONTROLS)
    team.locator("main").focus()
    without_ring, seen = [], 0

    for _ in range(wanted + 40):  # the footer's, and the parts that a date or time field has
        team.keyboard.press("Tab")
        words, ring, over = team.evaluate(FOCUSED)
        if over or words.startswith("Keys"):
            break
        seen += 1
        without_ring += [] if ring else [words]

    assert without_ring == []
    assert seen >= wanted


def test_a_form_on_its_way_says_so_and_does_not_go_twice(team: Page, site: str) -> None:
    team.goto(f"{site}/design")

    sent, busy = team.evaluate(TWICE)

    assert sent == [True, False]
    assert busy == "true"
