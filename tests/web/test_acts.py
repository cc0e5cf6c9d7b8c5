"""The record of acts: read by admins, narrowed by act, person and days, and as a sheet."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import acts
from engine.people.accounts import Account
from tests.web.conftest import Browser
from web import sheets


@pytest.fixture
def team(signed_in: Browser) -> int:
    """A team that the owner made and whose schedule was changed."""
    signed_in.post("/teams", "/teams", name="Platform", zone="UTC")
    with db.begin() as conn:
        found: int = conn.execute(text("SELECT id FROM team")).scalar_one()
    signed_in.post(
        f"/teams/{found}/schedule", f"/teams/{found}/schedule", questions="What did you get done today?", weekdays="0",
        prompt_at="17:30", digest_at="09:00", nudge_after="180", answer_window="900",
    )  # fmt: skip
    return found


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(f"/acts/list.csv{query}").text.removeprefix(sheets.MARK))))


def test_the_page_says_who_changed_what_and_how(signed_in: Browser, team: int) -> None:
    page = signed_in.get("/acts").text

    assert "changed the schedule" in page
    assert "prompt at: 18:00 → 17:30" in page
    assert "weekdays: Mon to Fri → Mon" in page
    assert "signed in" in page


def test_a_filter_narrows_the_page_and_the_sheet(signed_in: Browser, team: int) -> None:
    assert [row["act"] for row in rows(signed_in)] == ["changed the schedule", "made a team", "signed in"]
    assert [row["act"] for row in rows(signed_in, "?act=made_team")] == ["made a team"]
    assert rows(signed_in, "?q=eve") == []
    assert len(rows(signed_in, "?q=ADA")) == 3
    assert rows(signed_in, "?until=2000-01-01") == []
    assert len(rows(signed_in, f"?noun=team&id={team}")) == 2
    assert "Nothing fits" in signed_in.get("/acts?q=eve").text


def test_older_pages_follow(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        for _ in range(acts.PAGE + 5):
            acts.note(conn, owner.principal, "made_team", db.now(conn), "team", 1, "Many")

    first = signed_in.get("/acts").text
    older = signed_in.get("/acts?before=7").text

    assert first.count("made a team") == acts.PAGE + 1  # and its name in the filter
    assert "Older" in first
    assert "Older" not in older


def test_another_workspace_reads_nothing_of_it(app: Flask, signed_in: Browser, team: int) -> None:
    from engine.people import accounts as people
    from engine.people import contacts, workspaces
    from tests.web.conftest import PASSWORD

    with db.begin() as conn:
        other = workspaces.make(conn, "Other")
        people.make(conn, other, contacts.add(conn, other, "o@example.org", "O", None), "owner", PASSWORD)
    stranger = Browser(app.test_client())
    stranger.sign_in("o@example.org")

    assert [row["act"] for row in rows(stranger)] == ["signed in"]


def test_an_act_that_nobody_listed_is_refused(owner: Account) -> None:
    with db.begin() as conn, pytest.raises(KeyError):
        acts.note(conn, owner.principal, "did_something", db.now(conn))
