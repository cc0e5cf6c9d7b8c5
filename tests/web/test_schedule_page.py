"""The schedule's page: questions one by one, and a preview that writes nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.rounds import schedule
from tests import factories as make
from tests.factories import Team
from tests.web.conftest import Browser

PLAIN = {"weekdays": "0", "prompt_at": "10:15", "digest_at": "09:00", "nudge_after": "", "answer_window": "600"}


@pytest.fixture
def team(signed_in: Browser, owner: Account) -> Team:
    """Sixty people, two of them told apart."""
    with db.begin() as conn:
        now = db.now(conn)
        made = make.team(conn, make.Workspace(owner.workspace_id, ""), "Platform", questions=("One?", "Two?"))
        crew = [make.member(conn, made, f"Person {n:02}", "Asia/Tokyo") for n in range(58)]
        crew += [make.member(conn, made, "Aaron", prompt_at="07:45"), make.member(conn, made, "Abby")]
        make.away(conn, crew[-1], now.date(), now.date() + timedelta(days=30))
        schedule.reschedule(conn, owner.workspace_id, [one.id for one in crew], now)
    return made


def post(browser: Browser, team: Team, where: str = "/preview", **fields: object) -> str:
    """POST the form; lists are fields that come several times."""
    page = f"/teams/{team.id}/schedule"
    data = {"csrf_token": browser.token(page), **PLAIN, "questions": ["One?", "Two?"], **fields}
    return browser.client.post(page + where, data=data).text


def questions(page: str) -> list[str]:
    return re.findall(r'name="questions" value="([^"]*)"', page)


def saved() -> tuple[object, ...]:
    with db.begin() as conn:
        s = m.Schedule
        return tuple(conn.execute(select(s.questions, s.prompt_at, s.weekdays)).one())


def test_each_question_has_a_field_and_there_is_an_empty_one(signed_in: Browser, team: Team) -> None:
    page = signed_in.get(f"/teams/{team.id}/schedule").text

    assert questions(page) == ["One?", "Two?", ""]
    for n in (1, 2, 3):
        assert f">Question {n}</label>" in page


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("up-1", ["Two?", "One?", ""]),
        ("down-0", ["Two?", "One?", ""]),
        ("remove-0", ["Two?", ""]),
        ("add", ["One?", "Two?", ""]),
        ("up-0", ["One?", "Two?", ""]),
        ("down-1", ["One?", "Two?", ""]),
        ("remove-9", ["One?", "Two?", ""]),
        ("nonsense", ["One?", "Two?", ""]),
    ],
)
def test_buttons_rearrange_the_questions_without_scripts_and_save_nothing(
    signed_in: Browser, team: Team, change: str, left: list[str]
) -> None:
    before = saved()

    page = post(signed_in, team, change=change)

    assert questions(page) == left
    assert 'value="10:15"' in page
    assert saved() == before


def test_five_questions_leave_no_room_and_six_are_refused(signed_in: Browser, team: Team) -> None:
    five = [f"Question {n}?" for n in range(5)]

    full = post(signed_in, team, questions=five, change="add")
    six = post(signed_in, team, where="", questions=[*five, "Six?"])

    assert questions(full) == five
    assert "Ask at most 5 questions" in six
    assert "Six?" in questions(six)


def test_questions_are_saved_in_their_order(signed_in: Browser, team: Team) -> None:
    post(signed_in, team, where="", questions=["Three?", "", "One?"])

    assert saved()[0] == ["Three?", "One?"]


def test_the_preview_shows_what_is_typed_before_it_is_saved(signed_in: Browser, team: Team) -> None:
    before = saved()

    page = post(signed_in, team)

    people = re.findall(r'class="first person">(.*?)</tr>', page, re.S)
    assert saved() == before
    assert "not saved yet" in page
    assert people[0].startswith("Aaron")
    assert re.findall(r"<b>(\d\d:\d\d)</b>", people[0]) == ["07:45"] * 7  # their own hour stays
    assert re.findall(r"<b>(\d\d:\d\d)</b>", people[2]) == ["10:15"] * 7
    assert len(re.findall(r"Mon \d+ \w+ <b>", people[2])) == 7
    assert "not asked, away" in people[1]


def test_a_big_team_is_shown_by_pages_of_fifty(signed_in: Browser, team: Team) -> None:
    first, second = signed_in.get(f"/teams/{team.id}/schedule").text, post(signed_in, team, page="2")

    assert first.count('class="first person"') == 50
    assert second.count('class="first person"') == 10
    assert "Page 2 of 2, 60 members" in second
    assert post(signed_in, team, page="99").count('class="first person"') == 10
    assert post(signed_in, team, page="x").count('class="first person"') == 50


def test_a_form_that_cannot_be_read_has_no_preview_and_says_why(signed_in: Browser, team: Team) -> None:
    page = post(signed_in, team, prompt_at="25:99", questions=["Kept?"])

    assert "Nothing can be foreseen" in page
    assert "Not a valid time value." in page
    assert questions(page) == ["Kept?", ""]


def test_the_page_costs_few_statements(signed_in: Browser, team: Team) -> None:
    seen: list[str] = []
    listener = lambda conn, cursor, statement, *_: seen.append(statement)  # noqa: E731
    event.listen(db.engine(), "before_cursor_execute", listener)
    signed_in.get(f"/teams/{team.id}/schedule")
    event.remove(db.engine(), "before_cursor_execute", listener)

    assert len(seen) <= 12


def test_the_list_of_teams_is_searched_by_name_where_there_are_many(signed_in: Browser, owner: Account) -> None:
    few = signed_in.get("/teams").text
    with db.begin() as conn:
        for n in range(9):
            make.team(conn, make.Workspace(owner.workspace_id, ""), f"Team {n}")

    many, found = signed_in.get("/teams").text, signed_in.get("/teams?q=EAM 7").text
    none = signed_in.get("/teams?q=nothing").text

    assert "data-search" not in few
    assert "data-search" in many
    assert ("Team 7</a>" in found, "Team 6</a>" in found) == (True, False)
    assert "No team of this name" in none
