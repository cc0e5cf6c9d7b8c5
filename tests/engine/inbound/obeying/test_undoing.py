"""What an undo takes back, and what it leaves as it is."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import amend
from engine.people.principal import SYSTEM, of_link
from engine.rounds import schedule
from engine.tasks.stories import ACTS
from tests import factories as make
from tests.engine.inbound.ordered import live, order, part, paused, told
from tests.engine.inbound.world import EVENING, keep, take, world
from tests.factories.rows import NOON

MONDAY = date(2026, 3, 9)


def test_a_pause_takes_the_place_of_another_and_undo_brings_that_back(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "pause until Friday", "a")
    order(conn, here, "stop", "b", at=EVENING + timedelta(minutes=1))

    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert paused(conn, here) == (True, date(2026, 3, 6))
    order(conn, here, "undo", "d", at=EVENING + timedelta(minutes=3))
    assert paused(conn, here) == (False, None)
    assert part(conn, here) == ("due", "")
    order(conn, here, "undo", "e", at=EVENING + timedelta(minutes=4))
    assert [mail["title"] for mail in told(conn)][-3:] == ["Taken back", "Taken back", "Nothing to undo"]


def test_an_undo_does_not_touch_a_pause_that_was_changed_since(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "stop", "a")
    later = EVENING + timedelta(minutes=5)
    schedule.resume(conn, SYSTEM(here.ws.id), here.ada.id, later)
    schedule.pause(conn, SYSTEM(here.ws.id), here.ada.id, later, until=MONDAY)

    order(conn, here, "undo", "b", at=EVENING + timedelta(minutes=9))

    assert paused(conn, here) == (True, MONDAY)
    assert "changed since" in told(conn)[-1]["says"][0]


def test_skip_taken_back_asks_again_without_a_second_nudge(conn: Conn) -> None:
    here = world(conn, state="reminded")
    p = m.Participation
    conn.execute(update(p).values(nudge_run_id=here.run, nudge_seq=1, nudge_at=EVENING))
    order(conn, here, "skip", "a")

    order(conn, here, "undo", "b", at=EVENING + timedelta(minutes=1))

    assert part(conn, here) == ("due", "")
    assert conn.scalar(select(p.nudge_at)) is None


def test_skip_after_the_window_stays_skipped(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "skip", "a")

    order(conn, here, "undo", "b", at=NOON + timedelta(days=1))

    assert part(conn, here) == ("excused", "skipped")
    assert "stays skipped" in told(conn)[-1]["says"][0]


def test_undo_takes_back_all_that_came_in_one_mail(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "stop\n\nToo many mails.", "a")

    order(conn, here, "undo", "b", at=EVENING + timedelta(minutes=1))

    assert live(conn) == []
    assert paused(conn, here) == (False, None)


def test_undo_removes_the_last_answer_and_keeps_its_history(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "First.", "a")
    order(conn, here, "Second.\n\nAnd more.", "b", at=EVENING + timedelta(minutes=1))

    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert live(conn) == ["First."]
    assert conn.scalars(select(m.EntryChange.what)).all() == ["removed", "removed"]
    assert told(conn)[0]["points"] == ["Second.", "And more."]
    order(conn, here, "undo", "d", at=EVENING + timedelta(minutes=3))
    assert live(conn) == []


def test_an_undo_that_was_read_late_leaves_what_came_after_it(conn: Conn) -> None:
    here = world(conn)
    undo = keep(conn, here.reply("undo"), [here.reply_address], ident="undo")
    later = EVENING + timedelta(days=1)
    order(conn, here, "Fixed the build.", at=later)

    take(conn, undo, now=later + timedelta(minutes=1), acts=ACTS)

    assert live(conn) == ["Fixed the build."]
    assert [mail["title"] for mail in told(conn)] == ["Nothing to undo"]


def test_an_answer_of_more_than_a_week_ago_stays(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "First.", "a")

    order(conn, here, "undo", "b", at=EVENING + timedelta(days=7, minutes=-30))
    order(conn, here, "edit: Other.", "c", at=EVENING + timedelta(days=7, minutes=-20))
    conn.execute(update(m.Answer).values(at=EVENING - timedelta(days=8)))
    order(conn, here, "undo", "d", at=EVENING + timedelta(minutes=5))

    assert live(conn) == ["Other."]


def test_an_edit_taken_back_brings_the_answer_back_as_it_was(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the bild.", "a")
    order(conn, here, "edit: Fixed the build.", "b", at=EVENING + timedelta(minutes=1))

    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert live(conn) == ["Fixed the bild."]


def test_nobody_takes_back_what_another_member_wrote(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    theirs = make.participation(conn, conn.scalar(select(m.Participation.round_id)) or 0, bob)
    entry = make.entry(conn, theirs, "Bob's.", at=EVENING)
    answer_id = conn.scalar(select(m.Entry.answer_id).where(m.Entry.id == entry)) or 0

    ids, _ = amend.remove_answer(conn, of_link(here.ws.id, here.ada.contact_id, here.ada.id), answer_id, EVENING)

    assert ids == []
    assert live(conn) == ["Bob's."]
