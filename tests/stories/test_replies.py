"""Answers that come more than once, or at the worst moment, by real processes."""

from __future__ import annotations

import time
from datetime import timedelta

import httpx
import pytest

from tests.stories import scene
from tests.stories.instance import INBOUND, Instance

pytestmark = pytest.mark.story


def test_the_same_webhook_three_times_is_one_mail_and_one_answer(house: Instance) -> None:
    house.up("web", "inbound", "scheduler")
    _, [asked] = scene.asked_round(house, 1, timedelta(hours=20))
    to, raw = scene.reply(house, asked, "Said once.")
    headers = {"Authorization": f"Bearer {INBOUND}", "Content-Type": "message/rfc822", "X-Envelope-To": to}

    url = f"{house.settings.base_url}/hooks/inbound/raw"
    codes = [httpx.post(url, content=raw, headers=headers, timeout=20).status_code for _ in range(3)]
    team = asked.member.team_id
    house.wait("the answer is an entry", lambda: scene.entries(house, team), 20)
    time.sleep(1.0)

    assert codes == [202, 200, 200]
    assert house.value("SELECT count(*) FROM inbound WHERE :to = ANY(envelope_to)", to=to) == 1
    assert house.value("SELECT count(*) FROM answer WHERE participation_id = :part", part=asked.part) == 1
    assert scene.entries(house, team) == ["Said once."]


def test_replies_that_arrive_while_their_round_closes_are_all_answers(house: Instance) -> None:
    house.up("smtpd", "inbound", "scheduler")
    round_id, asked = scene.asked_round(house, 16, timedelta(seconds=2))
    mails = [(one.member.email, *scene.reply(house, one, f"Just in time, {n}.")) for n, one in enumerate(asked)]

    for mail in mails:
        scene.deliver(house, [mail])
        time.sleep(0.2)
    closed = "SELECT count(*) FROM round WHERE id = :round AND state = 'closed'"
    house.wait("the round is closed", lambda: house.value(closed, round=round_id) == 1, 30)
    answers = (
        "SELECT count(*) FROM answer a JOIN participation p ON p.id = a.participation_id WHERE p.round_id = :round"
    )
    house.wait("all replies are answers", lambda: house.value(answers, round=round_id) == 16, 30)
    time.sleep(1.0)

    states = house.values("SELECT DISTINCT state FROM participation WHERE round_id = :round", round=round_id)
    assert states == ["answered"]
    assert house.value(answers, round=round_id) == 16
    assert sorted(scene.entries(house, asked[0].member.team_id)) == sorted(f"Just in time, {n}." for n in range(16))
