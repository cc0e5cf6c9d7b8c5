"""The preference centre: what is ticked holds, as the person's own word."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from engine import db
from engine.campaigns.tracking import choice
from engine.campaigns.tracking.choice import Choice
from tests.web.conftest import Browser
from tests.web.track import scene
from tests.web.track.scene import FAR, Campaign


def path(campaign: Campaign, seq: int = 1) -> str:
    of = Choice(campaign.workspace_id, campaign.people[seq - 1], topic_id=campaign.topic)
    return f"/preferences/{choice.token(scene.keys(), of, FAR)}"


def said() -> dict[tuple[str, int], tuple[str, str, str]]:
    with db.begin() as conn:
        rows = conn.execute(text("SELECT channel, topic_id, state, source, evidence FROM consent"))
        return {(row.channel, row.topic_id): (row.state, row.source, row.evidence) for row in rows}


def test_everything_is_wanted_until_something_else_is_said(browser: Browser, campaign: Campaign) -> None:
    page = browser.get(path(campaign)).text

    assert page.count(" checked") == 2
    assert "Offers" in page
    assert "What is new" in page
    assert said() == {}


def test_what_is_not_ticked_is_withdrawn_and_nothing_else_is_touched(browser: Browser, campaign: Campaign) -> None:
    answer = browser.post(path(campaign), path(campaign), want=["mail-0"])

    assert answer.status_code == 303
    assert said() == {("mail", campaign.topic): ("withdrawn", "person", "preferences page")}
    page = browser.get(path(campaign)).text
    assert "Saved. It holds from now on." in page
    assert page.count(" checked") == 1


def test_what_is_ticked_again_is_given_again_and_both_words_are_kept(browser: Browser, campaign: Campaign) -> None:
    browser.post(path(campaign), path(campaign), want=["mail-0"])
    browser.post(path(campaign), path(campaign), want=["mail-0", f"mail-{campaign.topic}"])
    browser.post(path(campaign), path(campaign), want=["mail-0", f"mail-{campaign.topic}"])

    assert said()[("mail", campaign.topic)][0] == "given"
    with db.begin() as conn:
        states = conn.execute(text("SELECT state FROM consent_event ORDER BY id")).scalars().all()
    assert states == ["withdrawn", "given"]


def test_a_channel_is_shown_where_the_person_is_reached_by_it(browser: Browser, campaign: Campaign) -> None:
    with db.begin() as conn:
        conn.execute(
            text("INSERT INTO contact_address (workspace_id, contact_id, platform, address)"
                 " VALUES (:w, :c, 'sms', '+49170')"),
            {"w": campaign.workspace_id, "c": campaign.people[0]},
        )  # fmt: skip

    assert "By SMS" in browser.get(path(campaign)).text
    assert "By SMS" not in browser.get(path(campaign, 2)).text


def test_topics_of_others_and_words_that_are_no_topic_change_nothing(browser: Browser, campaign: Campaign) -> None:
    every = ["mail-0", f"mail-{campaign.topic}"]

    browser.post(path(campaign), path(campaign), want=[*every, "mail-999", "sms-0", "post-1", "mail-x", "mail"])

    assert said() == {}


def test_a_post_without_the_forms_own_token_is_refused(app: Flask, campaign: Campaign) -> None:
    answer = app.test_client().post(path(campaign), data={"want": "mail-0"})

    assert answer.status_code == 400
    assert said() == {}
