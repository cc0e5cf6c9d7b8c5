"""One's own account: the list of sessions, ending them, and leaving."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import teams
from engine.people.accounts import Account
from engine.people.entrance.sessions import browser as named
from engine.rounds import schedule
from tests.web.conftest import Browser


@pytest.fixture
def elsewhere(app: Flask, signed_in: Browser, owner: Account) -> Browser:
    """The owner on another browser, that signed in later."""
    made = Browser(app.test_client())
    made.sign_in(owner.email)
    return made


def ids(browser: Browser) -> list[str]:
    return re.findall(r"/account/sessions/(\d+)/end", browser.get("/account").text)


def test_each_browser_is_listed_and_can_be_ended_alone(signed_in: Browser, elsewhere: Browser) -> None:
    other = next(i for i in ids(signed_in) if i == max(ids(signed_in), key=int))

    answer = signed_in.post(f"/account/sessions/{other}/end", "/account")

    assert answer.status_code == 303
    assert elsewhere.get("/account").status_code == 302
    assert len(ids(signed_in)) == 1


def test_all_others_are_ended_at_once(app: Flask, signed_in: Browser, elsewhere: Browser, owner: Account) -> None:
    third = Browser(app.test_client())
    third.sign_in(owner.email)

    signed_in.post("/account/sessions/end-others", "/account")

    assert [b.get("/account").status_code for b in (signed_in, elsewhere, third)] == [200, 302, 302]


def test_signing_out_ends_the_session_for_whoever_holds_its_cookie(app: Flask, signed_in: Browser) -> None:
    cookie = signed_in.client.get_cookie("sixpm")
    assert cookie is not None
    thief = Browser(app.test_client())
    thief.client.set_cookie("sixpm", cookie.value)
    assert thief.get("/account").status_code == 200

    signed_in.post("/signout", "/account")

    assert thief.get("/account").status_code == 302


def test_a_session_of_somebody_else_is_not_there(app: Flask, signed_in: Browser, user: Account) -> None:
    ben = Browser(app.test_client())
    ben.sign_in(user.email)

    answer = signed_in.post(f"/account/sessions/{ids(ben)[0]}/end", "/account")

    assert answer.status_code == 404
    assert ben.get("/account").status_code == 200


def test_times_are_in_the_zone_of_the_team_until_somebody_sets_their_own(
    app: Flask, signed_in: Browser, owner: Account, user: Account
) -> None:
    with db.begin() as conn:
        team = teams.make(conn, owner.principal, "Night", "Asia/Tokyo")
        schedule.add_member(conn, owner.principal, team, user.email, db.now(conn))
    ben = Browser(app.test_client())
    ben.sign_in(user.email)

    of_team = ben.get("/account").text
    saved = ben.post("/account/zone", "/account", zone="Europe/Paris")

    assert "Pages show times in Asia/Tokyo." in of_team
    assert saved.location == "/account#zone-title"
    assert "Pages show times in Europe/Paris." in ben.get("/account").text
    with db.begin() as conn:
        coming = conn.execute(text("SELECT next_prompt_at AT TIME ZONE 'Europe/Paris' FROM membership")).scalar_one()
    assert f"{coming:%H:%M}" == "18:00"
    assert "zone: none → Europe/Paris" in signed_in.get("/acts").text


def test_a_zone_that_does_not_exist_is_refused_and_stays_in_the_form(signed_in: Browser) -> None:
    answer = signed_in.post("/account/zone", "/account", zone="Europe/Atlantis")

    assert answer.status_code == 422
    assert "This time zone does not exist." in answer.text
    assert 'value="Europe/Atlantis"' in answer.text
    assert "Pages show times in UTC." in answer.text


def test_a_session_that_nobody_used_for_two_weeks_is_over(signed_in: Browser) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE session SET seen_at = now() - interval '15 days'"))

    assert signed_in.get("/account").status_code == 302


def test_seen_is_written_four_times_an_hour_at_most(signed_in: Browser) -> None:
    def seen() -> object:
        with db.begin() as conn:
            return conn.execute(text("SELECT seen_at FROM session")).scalar_one()

    before = seen()
    signed_in.get("/account")
    same = seen()
    with db.begin() as conn:
        conn.execute(text("UPDATE session SET seen_at = now() - interval '16 minutes'"))
    signed_in.get("/account")

    assert same == before
    assert seen() > before  # type: ignore[operator]


def test_somebody_leaves_and_the_last_owner_cannot(app: Flask, signed_in: Browser, user: Account) -> None:
    ben = Browser(app.test_client())
    ben.sign_in(user.email)

    left, stayed = ben.post("/account/leave", "/account", sure="yes"), signed_in.post(
        "/account/leave", "/account", sure="yes"
    )  # fmt: skip

    assert left.location == "/signin"
    assert ben.sign_in(user.email).status_code == 422
    assert stayed.location == "/account"
    assert "last owner" in signed_in.get("/account").text


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_has_a_name_that_people_know(agent: str, expected: str) -> None:
    assert named(agent) == expected
