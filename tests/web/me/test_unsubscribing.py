"""The unsubscribe link: one click without cookie and token, and the way back."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from engine import db
from engine import models as m
from engine.tokens import Purpose
from tests.factories import Member
from tests.web.conftest import Browser, Enqueued
from tests.web.scene import Scene, row


def test_one_click_unsubscribe_works_without_cookie_and_csrf_token_and_tells_the_manager(
    app: Flask, evening: Scene, farid: Member, enqueued: Enqueued
) -> None:
    stranger = app.test_client(use_cookies=False)
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    first = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    second = stranger.post(path, data={"List-Unsubscribe": "One-Click"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert row(farid).paused_by == "unsubscribe"
    with db.begin() as conn:
        notices = conn.execute(select(m.Notice.template, m.Notice.context)).all()
    assert [notice.template for notice in notices] == ["notice_paused"]
    assert notices[0].context["person"] == "Farid Haddad"
    assert enqueued.batch_ids


def test_looking_at_the_unsubscribe_link_changes_nothing(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    page = browser.get(path)
    browser.client.head(path)

    assert page.status_code == 200
    assert "Unsubscribe from Platform?" in page.text
    assert row(farid).paused_at is None


def test_unsubscribing_can_be_undone_from_its_page(browser: Browser, evening: Scene, farid: Member) -> None:
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}"

    browser.client.post(path, data={"page": "1"})
    page = browser.get(path).text
    undone = browser.post(f"{path}/undo", path)

    assert "You get no mails of Platform" in page
    assert undone.status_code == 303
    assert row(farid).paused_at is None
    assert row(farid).next_prompt_at is not None
