"""Orders by mail through real processes: done once and answered once, whoever dies in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories import scene
from tests.stories.instance import Instance

pytestmark = pytest.mark.story

ORDERS = "SELECT count(*) FROM mail_command WHERE membership_id = :who"
ANSWERS = """
    SELECT count(*) FROM notice n JOIN membership m ON m.contact_id = n.contact_id
    WHERE m.id = :who AND n.template = 'order_done'
"""
ANSWERED = """
    SELECT d.state FROM mail_command c JOIN delivery d ON d.run_id = c.answered_run_id WHERE c.membership_id = :who
"""
PAUSED = "SELECT pause_until::text FROM membership WHERE id = :who AND paused_at IS NOT NULL"


def test_a_pause_by_mail_is_answered_once_and_no_question_comes(house: Instance) -> None:
    house.up("smtpd", "inbound", "scheduler", "sender")
    _, [asked, other] = scene.asked_round(house, 2, timedelta(hours=20))
    who, until = asked.member.id, house.now().date() + timedelta(days=30)
    to, raw = scene.reply(house, asked, f"Pause until {until}")

    scene.deliver(house, [(asked.member.email, to, raw), (asked.member.email, to, raw)])
    house.wait("the answer has left", lambda: house.values(ANSWERED, who=who) == ["sent"], 40)

    assert house.values(PAUSED, who=who) == [str(until)]
    assert (house.value(ORDERS, who=who), house.value(ANSWERS, who=who)) == (1, 1)
    assert house.value("SELECT state FROM participation WHERE id = :part", part=asked.part) == "excused"
    assert house.value("SELECT state FROM participation WHERE id = :part", part=other.part) == "asked"
    next_day = house.value("SELECT next_prompt_day FROM membership WHERE id = :who", who=who)
    assert next_day is None or next_day >= until


def test_a_worker_that_is_killed_over_and_over_gives_one_act_and_one_answer(house: Instance) -> None:
    house.up("smtpd", "scheduler", "sender")
    _, asked = scene.asked_round(house, 12, timedelta(hours=20))
    team = asked[0].member.team_id
    orders = [(one.member.email, *scene.reply(house, one, "stop")) for one in asked]
    scene.deliver(house, orders)
    done = "SELECT count(*) FROM mail_command c JOIN membership m ON m.id = c.membership_id WHERE m.team_id = :team"

    for _ in range(3):
        worker = house.one("inbound")
        seen = house.value(done, team=team)
        house.wait("one more is carried out", lambda seen=seen: house.value(done, team=team) > seen, 40)  # type: ignore[misc]
        worker.kill()
        if house.value(done, team=team) == len(asked):
            break
    house.up("inbound")
    house.wait("all are carried out", lambda: house.value(done, team=team) == len(asked), 60)
    sent = """
        SELECT count(*) FROM mail_command c JOIN membership m ON m.id = c.membership_id
        JOIN delivery d ON d.run_id = c.answered_run_id WHERE m.team_id = :team AND d.state = 'sent'
    """
    house.wait("all are answered", lambda: house.value(sent, team=team) == len(asked), 60)

    told = """
        SELECT count(*) FROM notice n JOIN membership m ON m.contact_id = n.contact_id
        WHERE m.team_id = :team AND n.template = 'order_done' GROUP BY m.id
    """
    assert house.values(told, team=team) == [1] * len(asked)
    paused = "SELECT count(*) FROM membership WHERE team_id = :team AND paused_at IS NOT NULL AND pause_until IS NULL"
    assert house.value(paused, team=team) == len(asked)
