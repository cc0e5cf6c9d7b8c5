"""The team page and its forms: who sees what, who may change what, and that nothing typed is lost."""

from __future__ import annotations

import re
from datetime import time

import pytest
from flask import Flask
from sqlalchemy import select

from engine import config, db
from engine import models as m
from engine.people import accounts, connections
from engine.people.accounts import Account
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.web import scene
from tests.web.conftest import PASSWORD, Browser
from tests.web.scene import Scene

SCHEDULE = {
    "questions": "What did you do?\nWhat stands in your way?",
    "prompt_at": "17:15",
    "digest_at": "08:30",
    "nudge_after": "90",
    "answer_window": "600",
}


@pytest.fixture
def evening(signed_in: Browser, owner: Account) -> Scene:
    """A team in mid-evening."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def elsewhere(owner: Account) -> Scene:
    """The same scene in another workspace."""
    with db.begin() as conn:
        ws = make.workspace(conn, "Elsewhere")
        contact, email = make.contact(conn, ws.id, "Eve")
        account = accounts.make(conn, ws.id, contact, "owner", None)
        assert account.email == email
        return scene.build(conn, account, db.now(conn))


def sign_in_as(app: Flask, made: Scene, role: str) -> Browser:
    """The browser of somebody who has `role` in the scene's team and no rights in the workspace."""
    with db.begin() as conn:
        account = accounts.create_user(conn, f"{role}@example.org", role.capitalize(), "user", PASSWORD)
        make.member(conn, made.team, contact_id=account.contact_id, email=account.email, role=role)
    browser = Browser(app.test_client())
    assert browser.sign_in(account.email).status_code == 302
    return browser


def schedule_of(team_id: int) -> m.Schedule:
    with db.begin() as conn:
        return conn.execute(select(m.Schedule.__table__).where(m.Schedule.team_id == team_id)).one()  # type: ignore[return-value]


def test_a_new_instance_says_how_to_make_the_first_team(signed_in: Browser) -> None:
    page = signed_in.get("/teams")

    assert page.status_code == 200
    assert "No team yet" in page.text
    assert "Make the team" in page.text


def test_a_team_is_made_and_its_empty_page_says_what_to_do_next(signed_in: Browser) -> None:
    made = signed_in.post("/teams", "/teams", name="Platform", zone="Europe/Berlin")
    page = signed_in.get(made.location)
    members = signed_in.get(f"{made.location}/members")

    assert made.status_code == 303
    for words in ("Nobody to ask yet", "No entries yet", "Connect a channel"):
        assert words in page.text
    assert "Nobody is in this team yet" in members.text


def test_a_refused_team_keeps_what_was_typed(signed_in: Browser) -> None:
    page = signed_in.post("/teams", "/teams", name="Platform", zone="Europe/Atlantis")

    assert page.status_code == 422
    assert 'value="Platform"' in page.text
    assert 'value="Europe/Atlantis"' in page.text
    assert "Europe/Atlantis is not a time zone" in page.text


def test_the_members_page_shows_members_with_their_next_send_in_their_own_time(
    signed_in: Browser, evening: Scene
) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}/members").text

    assert re.search(r"Carla Nunes.*?(Mon|Tue|Wed|Thu|Fri) 18:00.*?America/Sao_Paulo", page, re.S)
    assert "paused, by a manager" in page
    assert re.search(r"Grace Lin.*?away (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d", page, re.S)


def test_todays_round_says_who_answered_who_was_not_reached_and_when_the_others_are_asked(
    signed_in: Browser, evening: Scene
) -> None:
    part = signed_in.get(f"/teams/{evening.team.id}/today").text

    assert "<html" not in part
    assert "1 answered" in part
    assert "the question bounced" in part
    assert re.search(r"comes (today, )?\w{3} 2[23]:00, <a", part)  # 18:00 in São Paulo, read in Berlin
    assert 'title="What became of the question"' in part
    assert "Oscar" not in part


def test_entries_stand_by_day_and_person(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}").text

    assert page.index("Fixed the login bug.") < page.index("Wrote the migration plan.")
    assert "Sketched the new onboarding mail." in page


def test_a_failing_channel_shows_the_services_own_words(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}/channels").text

    assert "404 no such hook" in page


@pytest.mark.parametrize("path", ["", "/today", "/members", "/schedule", "/days-off", "/members/new", "/channels/new"])
def test_another_workspaces_team_is_not_there(signed_in: Browser, elsewhere: Scene, path: str) -> None:
    assert signed_in.get(f"/teams/{elsewhere.team.id}{path}").status_code == 404


@pytest.mark.parametrize("act", ["members/{member}/pause", "members/{member}/remove", "channels/{channel}/disconnect"])
def test_another_workspaces_member_or_channel_cannot_be_reached_through_ones_own_team(
    signed_in: Browser, evening: Scene, elsewhere: Scene, act: str
) -> None:
    with db.begin() as conn:
        channel = conn.scalars(select(m.Channel.id).where(m.Channel.team_id == elsewhere.team.id)).first()
    path = f"/teams/{evening.team.id}/" + act.format(member=elsewhere.members[0].id, channel=channel)

    answer = signed_in.post(path, f"/teams/{evening.team.id}", sure="yes")

    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["member", "observer"])
