"""Campaigns in the browser: from an empty page to a launch that says whom it reaches, and its flight."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from tests import factories as make
from tests.web.conftest import Browser


@pytest.fixture
def people(signed_in: Browser, owner: Account) -> int:
    """Three people beside the owner."""
    with db.begin() as conn:
        for n in range(3):
            make.contact(conn, owner.workspace_id, f"Person {n}")
    return 4


def value(statement: str, **values: object) -> object:
    with db.begin() as conn:
        return conn.execute(text(statement), values).scalar_one()


def draft(browser: Browser) -> str:
    made = browser.post("/campaigns/new", "/campaigns/new", name="Spring")
    assert made.status_code == 303
    return str(made.location)


def ready(browser: Browser, **plan: str | list[str]) -> str:
    page = draft(browser)
    browser.post(f"{page}/text", page, subject="Spring", body="It is spring.")
    fields: dict[str, str | list[str]] = {
        "name": "Spring",
        "send_when": "now",
        "weekdays": [str(day) for day in range(7)],
        **plan,
    }
    assert browser.post(page, page, **fields).status_code == 303
    return page


def test_an_empty_list_says_what_campaigns_are_and_leads_on(signed_in: Browser) -> None:
    shown = signed_in.get("/campaigns").text

    assert "No campaign yet" in shown
    assert 'href="/campaigns/new"' in shown


def test_from_a_name_to_a_launch_that_says_whom_it_reaches(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    assert f"{people} people" in signed_in.get(page).text

    asked = signed_in.post(f"{page}/launch", page)
    assert "Launch it to 4 people" in asked.text
    assert value("SELECT count(*) FROM run WHERE kind = 'campaign'") == 0

    assert signed_in.post(f"{page}/launch", page, sure="yes").status_code == 303
    shown = signed_in.get(page).text
    assert "0 of 4 are settled" in shown
    assert "Take the launch back" in shown
    assert value("SELECT count(*) FROM act WHERE act = 'launched_campaign'") == 1


def test_launching_what_has_begun_says_that_somebody_was_first(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    again = signed_in.post(f"{page}/launch", page, sure="yes")

    assert again.status_code == 409
    assert "Somebody was first" in again.text
    assert value("SELECT count(*) FROM run WHERE kind = 'campaign'") == 1


def test_pause_resume_and_cancel_from_its_page(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    found = []
    for act in ("pause", "resume", "cancel"):
        assert signed_in.post(f"{page}/{act}", page, sure="yes").status_code == 303
        found.append(value("SELECT state FROM campaign"))

    assert found == ["paused", "running", "cancelled"]
    assert "4 cancelled" in signed_in.get(page).text


def test_a_launch_is_taken_back_from_its_page(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    signed_in.post(f"{page}/undo", page, sure="yes")

    assert "nobody got it" in signed_in.get(page).text
    assert value("SELECT state FROM campaign") == "draft"


def test_what_cannot_be_launched_says_why_and_loses_nothing(signed_in: Browser, people: int) -> None:
    page = draft(signed_in)

    refused = signed_in.post(f"{page}/launch", page, sure="yes")

    assert refused.status_code == 422
    assert "Write what it says first." in refused.text


def test_a_wrong_plan_keeps_what_was_typed(signed_in: Browser) -> None:
    page = draft(signed_in)

    refused = signed_in.post(page, page, name="Spring in Porto", send_when="at", weekdays=["0"])

    assert refused.status_code == 422
    assert "Say at which day and hour." in refused.text
    assert 'value="Spring in Porto"' in refused.text


def test_one_s_own_campaign_cannot_be_approved(signed_in: Browser, owner: Account, people: int) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE workspace SET approve_over = 2 WHERE id = :w"), {"w": owner.workspace_id})
    page = ready(signed_in)

    assert "a second person has to approve it" in signed_in.post(f"{page}/launch", page, sure="yes").text
    signed_in.post(f"{page}/submit", page)
    refused = signed_in.post(f"{page}/approve", page)

    assert refused.status_code == 422
    assert value("SELECT state FROM campaign") == "review"


def test_a_copy_is_a_draft_of_its_own(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)

    copied = signed_in.post(f"{page}/copy", page)

    assert copied.location != page
    assert "Spring (copy)" in signed_in.get(copied.location).text
