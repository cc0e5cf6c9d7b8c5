"""A manager's page about one member: role, hours, days away, and an address that gets no mail."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import config, db
from engine import models as m
from engine.config import required
from engine.people import suppression
from engine.people.accounts import Account
from tests import factories as make
from tests.factories import Member
from tests.web import scene
from tests.web.conftest import Browser
from tests.web.scene import Scene

SAID = "550 5.1.1 no such user"


@pytest.fixture
def evening(owner: Account) -> Scene:
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def carla(evening: Scene) -> Member:
    return evening.members[1]


def path(member: Member) -> str:
    return f"/teams/{member.team_id}/members/{member.id}"


def row(member: Member) -> Any:
    with db.begin() as conn:
        return conn.execute(select(m.Membership.__table__).where(m.Membership.id == member.id)).one()


def suppress(member: Member, reason: str = "bounced") -> None:
    with db.begin() as conn:
        secret = required(config.settings().secret_key, "secret_key")
        suppression.add(conn, member.workspace_id, secret, [member.email], reason, db.now(conn), evidence=SAID)


def test_a_manager_changes_hours_days_and_zone(signed_in: Browser, carla: Member) -> None:
    before = row(carla)

    saved = signed_in.post(
        f"{path(carla)}/hours", path(carla), prompt_at="16:30", digest_at="", own_days="y", weekdays="2",
        zone="Asia/Tokyo",
    )  # fmt: skip

    after = row(carla)
    assert saved.status_code == 303
    assert (after.prompt_at, after.digest_at, after.weekdays) == (time(16, 30), None, 4)
    assert after.next_prompt_at != before.next_prompt_at
    assert "Asia/Tokyo" in signed_in.get(path(carla)).text


def test_the_page_speaks_of_the_member_not_to_them(signed_in: Browser, carla: Member) -> None:
    page = signed_in.get(path(carla)).text

    assert "Ask on" in page
    assert "Where they are, in all their teams" in page
    assert "Ask me" not in page
    assert "Where you are" not in page


def test_refused_hours_come_back_as_they_were_typed(signed_in: Browser, carla: Member) -> None:
    page = signed_in.post(f"{path(carla)}/hours", path(carla), prompt_at="16:30", zone="Europe/Atlantis")

    assert page.status_code == 422
    assert 'value="16:30"' in page.text
    assert 'value="Europe/Atlantis"' in page.text
    assert row(carla).prompt_at is None


def test_an_observer_is_no_longer_asked_and_a_member_is_again(signed_in: Browser, carla: Member) -> None:
    signed_in.post(f"{path(carla)}/role", path(carla), role="observer")
    observer = row(carla)
    signed_in.post(f"{path(carla)}/role", path(carla), role="member")

    assert (observer.role, observer.next_prompt_at) == ("observer", None)
    assert observer.next_digest_at is not None
    assert row(carla).next_prompt_at is not None


def test_days_away_are_noted_and_taken_back(signed_in: Browser, evening: Scene, carla: Member) -> None:
    day = (evening.now + timedelta(days=3)).date()

    signed_in.post(f"{path(carla)}/away", path(carla), first_day=day.isoformat())
    with db.begin() as conn:
        [away] = conn.scalars(select(m.Away.id).where(m.Away.contact_id == carla.contact_id)).all()
    gone = signed_in.post(f"{path(carla)}/away/{away}/remove", path(carla))

    assert gone.status_code == 303
    assert "No days away." in signed_in.get(path(carla)).text


def test_the_members_page_says_who_gets_no_mail_and_why(signed_in: Browser, carla: Member) -> None:
    suppress(carla)

    page = signed_in.get(f"/teams/{carla.team_id}/members").text

    assert "gets no mail, after a bounce" in page
    assert SAID in page
    assert page.count("gets no mail, after a bounce") == 1


def test_an_admin_lets_an_address_get_mail_again_after_being_asked(signed_in: Browser, carla: Member) -> None:
    suppress(carla, "complaint")

    asked = signed_in.post(f"{path(carla)}/mail", path(carla))
    still = signed_in.get(path(carla)).text
    done = signed_in.post(f"{path(carla)}/mail", path(carla), sure="yes")

    assert f"Send mail to {carla.email} again?" in asked.text
    assert "after a complaint" in still
    assert done.status_code == 303
    assert "This address gets no mail" not in signed_in.get(path(carla)).text


def test_a_manager_who_is_no_admin_sees_the_reason_and_cannot_lift_it(
    browser: Browser, evening: Scene, carla: Member, user: Account
) -> None:
    suppress(carla)
    with db.begin() as conn:
        make.member(conn, evening.team, contact_id=user.contact_id, email=user.email, role="manager")
    browser.sign_in(user.email)

    page = browser.get(path(carla)).text
    answer = browser.post(f"{path(carla)}/mail", path(carla), sure="yes")

    assert SAID in page
    assert "Send mail again" not in page
    assert answer.status_code == 403


def test_a_member_sees_neither_the_page_nor_links_to_it(
    browser: Browser, evening: Scene, carla: Member, user: Account
) -> None:
    with db.begin() as conn:
        make.member(conn, evening.team, contact_id=user.contact_id, email=user.email)
    browser.sign_in(user.email)

    assert browser.get(path(carla)).status_code == 403
    assert path(carla) not in browser.get(f"/teams/{carla.team_id}").text


def test_a_member_who_signed_in_finds_their_own_page(browser: Browser, evening: Scene, user: Account) -> None:
    with db.begin() as conn:
        make.member(conn, evening.team, contact_id=user.contact_id, email=user.email)
    browser.sign_in(user.email)

    page = browser.get(f"/teams/{evening.team.id}").text
    link = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/me/"))

    assert "What I wrote" in browser.get(link).text
    assert "My own page" in page


def test_a_member_of_another_team_is_not_there(signed_in: Browser, evening: Scene, carla: Member) -> None:
    with db.begin() as conn:
        other = make.team(conn, make.Workspace(carla.workspace_id, "Acme"), name="Other")

    assert signed_in.get(f"/teams/{other.id}/members/{carla.id}").status_code == 404