def test_members_and_observers_see_the_team_and_cannot_change_it(app: Flask, evening: Scene, role: str) -> None:
    browser, team = sign_in_as(app, evening, role), f"/teams/{evening.team.id}"

    page = browser.get(team)
    forms = [browser.get(f"{team}/{path}").status_code for path in ("schedule", "members/new", "channels/new")]
    acts = [
        browser.post(f"{team}/{path}", team, **SCHEDULE, weekdays="0", email="x@example.org", name="X", sure="yes")
        for path in ("schedule", "name", "members/new", "channels/new", f"members/{evening.members[0].id}/remove")
    ]

    assert page.status_code == 200
    assert "Add a member" not in page.text
    assert "Remove" not in page.text
    assert forms == [403, 403, 403]
    assert [act.status_code for act in acts] == [403] * 5
    assert schedule_of(evening.team.id).questions == [scene.QUESTION]


def test_a_stranger_is_sent_to_sign_in(app: Flask, evening: Scene) -> None:
    answer = Browser(app.test_client()).get(f"/teams/{evening.team.id}")

    assert answer.status_code == 302
    assert "/signin" in answer.location


def test_a_manager_changes_the_schedule_and_the_next_sends_move(app: Flask, evening: Scene) -> None:
    browser, path = sign_in_as(app, evening, "manager"), f"/teams/{evening.team.id}/schedule"

    form = browser.get(path).text
    answer = browser.client.post(path, data={"csrf_token": browser.token(path), **SCHEDULE, "weekdays": ["0", "2"]})

    assert 'value="18:00"' in form
    assert answer.status_code == 303
    saved = schedule_of(evening.team.id)
    assert (saved.weekdays, saved.prompt_at, saved.nudge_after) == (5, time(17, 15), 90)
    assert saved.questions == SCHEDULE["questions"].splitlines()
    assert "17:15" in browser.get(f"/teams/{evening.team.id}").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("questions", "", "Write at least one question."),
        ("prompt_at", "25:99", "Not a valid time value."),
        ("nudge_after", "9000", "within the window"),
        ("answer_window", "5", "Between 60 minutes and seven days."),
    ],
)
def test_a_refused_schedule_comes_back_as_it_was_typed(
    signed_in: Browser, evening: Scene, field: str, value: str, said: str
) -> None:
    path = f"/teams/{evening.team.id}/schedule"
    typed = {**SCHEDULE, "questions": "Kept question?", field: value}

    page = signed_in.post(path, path, weekdays="3", **typed)

    assert page.status_code == 422
    assert said in page.text
    assert 'value="08:30"' in page.text
    assert re.search(r'value="3" checked', page.text)
    assert "Kept question?" in page.text or field == "questions"
    assert schedule_of(evening.team.id).questions == [scene.QUESTION]


def test_the_form_of_a_new_member_says_which_mails_come(signed_in: Browser, evening: Scene) -> None:
    said = signed_in.get(f"/teams/{evening.team.id}/members/new").text

    assert "A mail tells them at once that you added them" in said
    assert "first mail they get is the question" not in said


def test_a_member_is_added_with_a_next_question(signed_in: Browser, evening: Scene) -> None:
    path = f"/teams/{evening.team.id}/members/new"

    answer = signed_in.post(path, path, email="new@example.org", name="Nia New", zone="Asia/Tokyo", role="member")
    page = signed_in.get(answer.location).text

    assert answer.status_code == 303
    assert re.search(r"Nia New.*?18:00.*?Asia/Tokyo", page, re.S)


def test_a_refused_member_keeps_the_input(signed_in: Browser, evening: Scene) -> None:
    path = f"/teams/{evening.team.id}/members/new"

    page = signed_in.post(path, path, email="no address", name="Nia New", zone="Asia/Tokyo", role="observer")

    assert page.status_code == 422
    assert 'value="no address"' in page.text
    assert 'value="Nia New"' in page.text
    assert 'selected value="observer"' in page.text


def test_removing_a_member_asks_first(signed_in: Browser, evening: Scene) -> None:
    team, member = f"/teams/{evening.team.id}", evening.members[0]
    path = f"{team}/members/{member.id}/remove"

    asked = signed_in.post(path, team)
    still = "Pause" in signed_in.get(f"{team}/members").text and member.email in signed_in.get(f"{team}/members").text
    done = signed_in.post(path, team, sure="yes")

    assert "Remove Bikram Thapa?" in asked.text
    assert still
    assert done.status_code == 303
    assert member.email not in signed_in.get(f"{team}/members").text


