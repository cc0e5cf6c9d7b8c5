"""What people order by mail: done once, told once to a person, and words that came along are kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import amend, assign
from engine.inbound.own import Own
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.notices import notice_mails
from engine.people.principal import SYSTEM, of_link, of_session
from engine.rounds import schedule
from engine.tasks.stories import ACTS
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.world import EVENING, KEYS, OWN, World, address, inbound, keep, take, texts, world
from tests.factories.rows import NOON

MONDAY = date(2026, 3, 9)


def order(conn: Conn, here: World, words: str, ident: str = "order", **more: Any) -> int:
    """Ada answers her prompt with these words."""
    at = more.pop("at", EVENING)
    inbound_id = keep(conn, here.reply(words, **more), [here.reply_address], ident=ident, at=at)
    take(conn, inbound_id, now=at, acts=ACTS)
    return inbound_id


def paused(conn: Conn, here: World) -> tuple[bool, date | None]:
    of = m.Membership
    row = conn.execute(select(of.paused_at, of.pause_until).where(of.id == here.ada.id)).one()
    return row.paused_at is not None, row.pause_until


def told(conn: Conn) -> list[Any]:
    """The mails back: what each says."""
    return [row.context for row in conn.execute(select(m.Notice).order_by(m.Notice.id)) if row.template == "order_done"]


def commands(conn: Conn) -> list[Any]:
    return list(conn.execute(select(m.MailCommand).order_by(m.MailCommand.id)))


def part(conn: Conn, here: World) -> tuple[str, str]:
    p = m.Participation
    row = conn.execute(select(p.state, p.reason).where(p.id == here.part)).one()
    return row.state, row.reason


def live(conn: Conn) -> list[str]:
    e = m.Entry
    return list(conn.scalars(select(e.text).where(e.removed_at.is_(None)).order_by(e.no)))


@pytest.mark.parametrize("words", ["stop", "Unsubscribe", "PAUSE."])
def test_stop_pauses_for_good_and_says_how_to_come_back(conn: Conn, words: str) -> None:
    here = world(conn)

    ident = order(conn, here, words)

    assert paused(conn, here) == (True, None)
    assert part(conn, here) == ("excused", "paused")
    assert texts(conn) == []
    assert inbound(conn, ident).state == "routed"
    [mail], [command] = told(conn), commands(conn)
    assert mail["title"] == "You get no more mails"
    assert "resume on your page" in mail["hint"]
    assert command.answered_run_id is not None
    assert conn.scalars(select(m.Act.act)).all() == ["paused"]


def test_a_pause_until_a_day_ends_on_that_day(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "Pause until Monday")

    assert paused(conn, here) == (True, MONDAY)
    assert told(conn)[0]["title"] == "Paused until Monday 9 March"


def test_a_day_is_counted_from_the_writers_own_today(conn: Conn) -> None:
    """At 19:00 UTC it is the next day in Auckland already."""
    here = world(conn)
    conn.execute(update(m.Contact).values(zone="Pacific/Auckland"))

    order(conn, here, "pause until tomorrow")

    assert paused(conn, here) == (True, date(2026, 3, 6))


@pytest.mark.parametrize(
    "words", ["pause until blursday", "pause until 3/5", "pause until 1 March", "pause until 2026-03-04"]
)
def test_a_day_that_is_none_changes_nothing_and_is_answered_with_how_to_write_it(conn: Conn, words: str) -> None:
    here = world(conn)

    order(conn, here, words)

    assert paused(conn, here) == (False, None)
    assert part(conn, here)[0] == "asked"
    [mail] = told(conn)
    assert mail["title"] == "Until which day? Nothing has changed"
    assert "pause until 2026-03-16" in mail["points"]
    assert commands(conn)[0].did == {}


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


def test_skip_excuses_the_day_that_the_mail_is_about(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "Skip.")

    assert part(conn, here) == ("excused", "skipped")
    assert told(conn)[0]["title"] == "Skipped: Wednesday 4 March"
    assert paused(conn, here) == (False, None)


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


def test_there_is_nothing_to_skip_once_one_has_answered(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the build.", "a")

    order(conn, here, "skip", "b")

    assert part(conn, here)[0] == "answered"
    assert told(conn)[0]["title"] == "Nothing to skip"
    assert live(conn) == ["Fixed the build."]


def test_words_below_an_order_are_an_answer_all_the_same(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "skip\n\nI am ill today.")

    assert live(conn) == ["I am ill today."]
    assert part(conn, here)[0] == "answered"
    [mail] = told(conn)
    assert "What you wrote besides is kept as well." in mail["says"]


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


def test_edit_replaces_the_last_answer(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the bild.\n\nWrote docs.", "a")

    order(conn, here, "edit\nFixed the build.", "b", at=EVENING + timedelta(minutes=1))

    assert live(conn) == ["Fixed the build."]
    assert texts(conn) == ["Fixed the bild.", "Wrote docs.", "Fixed the build."]
    assert conn.scalars(select(m.EntryChange.what)).all() == ["removed", "removed"]
    assert conn.scalars(select(m.Entry.participation_id).distinct()).all() == [here.part]
    [mail] = told(conn)
    assert (mail["title"], mail["points"]) == ("Changed", ["Fixed the build."])


def test_an_edit_taken_back_brings_the_answer_back_as_it_was(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the bild.", "a")
    order(conn, here, "edit: Fixed the build.", "b", at=EVENING + timedelta(minutes=1))

    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert live(conn) == ["Fixed the bild."]


def test_what_a_manager_removed_stays_removed(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the build.\n\nA secret.", "a")
    secret = conn.scalar(select(m.Entry.id).where(m.Entry.text == "A secret."))
    amend.remove(conn, SYSTEM(here.ws.id), secret or 0, EVENING)

    order(conn, here, "edit\nFixed the big build.\n\nA secret.", "b", at=EVENING + timedelta(minutes=1))
    assert live(conn) == ["Fixed the big build."]
    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert live(conn) == ["Fixed the build."]


def test_an_edit_without_words_or_without_an_answer_changes_nothing_and_keeps_the_words(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "edit", "a")
    order(conn, here, "edit\nFixed the build.", "b")

    assert [mail["title"] for mail in told(conn)] == [
        "What should it say? Nothing has changed",
        "Nothing to change yet",
    ]
    assert live(conn) == ["Fixed the build."]


def test_help_says_what_can_be_written(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "help")

    [mail] = told(conn)
    assert [point.split(":")[0] for point in mail["points"]] == [
        "skip", "pause until Monday", "stop", "edit", "undo", "help"
    ]  # fmt: skip
    assert part(conn, here)[0] == "asked"


@pytest.mark.parametrize("words", ["Stop the old server.", "Stopped it.", "pass", "nothing", "Pause for lunch"])
def test_words_that_only_look_like_an_order_are_words(conn: Conn, words: str) -> None:
    here = world(conn)

    order(conn, here, words)

    assert live(conn)
    assert (commands(conn), told(conn)) == ([], [])


def test_an_order_is_carried_out_and_answered_once(conn: Conn) -> None:
    here = world(conn)
    ident = order(conn, here, "stop", "a")

    take(conn, ident, acts=ACTS)
    other = keep(conn, b"Received: from elsewhere\r\n" + inbound(conn, ident).raw, [here.reply_address], ident="b")
    take(conn, other, acts=ACTS)

    assert inbound(conn, other).state == "repeated"
    assert len(told(conn)) == len(commands(conn)) == 1


def test_the_mail_back_stands_in_the_thread_and_says_that_a_robot_wrote_it(conn: Conn) -> None:
    here = world(conn)
    ident = order(conn, here, "help")
    theirs = next(line for line in inbound(conn, ident).raw.decode().splitlines() if line.startswith("Message-ID"))

    notice = conn.execute(select(m.Notice)).one()
    row = Row(1, 1, here.ada.contact_id, notice.id, "smtp", here.ada.email, 0, EVENING)
    draft = notice_mails(conn, here.ws.id, [row])[1]

    assert isinstance(draft, MailDraft)
    assert draft.answering == theirs.partition("<")[2].rstrip("> ")
    assert draft.after == [(here.run, 1)]
    assert draft.membership_id == here.ada.id
    assert draft.context["subject"] == "Re: What did you get done today?"


def test_a_reply_to_the_mail_back_takes_orders_and_words(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "stop", "a")
    run_id = commands(conn)[0].answered_run_id
    to = address(Purpose.REPLY, run_id, 1)

    for n, words in enumerate(("undo", "Fixed the build.")):
        at = EVENING + timedelta(minutes=n + 1)
        take(conn, keep(conn, here.reply(words), [to], ident=f"b{n}", at=at), now=at, acts=ACTS)

    assert paused(conn, here) == (False, None)
    assert live(conn) == ["Fixed the build."]


def test_a_robots_mail_that_says_stop_does_nothing(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("stop").replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1)

    take(conn, ident := keep(conn, raw, [here.reply_address]), acts=ACTS)

    assert inbound(conn, ident).state == "noted"
    assert paused(conn, here) == (False, None)
    assert (commands(conn), told(conn)) == ([], [])


def test_who_asks_for_no_answer_gets_none_and_is_obeyed(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("stop").replace(b"Subject:", b"X-Auto-Response-Suppress: All\r\nSubject:", 1)

    take(conn, keep(conn, raw, [here.reply_address]), acts=ACTS)

    assert paused(conn, here) == (True, None)
    assert told(conn) == []
    assert commands(conn)[0].answered_run_id is None


def test_ten_mails_a_day_are_answered_and_the_others_only_obeyed(conn: Conn) -> None:
    here = world(conn)

    for n in range(12):
        order(conn, here, "help", str(n))

    assert len(commands(conn)) == 12
    assert len(told(conn)) == 10


def test_mail_of_another_sender_orders_nothing(conn: Conn) -> None:
    here = world(conn)

    ident = order(conn, here, "stop", from_="eve@elsewhere.test")

    assert inbound(conn, ident).state == "held"
    assert paused(conn, here) == (False, None)


def to_old(here: World, raw: bytes, old: str) -> bytes:
    return raw.replace(here.reply_address.encode(), old.encode())


def test_an_expired_address_still_takes_a_stop_from_its_person(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.REPLY, here.run, here.seq, NOON.date() - timedelta(days=1))
    idents = [
        keep(conn, to_old(here, here.reply(words, from_=from_), old), [old], ident=f"{n}")
        for n, (words, from_) in enumerate((("skip", None), ("stop", "eve@elsewhere.test"), ("stop", None)))
    ]

    states = []
    for ident in idents:
        take(conn, ident, acts=ACTS)
        states.append((inbound(conn, ident).state, paused(conn, here)[0]))

    assert states == [("held", False), ("held", False), ("routed", True)]


def test_words_below_a_stop_to_an_expired_address_wait_for_a_person(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.REPLY, here.run, here.seq, NOON.date() - timedelta(days=1))

    take(conn, ident := keep(conn, to_old(here, here.reply("stop\n\nI left in May."), old), [old]), acts=ACTS)

    assert inbound(conn, ident).state == "held"
    assert paused(conn, here)[0]
    assert texts(conn) == []


def test_words_below_an_order_to_an_expired_address_are_taken_once_a_person_assigns_them(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.REPLY, here.run, here.seq, NOON.date() - timedelta(days=1))
    take(conn, ident := keep(conn, to_old(here, here.reply("stop\n\nI left in May."), old), [old]), acts=ACTS)

    assign.assign(conn, of_session(here.ws.id, 1, 7, "admin"), ident, here.part, EVENING)
    take(conn, ident, acts=ACTS)

    assert inbound(conn, ident).state == "routed"
    assert texts(conn) == ["I left in May."]
    assert (len(commands(conn)), len(told(conn))) == (1, 1)


def test_a_pause_that_was_held_until_its_day_was_over_changes_nothing_and_says_so(conn: Conn) -> None:
    here = world(conn)
    take(conn, ident := keep(conn, here.reply("pause until Monday", from_="ada@home.test"), [here.reply_address]))
    later = EVENING + timedelta(days=8)

    assign.assign(conn, of_session(here.ws.id, 1, 7, "admin"), ident, here.part, later)
    take(conn, ident, now=later, acts=ACTS)

    assert inbound(conn, ident).state == "routed"
    assert paused(conn, here) == (False, None)
    [mail] = told(conn)
    assert "no day to come" in mail["says"][0]


def test_imported_mail_orders_nothing_and_is_not_answered(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("stop\n\nFixed the build."), [here.reply_address])
    conn.execute(update(m.Inbound).values(source="import"))

    take(conn, ident, acts=ACTS)

    assert paused(conn, here) == (False, None)
    assert live(conn) == ["Fixed the build."]
    assert (commands(conn), told(conn)) == ([], [])


def test_our_own_mail_that_comes_back_orders_nothing(conn: Conn) -> None:
    here = world(conn)
    own = Own(KEYS, OWN.secret, OWN.reply_domain, here.ada.email)

    take(conn, ident := keep(conn, here.reply("stop"), [here.reply_address]), own=own, acts=ACTS)

    assert inbound(conn, ident).state == "noted"
    assert commands(conn) == []


def test_nobody_takes_back_what_another_member_wrote(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    theirs = make.participation(conn, conn.scalar(select(m.Participation.round_id)) or 0, bob)
    entry = make.entry(conn, theirs, "Bob's.", at=EVENING)
    answer_id = conn.scalar(select(m.Entry.answer_id).where(m.Entry.id == entry)) or 0

    ids, _ = amend.remove_answer(conn, of_link(here.ws.id, here.ada.contact_id, here.ada.id), answer_id, EVENING)

    assert ids == []
    assert live(conn) == ["Bob's."]
