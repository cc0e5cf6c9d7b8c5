"""/settings/keeping: the rules, what would go, and a question before it is saved."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from engine import db
from engine.people import acts
from engine.people.accounts import Account
from engine.people.keeping import RULES
from engine.people.principal import SYSTEM
from tests.web.conftest import Browser

PAGE = "/settings/keeping"


def chosen() -> dict[str, int]:
    with db.begin() as conn:
        return {row.what: row.days for row in conn.execute(text("SELECT what, days FROM retention"))}


def test_the_page_says_each_rule_its_default_and_why(signed_in: Browser) -> None:
    found = signed_in.get(PAGE).text

    for rule in RULES.values():
        assert rule.title in found
        assert rule.why.replace("'", "&#39;") in found
    assert 'placeholder="for ever"' in found


def test_what_would_go_is_said_before_anything_is_saved(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        acts.note(conn, SYSTEM(owner.workspace_id), "paused", db.now(conn) - timedelta(days=300))

    asked = signed_in.post(PAGE, PAGE, acts="200", entries="400")
    before = chosen()
    saved = signed_in.post(PAGE, PAGE, acts="200", entries="400", sure="yes")

    assert "Let this go?" in asked.text
    assert "cannot be brought back" in asked.text
    assert before == {}
    assert saved.status_code == 303
    assert chosen() == {"acts": 200, "entries": 400}
    with db.begin() as conn:
        noted = conn.execute(text("SELECT detail FROM act WHERE act = 'changed_retention'")).scalar_one()
    assert "Who did what: default → 200" in noted


def test_a_number_that_is_too_small_is_refused_and_kept_in_the_form(signed_in: Browser) -> None:
    answer = signed_in.post(PAGE, PAGE, deliveries="5")

    assert answer.status_code == 422
    assert "write 90 to" in answer.text
    assert 'value="5"' in answer.text
    assert chosen() == {}


def test_an_empty_field_lets_the_default_hold_again(signed_in: Browser) -> None:
    signed_in.post(PAGE, PAGE, acts="200", sure="yes")

    signed_in.post(PAGE, PAGE, acts="", sure="yes")

    assert chosen() == {}