def test_a_pause_by_the_manager_can_be_undone(signed_in: Browser, evening: Scene) -> None:
    team, member = f"/teams/{evening.team.id}", evening.members[0]

    signed_in.post(f"{team}/members/{member.id}/pause", team)
    paused = signed_in.get(f"{team}/members").text.count("paused, by a manager")
    signed_in.post(f"{team}/members/{member.id}/resume", team)

    assert paused == 2
    assert signed_in.get(f"{team}/members").text.count("paused, by a manager") == 1


def test_a_channel_is_connected_and_its_secret_is_never_shown(signed_in: Browser, evening: Scene) -> None:
    path = f"/teams/{evening.team.id}/channels/new"

    answer = signed_in.post(
        path, path, kind="slack", name="#new", channel="C1", secret="xoxb-very-secret", gets="entries"
    )

    assert answer.status_code == 303
    page = signed_in.get(f"/teams/{evening.team.id}/channels").text
    assert "#new" in page
    assert "xoxb-very-secret" not in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "slack", "name": "#x", "secret": "xoxb-1"}, "Write the id of the Slack channel."),
        ({"kind": "slack", "name": "#x", "channel": "C1"}, "Slack needs a bot token"),
        ({"kind": "webhook", "name": "hook", "secret": "whsec_AAAA"}, "Write the webhook&#39;s address."),
        ({"kind": "webhook", "name": "hook", "url": "https://h.example", "secret": "nothing"}, "whsec_"),
    ],
)
def test_a_refused_channel_keeps_all_but_the_secret(
    signed_in: Browser, evening: Scene, typed: dict[str, str], said: str
) -> None:
    path = f"/teams/{evening.team.id}/channels/new"

    page = signed_in.post(path, path, **typed)

    assert page.status_code == 422
    assert any(said in words for words in re.findall(r'class="wrong"[^>]*>([^<]*)<', page.text))
    assert f'value="{typed["name"]}"' in page.text
    assert f'value="{typed.get("secret", "whsec_none")}"' not in page.text


def test_a_test_post_that_fails_shows_the_services_words(
    signed_in: Browser, evening: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.errors import TransportError
    from web.views import channels

    def refused(*_: object) -> str:
        raise TransportError("channel_not_found", permanent=True)

    monkeypatch.setattr(channels, "_post", refused)
    with db.begin() as conn:
        channel = conn.scalars(select(m.Channel.id).where(m.Channel.name == "Dashboard")).one()

    signed_in.post(f"/teams/{evening.team.id}/channels/{channel}/test", f"/teams/{evening.team.id}")

    page = signed_in.get(f"/teams/{evening.team.id}/channels").text
    assert "It said: channel_not_found" in page
    assert "failing" in page


def test_a_test_post_that_arrives_mends_the_channel(
    signed_in: Browser, evening: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.views import channels

    monkeypatch.setattr(channels, "_post", lambda *_: "200 ok")
    with db.begin() as conn:
        channel = conn.scalars(select(m.Channel.id).where(m.Channel.name == "Dashboard")).one()

    signed_in.post(f"/teams/{evening.team.id}/channels/{channel}/test", f"/teams/{evening.team.id}")

    page = signed_in.get(f"/teams/{evening.team.id}/channels").text
    assert "took the test post: 200 ok" in page
    assert "404 no such hook" not in page


def test_no_get_changes_the_schedule_or_the_members(signed_in: Browser, evening: Scene) -> None:
    team, member = f"/teams/{evening.team.id}", evening.members[0].id
    before = signed_in.get(f"{team}/today").text

    codes = [
        signed_in.get(f"{team}/{path}").status_code
        for path in (f"members/{member}/pause", f"members/{member}/remove", "name", "channels/1/disconnect")
    ]

    assert set(codes) == {405}
    assert signed_in.get(f"{team}/today").text == before


def test_pages_carry_no_inline_script_or_style(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}")

    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_page_costs_the_same_number_of_statements_whatever_the_team_size(signed_in: Browser, evening: Scene) -> None:
    from sqlalchemy import event

    def count() -> int:
        seen: list[str] = []
        listener = lambda conn, cursor, statement, *_: seen.append(statement)  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", listener)
        signed_in.get(f"/teams/{evening.team.id}")
        event.remove(db.engine(), "before_cursor_execute", listener)
        return len(seen)

    few = count()
    with db.begin() as conn:
        for number in range(20):
            make.member(conn, evening.team, f"More {number}")

    assert count() == few
    assert few <= 12


def test_a_test_post_of_an_instance_that_is_not_production_stays_on_its_allow_list(
    signed_in: Browser, evening: Scene
) -> None:
    with db.begin() as conn:
        channel = conn.scalars(select(m.Channel.id).where(m.Channel.name == "Dashboard")).one()
        secret = "whsec_" + "a" * 40
        connections.mend(conn, SYSTEM(evening.team.workspace_id), channel, evening.now, config.settings(), secret)

    signed_in.post(f"/teams/{evening.team.id}/channels/{channel}/test", f"/teams/{evening.team.id}")

    assert "hooks.example.org is not on SIXPM_ALLOW" in signed_in.get(f"/teams/{evening.team.id}/channels").text
