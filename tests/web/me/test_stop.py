"""Fewer mails behind the link: pause, resume, leave, and the way back."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.rounds import schedule
from tests.factories import Member
from tests.web.conftest import Browser
from tests.web.scene import Scene, row


def test_a_pause_ends_the_questions_and_resuming_brings_them_back(
    browser: Browser, evening: Scene, farid: Member
) -> None:
    path = f"/me/{evening.link(farid)}"

    browser.post(f"{path}/pause", path, pause_until="")
    paused = row(farid)
    browser.post(f"{path}/resume", path)

    assert paused.paused_by == "person"
    assert paused.next_prompt_at is None
    assert row(farid).next_prompt_at is not None


def test_leaving_asks_first_and_then_ends_it(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    asked = browser.post(f"{path}/leave", path)
    still_in = row(farid).left_at is None
    left = browser.post(f"{path}/leave", path, sure="yes")

    assert "Leave Platform?" in asked.text
    assert still_in
    assert left.status_code == 303
    assert "You have left Platform" in browser.get(path).text


def test_a_pause_with_a_past_date_is_refused_beside_its_field(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/me/{evening.link(farid)}"

    page = browser.post(f"{path}/pause", path, pause_until=date(2020, 1, 1).isoformat())

    assert page.status_code == 422
    assert 'value="2020-01-01"' in page.text
    assert "Choose a later date" in page.text


def test_who_left_by_themselves_may_come_back_for_a_week(browser: Browser, farid: Member, path: str) -> None:
    browser.post(f"{path}/leave", path, sure="yes")
    offered = browser.get(path).text

    back = browser.post(f"{path}/back", path)

    assert "Come back to Platform" in offered
    assert back.status_code == 303
    assert row(farid).left_at is None
    assert row(farid).next_prompt_at is not None
    with db.begin() as conn:
        acts = conn.scalars(select(m.Act.act).where(m.Act.object_id == farid.id).order_by(m.Act.id)).all()
    assert acts[-2:] == ["left_team", "came_back"]


def test_after_a_week_a_manager_has_to_be_asked(browser: Browser, farid: Member, path: str) -> None:
    token = browser.token(path)
    browser.post(f"{path}/leave", path, sure="yes")
    with db.begin() as conn:
        long_ago = m.Membership.left_at - timedelta(days=8)
        conn.execute(update(m.Membership).where(m.Membership.id == farid.id).values(left_at=long_ago))

    page = browser.get(path).text
    back = browser.client.post(f"{path}/back", data={"csrf_token": token})

    assert "ask one of its managers" in page
    assert back.status_code == 400
    assert row(farid).left_at is not None


def test_whom_a_manager_removed_cannot_come_back_by_the_link(
    browser: Browser, owner: Account, evening: Scene, farid: Member, path: str
) -> None:
    token = browser.token(path)
    with db.begin() as conn:
        schedule.leave(conn, owner.principal, farid.id, evening.now)

    page = browser.get(path).text
    back = browser.client.post(f"{path}/back", data={"csrf_token": token})

    assert "Come back" not in page
    assert back.status_code == 400
    assert row(farid).left_at is not None
