"""What people order by mail: done once, told once to a person, and words that came along are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import assign
from engine.inbound.own import Own
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.notices import notice_mails
from engine.people.principal import of_session
from engine.tasks.stories import ACTS
from engine.tokens import Purpose
from tests.engine.inbound.ordered import commands, live, order, part, paused, told
from tests.engine.inbound.world import EVENING, KEYS, OWN, World, address, inbound, keep, take, texts, world
from tests.factories.rows import NOON


def test_words_below_an_order_are_an_answer_all_the_same(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "skip\n\nI am ill today.")

    assert live(conn) == ["I am ill today."]
    assert part(conn, here)[0] == "answered"
    [mail] = told(conn)
    assert "What you wrote besides is kept as well." in mail["says"]


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
