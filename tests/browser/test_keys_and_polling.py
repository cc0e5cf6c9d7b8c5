"""The small scripts, in a real browser: keys, the question before removing, and polling with its error state."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from engine import db
from engine import models as m
from engine.people.accounts import Account
from tests import factories as make
from tests.browser.desk import come_in
from tests.web import scene
from tests.web.scene import Scene

pytestmark = pytest.mark.browser


@pytest.fixture
def evening(owner: Account) -> Scene:
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application served on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def team(page: Page, site: str, evening: Scene, owner: Account) -> Page:
    """The owner's browser on the team page, errors of script or policy noted."""
    come_in(page, site, owner.email)
    page.goto(f"{site}/teams/{evening.team.id}")
    return page


def test_question_mark_opens_the_help_and_slash_goes_to_the_search(team: Page, site: str) -> None:
    team.keyboard.press("?")
    expect(team.locator("#help")).to_be_visible()
    team.keyboard.press("Escape")
    expect(team.locator("#help")).to_be_hidden()

    team.keyboard.press("g")
    team.keyboard.press("d")
    team.wait_for_url(f"{site}/deliveries")
    team.keyboard.press("/")
    expect(team.locator("#q")).to_be_focused()


def test_removing_asks_in_a_dialog_and_no_leaves_all_as_it_is(team: Page, evening: Scene) -> None:
    team.goto(f"{team.url}/members")
    row = team.locator("tr", has_text=evening.members[0].email)
    row.get_by_role("button", name="Remove").click()
    expect(team.locator("#confirm")).to_contain_text("Remove Bikram Thapa?")
    team.get_by_role("button", name="Leave it as it is").click()
    expect(row).to_be_visible()

    row.get_by_role("button", name="Remove").click()
    team.locator("#confirm [data-confirm-yes]").click()
    expect(team.locator("[role=status]", has_text="no longer in the team")).to_be_visible()
    expect(row).to_have_count(0)


def test_questions_change_places_under_the_hand_and_nothing_is_sent(team: Page, evening: Scene) -> None:
    page = f"{team.url}/schedule"
    with db.begin() as conn:
        conn.execute(update(m.Schedule).values(questions=["One?", "Two?"]))
    team.goto(page)
    fields = team.locator("[data-question] input")

    team.locator("[data-move=down]").first.click()
    expect(fields.nth(0)).to_have_value("Two?")
    expect(fields.nth(1)).to_be_focused()
    team.locator("[data-move=remove]").first.click()
    expect(fields.nth(0)).to_have_value("One?")
    expect(fields.nth(1)).to_have_value("")
    assert team.url == page


def test_whoever_is_in_the_round_by_keyboard_stays_there_when_it_is_swapped(team: Page, evening: Scene) -> None:
    team.locator("#show-out").focus()
    with db.begin() as conn:
        make.member(conn, evening.team, "Zoe Late", "UTC")

    expect(team.locator("[data-poll-body]")).to_contain_text("Zoe Late", timeout=15_000)

    expect(team.locator("#show-out")).to_be_focused()
    expect(team.locator("[data-poll-said]")).to_contain_text("left out today")


def test_todays_round_is_swapped_in_by_itself_and_says_when_the_server_is_gone(team: Page, evening: Scene) -> None:
    with db.begin() as conn:
        make.member(conn, evening.team, "Zoe Late", "UTC")
    expect(team.locator("[data-poll-body]")).to_contain_text("Zoe Late", timeout=15_000)
    expect(team.locator("[data-poll-line]")).to_contain_text("Updated")

    team.route("**/today", lambda route: route.abort())
    expect(team.locator("[data-poll-line]")).to_contain_text("No connection", timeout=15_000)
    team.unroute("**/today")
    expect(team.locator("[data-poll-line]")).to_contain_text("Updated", timeout=15_000)
