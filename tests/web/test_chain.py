"""The chain of one question to one person: reached from its mails, its day and its words; and it says where it ends."""

from __future__ import annotations

import re

import pytest

from engine import db
from engine.people.accounts import Account
from tests.web import scene
from tests.web.conftest import Browser
from tests.web.scene import Scene


@pytest.fixture
def evening(signed_in: Browser, owner: Account) -> Scene:
    """A run of four: sent and answered, in doubt, bounced, deferred; one person away."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


def of(browser: Browser, made: Scene, seq: int) -> str:
    """The chain that a prompt of the scene leads to."""
    answer = browser.get(f"/deliveries/{made.run}/{seq}/chain")
    assert answer.status_code == 302
    return browser.get(answer.location).text


def test_a_deliverys_page_leads_to_the_chain_and_to_all_mail_of_the_person(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/deliveries/{evening.run}/1").text

    assert f'href="/deliveries/{evening.run}/1/chain"' in page
    assert f'href="/deliveries?person={evening.members[0].contact_id}"' in page


def test_an_answered_question_is_told_from_the_schedule_to_the_chat(signed_in: Browser, evening: Scene) -> None:
    page = of(signed_in, evening, 1)

    parts = [page.index(f"{n}. ") for n in range(1, 6)]
    assert parts == sorted(parts)
    assert "Platform</a> is asked on Mon to Fri at 18:00" in page
    assert "250 2.0.0 Ok: queued as 4bC1x" in page
    assert "Fixed the login bug." in page
    assert "#platform" in page


def test_a_bounced_question_ends_there(signed_in: Browser, evening: Scene) -> None:
    page = of(signed_in, evening, 3)

    assert "Here it ends: the question did not get there (bounced)" in page
    assert "550 5.1.1" in page
    assert "5. In the chat" not in page


def test_a_question_without_an_answer_says_until_when_it_may_come(signed_in: Browser, evening: Scene) -> None:
    assert "None yet. It may come until" in of(signed_in, evening, 2)


def test_admins_reach_it_from_todays_round(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}/today").text

    links = re.findall(r'href="(/chain/\d+)"', page)
    assert links
    assert all(signed_in.get(link).status_code == 200 for link in links)


def test_an_entry_leads_admins_to_the_answer_it_came_by(signed_in: Browser, evening: Scene) -> None:
    entry = re.search(r'href="(/teams/\d+/entries/\d+)"', of(signed_in, evening, 1))
    assert entry

    link = re.search(r'href="(/teams/\d+/entries/\d+/chain)"', signed_in.get(entry[1]).text)
    assert link
    answer = signed_in.get(link[1])

    assert re.fullmatch(r"/chain/\d+#answer-\d+", answer.location)
    assert answer.location.partition("#")[2] in signed_in.get(answer.location).text


def test_mail_that_belongs_to_no_round_has_its_timeline_alone(signed_in: Browser, owner: Account) -> None:
    assert signed_in.get("/deliveries/99/1/chain").status_code == 404
    assert signed_in.get("/chain/99").status_code == 404
