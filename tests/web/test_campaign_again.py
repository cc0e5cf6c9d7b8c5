"""From a report on: the rest is sent after it was asked, and a list becomes the audience of a draft."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from tests.web import report_scene
from tests.web.conftest import Browser
from tests.web.report_scene import Reported


@pytest.fixture
def sent(signed_in: Browser, owner: Account) -> Reported:
    """A campaign of which a day has gone by."""
    with db.begin() as conn:
        return report_scene.build(conn, owner, db.now(conn))


def value(statement: str, **values: object) -> object:
    with db.begin() as conn:
        return conn.execute(text(statement), values).scalar_one()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_the_rest_is_asked_for_with_its_number_and_pressed_once(signed_in: Browser, sent: Reported) -> None:
    page = f"/campaigns/{sent.campaign_id}/rest"
    shown = signed_in.get(page).text
    form = {name: hidden(shown, name) for name in ("last", "seen")}
    assert f"Send it to {form['seen']} people" in shown
    assert "Left out still" in shown
    assert "no consent" in shown.casefold()
    assert f'href="{page}"' in signed_in.get(f"/campaigns/{sent.campaign_id}/report").text

    first = signed_in.post(page, page, **form)
    said = signed_in.get(first.location).text
    second = signed_in.post(page, page, **form)

    assert first.status_code == 303
    assert f"It is on its way to {form['seen']} people" in said
    assert second.status_code == 422
    assert "The rest was sent meanwhile" in second.text
    assert value("SELECT size FROM run WHERE part = 'rest'") == int(form["seen"])
    assert value("SELECT detail FROM act WHERE act = 'sent_campaign_rest'") == f"{form['seen']} people"
    assert "Nobody is left" in signed_in.get(page).text


def test_who_came_since_and_doubts_are_ticked(signed_in: Browser, sent: Reported) -> None:
    page = f"/campaigns/{sent.campaign_id}/rest"
    shown = signed_in.get(page).text
    form = {name: hidden(shown, name) for name in ("last", "seen", "new")}
    assert "who came since" in shown

    signed_in.post(page, page, **form)

    assert value("SELECT size FROM run WHERE part = 'rest'") == int(form["seen"]) + int(form["new"])


def test_what_was_not_launched_has_no_rest(signed_in: Browser, sent: Reported) -> None:
    shown = signed_in.get(f"/campaigns/{sent.draft_id}/rest").text

    assert "It has not been launched." in shown
    assert '<button class="btn btn-primary">Send it' not in shown


def test_the_rest_of_a_cancelled_one_is_written_to_in_a_new_campaign(signed_in: Browser, sent: Reported) -> None:
    page = f"/campaigns/{sent.campaign_id}/rest"
    with db.begin() as conn:
        conn.execute(text("UPDATE campaign SET state = 'cancelled' WHERE id = :c"), {"c": sent.campaign_id})

    shown = signed_in.get(page).text
    made = signed_in.post(f"/campaigns/{sent.campaign_id}/those", page, list=hidden(shown, "list"))

    assert "9 people have not got it" in shown
    assert "It was cancelled, and stays so." in shown
    assert "This is a new draft." in signed_in.get(made.location).text


def test_write_to_those_of_a_list_makes_a_draft_with_that_audience(signed_in: Browser, sent: Reported) -> None:
    listed = f"/campaigns/{sent.campaign_id}/report/list/silent"
    assert "Write to them" in signed_in.get(listed).text

    made = signed_in.post(f"/campaigns/{sent.campaign_id}/those", listed, list="silent", key="")

    shown = signed_in.get(made.location).text
    assert made.status_code == 303
    assert "This is a new draft." in shown
    assert "Spring party: who has not answered" in shown
    query = value("SELECT query FROM campaign ORDER BY id DESC LIMIT 1")
    assert query == f"got campaign {sent.campaign_id} and did not reply"


def test_a_list_with_nobody_says_so_and_makes_nothing(signed_in: Browser, sent: Reported) -> None:
    before = value("SELECT count(*) FROM campaign")
    listed = f"/campaigns/{sent.draft_id}/report/list/bounced"

    refused = signed_in.post(f"/campaigns/{sent.draft_id}/those", listed, list="bounced", key="")

    assert "Nobody is on this list now" in signed_in.get(refused.location).text
    assert value("SELECT count(*) FROM campaign") == before
    assert signed_in.post(f"/campaigns/{sent.campaign_id}/those", listed, list="friends", key="").status_code == 404
