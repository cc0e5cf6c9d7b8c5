"""Write to one person: from a page of theirs, looked at, sent once, and there in their conversation."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from tests import factories as make
from tests.web.conftest import Browser


@pytest.fixture
def person(signed_in: Browser, owner: Account) -> int:
    """Somebody who can be written to."""
    with db.begin() as conn:
        return make.contact(conn, owner.workspace_id, "Emi Sato", email="emi@example.org")[0]


def value(statement: str, **values: object) -> object:
    with db.begin() as conn:
        return conn.execute(text(statement), values).scalar_one()


def filled(browser: Browser, page: str, subject: str, words: str) -> dict[str, str]:
    found = re.search(r'name="action_id" value="([^"]+)"', browser.get(page).text)
    assert found
    return {"action_id": found[1], "subject": subject, "text": words}


def test_it_is_looked_at_then_sent_once_and_stands_in_the_conversation(signed_in: Browser, person: int) -> None:
    page = f"/campaigns/to/{person}"
    assert f'href="{page}"' in signed_in.get(f"/contacts/{person}").text
    form = filled(signed_in, page, "Your talk", "Dear {{ first_name }}, how did it go?")

    looked = signed_in.post(f"{page}/look", page, **form).text
    assert "Dear Emi, how did it go?" in looked
    assert "Dear {{ first_name }}, how did it go?" in looked
    assert value("SELECT count(*) FROM campaign") == 0

    sent = [signed_in.post(page, page, **form) for _ in range(2)]

    assert [one.status_code for one in sent] == [303, 303]
    shown = signed_in.get(sent[0].location).text
    assert "Dear Emi, how did it go?" in shown
    assert "It is on its way" in shown
    assert value("SELECT count(*) FROM run WHERE part = 'talk'") == 1
    assert value("SELECT count(*) FROM act WHERE act = 'wrote_to_person'") == 1
    assert "Your talk" not in signed_in.get("/campaigns").text


def test_what_is_wrong_is_said_at_its_place_and_keeps_the_words(signed_in: Browser, person: int) -> None:
    page = f"/campaigns/to/{person}"
    form = filled(signed_in, page, "Hi", "One\n\n{{ frist_name }} is two")

    refused = signed_in.post(page, page, **form)

    assert refused.status_code == 422
    assert "Line 3" in refused.text
    assert "{{ frist_name }} is two" in refused.text
    assert value("SELECT count(*) FROM campaign") == 0


def test_who_can_not_be_written_to_is_said_before_anything_is_typed(signed_in: Browser, person: int) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE contact SET email = '' WHERE id = :c"), {"c": person})

    shown = signed_in.get(f"/campaigns/to/{person}").text

    assert "no mail address" in shown
    assert "<textarea" not in shown
    assert signed_in.get("/campaigns/to/999999").status_code == 404
