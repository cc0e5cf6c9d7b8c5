"""A conversation by keyboard alone: read, answered, noted about, closed; and the person's own link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from engine import db
from engine import models as m
from engine.people.accounts import Account
from tests.browser.test_keys_and_polling import evening, site, team
from tests.web import answered_scene
from tests.web.answered_scene import Answered
from tests.web.scene import Scene

__all__ = ["evening", "site", "team"]
pytestmark = pytest.mark.browser
NAME = "() => (document.activeElement.innerText || document.activeElement.id || '').trim()"


@pytest.fixture
def talk(evening: Scene, owner: Account) -> Answered:
    with db.begin() as conn:
        return answered_scene.build(conn, owner, evening)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name, or id, has the focus."""
    for _ in range(80):
        if page.evaluate(NAME) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"nothing called {name} can be reached")


def count(kind: str) -> int:
    with db.begin() as conn:
        return conn.execute(select(func.count()).select_from(m.Message).where(m.Message.kind == kind)).scalar_one()


def test_everything_is_done_without_a_mouse(team: Page, site: str, talk: Answered) -> None:
    team.goto(f"{site}/conversations/{talk.conversation}")

    tab_to(team, "reply-text")
    team.keyboard.type("It is on the first page now.")
    tab_to(team, "Send")
    team.keyboard.press("Enter")
    expect(team.get_by_text("Sent. The conversation waits")).to_be_visible()
    tab_to(team, "note-text")
    team.keyboard.type("Told them.")
    tab_to(team, "Keep the note")
    team.keyboard.press("Enter")
    expect(team.get_by_text("Noted. Nobody outside sees it.")).to_be_visible()
    tab_to(team, "Close")
    team.keyboard.press("Enter")
    expect(team.get_by_text("Closed by Ada")).to_be_visible()

    assert (count("mail"), count("note")) == (4, 2)


def test_the_link_is_taken_back_after_asking_and_then_opens_nothing(team: Page, site: str, talk: Answered) -> None:
    team.goto(f"{site}{talk.door}")
    expect(team.get_by_text("Carla moves it to the first page")).to_be_visible()
    expect(team.get_by_text("They are a customer since March")).to_have_count(0)

    team.goto(f"{site}/conversations/{talk.conversation}")
    team.get_by_role("button", name="Take the link back").click()
    team.locator("#confirm [data-confirm-yes]").click()
    expect(team.get_by_text("Their link no longer works.")).to_be_visible()

    team.goto(f"{site}{talk.door}")
    expect(team.get_by_text("This link no longer works.")).to_be_visible()
