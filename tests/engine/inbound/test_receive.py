"""A stored mail becomes entries, once, and proves what it answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from sixpm.replies import CLIENTS
from tests import factories as make
from tests.engine.inbound.digested import comments, digested
from tests.engine.inbound.world import inbound, keep, take, texts, world


def part_state(conn: Conn, ident: int) -> str:
    return conn.execute(select(m.Participation.state).where(m.Participation.id == ident)).scalar_one()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_reply_from_any_mail_program_becomes_entries(conn: Conn, client: str) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Fixed the build.\n\nWrote the docs.", client), [here.reply_address])

    take(conn, ident)

    assert texts(conn) == ["Fixed the build.", "Wrote the docs."]
    assert inbound(conn, ident).state == "routed"
    assert inbound(conn, ident).workspace_id == here.ws.id
    assert part_state(conn, here.part) == "answered"


def test_a_second_reply_appends_and_numbers_go_on(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("One."), [here.reply_address], ident="a"))
    take(conn, keep(conn, here.reply("Two.\n\nThree."), [here.reply_address], ident="b"))

    assert texts(conn) == ["One.", "Two.", "Three."]
    assert conn.scalars(select(m.Entry.no).order_by(m.Entry.no)).all() == [1, 2, 3]
    assert conn.scalar(select(m.Team.entry_no)) == 3


@pytest.mark.parametrize("state", ["due", "asked", "reminded", "missed", "excused"])
def test_a_late_answer_joins_the_round_it_answers(conn: Conn, state: str) -> None:
    here = world(conn, state=state)
    conn.execute(update(m.Round).values(state="closed"))

    take(conn, keep(conn, here.reply("Late, but done."), [here.reply_address]))

    assert part_state(conn, here.part) == "answered"
    assert conn.scalar(select(m.Entry.participation_id)) == here.part


def test_receiving_twice_changes_nothing_the_second_time(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Once."), [here.reply_address])

    take(conn, ident)
    take(conn, ident)

    assert texts(conn) == ["Once."]


def test_the_same_mail_by_two_ways_is_one_mail(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("Once.")
    first = keep(conn, raw, [here.reply_address], ident="a")
    second = keep(conn, b"Received: from elsewhere\r\n" + raw, [], ident="b")

    take(conn, first)
    take(conn, second)

    assert texts(conn) == ["Once."]
    assert inbound(conn, second).state == "repeated"


def test_without_a_message_id_the_same_words_are_still_one_mail(conn: Conn) -> None:
    here = world(conn)
    raw = b"".join(line for line in here.reply("Once.").splitlines(True) if not line.startswith(b"Message-ID"))
    idents = [keep(conn, b"Received: by %d\r\n" % n + raw, [here.reply_address], ident=str(n)) for n in (1, 2)]

    for ident in idents:
        take(conn, ident)

    assert [inbound(conn, ident).state for ident in idents] == ["routed", "repeated"]


def test_a_forged_mail_with_a_known_message_id_does_not_take_the_real_ones_place(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("The real words.")
    forged = raw.replace(here.ada.email.encode(), b"eve@example.net", 1)

    take(conn, keep(conn, forged, [here.reply_address], ident="forged"))
    take(conn, keep(conn, raw, [here.reply_address], ident="real"))

    assert texts(conn) == ["The real words."]


def test_a_lost_token_is_made_good_by_the_thread(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("By thread.").replace(here.reply_address.encode(), b"checkin@sixpm.example.test")

    take(conn, keep(conn, raw, []))

    assert texts(conn) == ["By thread."]


def test_a_reply_to_a_digest_is_no_answer_to_a_round_that_still_waits_for_one(conn: Conn) -> None:
    the = digested(conn)
    waiting = make.participation(conn, make.round_of(conn, the.team, the.day + timedelta(days=1)), the.ada)

    take(conn, keep(conn, the.mail("To the digest."), [the.reply_address]))

    assert [comment.text for comment in comments(conn)] == ["To the digest."]
    assert conn.scalar(select(m.Participation.state).where(m.Participation.id == waiting)) == "asked"


def test_a_reply_proves_that_its_prompt_in_doubt_arrived(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, here.reply("Got it."), [here.reply_address]))

    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "sent"
    assert conn.scalars(select(m.DeliveryEvent.trigger)).all() == ["prove_sent"]


def test_an_answer_that_is_held_proves_all_the_same_that_its_prompt_arrived(conn: Conn) -> None:
    """The signed address proves it, whoever writes: here somebody the mail was passed on to."""
    here = world(conn, delivery="in_doubt")
    ident = keep(conn, here.reply("From my other account.", from_="eve@elsewhere.test"), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "sent"


def test_a_mail_that_answers_nothing_of_ours_proves_nothing(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, b"From: ada@example.org\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n", []))

    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "in_doubt"


def test_two_questions_give_entries_their_question(conn: Conn) -> None:
    here = world(conn, questions=("Done?", "Next?"))

    take(conn, keep(conn, here.reply("1. Fixed it.\n2. Ship it."), [here.reply_address]))

    found = conn.execute(select(m.Entry.question, m.Entry.text).order_by(m.Entry.no)).all()
    assert [tuple(row) for row in found] == [(0, "Fixed it."), (1, "Ship it.")]


def test_tags_are_kept_in_their_column(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("Fixed it #build #ci\n\nNo tags."), [here.reply_address]))

    assert conn.scalars(select(m.Entry.tags).order_by(m.Entry.no)).all() == [["build", "ci"], []]
