"""One reminder to those who have not answered, and how people stand to a campaign."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from engine.campaigns import campaigns
from engine.campaigns.letters import campaign_mails
from engine.campaigns.reminding import remind_due, standing
from engine.campaigns.watching import start_due, watch
from engine.errors import Invalid
from engine.outbound.drafts import Row
from tests.engine.campaigns.answering import answer, end, to
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_letters import read, sending
from tests.fakes.smtp_sink import read_log, sink_process

HOUR = timedelta(hours=1)
ROW = """
    SELECT run_id, seq, recipient, about, transport, address, attempt, useful_until FROM delivery
    WHERE run_id = :r AND address = :a
"""


def letter(scene: Scene, run: int, address: str) -> EmailMessage:
    """What is about to leave to an address."""
    with scene.engine.begin() as conn:
        found = conn.execute(text(ROW), {"r": run, "a": address})
        row = Row(*found.one())
        return read(campaign_mails(conn, scene.workspace_id, [row])[row.seq], row).head


def asked(scene: Scene, **values: object) -> tuple[int, int]:
    """A campaign that was sent to everybody, whose reminder is due in two hours; its number and its run."""
    now = scene.now()
    of = scene.launch(scene.campaign(reminder_at=now + 2 * HOUR, deadline_at=now + 9 * HOUR, **values))
    return of.id, of.run_id or 0


def tick(scene: Scene, after: timedelta) -> tuple[int, ...]:
    with scene.engine.begin() as conn:
        return remind_due(conn, scene.now() + after).batches


def reminders(scene: Scene, made: int) -> list[int]:
    return [row[0] for row in scene.rows("SELECT id FROM run WHERE campaign_id = :c AND part = 'reminder'", c=made)]


def test_who_got_it_and_has_not_answered_is_reminded_once(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=6)
    made, run = asked(scene)
    end(scene, run, "bounced", to("p1@x.test"))
    end(scene, run, "in_doubt", to("p2@x.test"))
    end(scene, run, "complained", to("p3@x.test"))
    end(scene, run, "sent")
    answer(scene, run, "p4@x.test")
    scene.do("UPDATE message SET deleted_at = now(), body = ''")  # its words are emptied; it was an answer all the same
    with engine_db.begin() as conn:
        watch(conn, scene.now())

    early = tick(scene, HOUR)
    with ThreadPoolExecutor(2) as schedulers:
        found = sorted(schedulers.map(lambda _: len(tick(scene, 3 * HOUR)), range(2)))
    again = tick(scene, 4 * HOUR)

    assert (early, found, again) == ((), [0, 1], ())
    (reminder,) = reminders(scene, made)
    assert {row[0] for row in scene.rows("SELECT address FROM delivery WHERE run_id = :r", r=reminder)} == {
        "p5@x.test", "p6@x.test"
    }  # fmt: skip
    assert scene.states(reminder) == {"queued": 2}
    assert scene.get(made).state == "running"
    assert scene.get(made).reminded_at is not None


def test_it_waits_while_the_campaign_does_not_fly_and_is_none_after_the_deadline(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    made, run = asked(scene)
    end(scene, run, "sent", to("p1@x.test"))
    scene.do("UPDATE campaign SET state = 'paused' WHERE id = :c", c=made)

    paused = tick(scene, 3 * HOUR)
    scene.do("UPDATE campaign SET state = 'running' WHERE id = :c", c=made)
    late = tick(scene, 9 * HOUR)

    assert (paused, late, reminders(scene, made)) == ((), (), [])
    assert scene.get(made).reminded_at is not None


def test_a_campaign_stays_open_for_its_reminder(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1)
    of = scene.launch(scene.campaign(reminder_at=scene.now() + timedelta(days=9)))
    end(scene, of.run_id, "sent")

    def look(days: int) -> str:
        with engine_db.begin() as conn:
            watch(conn, scene.now() + timedelta(days=days))
        return scene.get(of.id).state

    before = [look(0), look(8)]
    tick(scene, timedelta(days=9, hours=1))
    (reminder,) = reminders(scene, of.id)
    reminded = scene.get(of.id).state
    end(scene, reminder, "sent")

    assert before == ["finishing", "finishing"]
    assert (reminded, look(9), look(15)) == ("running", "finishing", "finished")


def test_a_reminder_follows_its_first_mail_and_whoever_answers_meanwhile_gets_none(
    engine_db: Engine, tmp_path: Path
) -> None:
    scene = Scene.make(engine_db, people=2)
    made, run = asked(scene)
    with sink_process(tmp_path / "sink.log") as sink, sending(engine_db, sink.port) as sender:
        sender.work(20)
        scene.do("UPDATE campaign SET reminder_at = now()")
        tick(scene, timedelta(0))
        (reminder,) = reminders(scene, made)
        mail = letter(scene, reminder, "p1@x.test")
        answer(scene, run, "p2@x.test")
        sender.work(20)
        got = [one.message_id for one in read_log(sink.log) if one.rcpt == ["p1@x.test"]]

    assert scene.states(reminder) == {"sent": 1, "suppressed: answered": 1}
    assert len(got) == 2
    assert mail["Subject"] == "Reminder: Spring"
    assert mail["In-Reply-To"].split(".")[:2] == got[0].split(".")[:2]


def test_a_reminder_never_comes_with_the_mail_itself(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    now = scene.now()
    over = scene.campaign(reminder_at=now - HOUR)
    before = scene.campaign(reminder_at=now + HOUR, send_when="at", send_at=now + 2 * HOUR)
    late = scene.launch(scene.campaign(reminder_at=now + 3 * HOUR, send_when="at", send_at=now + 2 * HOUR)).id

    for made in (over, before):
        with pytest.raises(Invalid, match="before it is sent"):
            scene.launch(made)
    with engine_db.begin() as conn:
        start_due(conn, now + 4 * HOUR)  # the scheduler was away at its hour
    end(scene, scene.get(late).run_id or 0, "sent")
    tick(scene, 5 * HOUR)

    assert scene.get(late).state == "running"
    assert reminders(scene, late) == []


def test_a_throttle_is_shared_with_what_is_still_under_way(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=300)
    made, run = asked(scene, per_hour=1200)  # lots of 100, five minutes each
    end(scene, run, "sent", "seq <= 100")

    tick(scene, 3 * HOUR)

    (reminder,) = reminders(scene, made)
    at = [row[0] for row in scene.rows("SELECT next_at FROM batch WHERE run_id = ANY(:r) AND state = 'open'"
                                       " ORDER BY next_at", r=[run, reminder])]  # fmt: skip
    assert [later - before for before, later in pairwise(at)] == [timedelta(minutes=5)] * 2


def test_a_reminder_comes_before_the_deadline(engine_db: Engine) -> None:
    scene = Scene.make(engine_db)
    made, now = scene.campaign(), scene.now()

    with engine_db.begin() as conn, pytest.raises(Invalid) as refused:
        campaigns.change(conn, scene.person, made, now, reminder_at=now + HOUR, deadline_at=now + HOUR)

    assert refused.value.field == "reminder_at"


@pytest.mark.parametrize(
    ("answered", "hours", "found"),
    [(True, 0, "answered"), (True, 2, "answered"), (False, 0, "not yet"), (False, 1, "not answered")],
)
def test_after_the_deadline_who_has_not_answered_has_not(answered: bool, hours: int, found: str) -> None:
    now = datetime.fromisoformat("2026-11-22T10:00:00+00:00")

    assert standing(answered, now + HOUR, now + hours * HOUR) == found
    assert standing(False, None, now) == "not yet"
