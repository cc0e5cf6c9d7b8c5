"""A signed link opens one conversation to its person, until it is over or taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.conversations import actions, doors, writing
from engine.conversations.queries.entering import Door
from engine.db import Conn
from engine.errors import Invalid, Reused, TokenError
from engine.tokens import Keys, Purpose, sign
from tests.engine.conversations.talk_world import Talk, cared, did, talk
from tests.engine.inbound.world import KEYS
from tests.factories.rows import NOON

pytestmark = pytest.mark.usefixtures("settings")


def the_door(conn: Conn, there: Talk) -> tuple[str, Door]:
    doors.keep_open(conn, cared(conn, there), NOON)
    ident, until = conn.execute(select(m.ConvDoor.id, m.ConvDoor.until)).one()
    text = doors.token(KEYS, there.ws.id, ident, until)
    return text, doors.enter(conn, KEYS, text, NOON)


def test_the_person_sees_what_was_said_between_both_and_no_note(conn: Conn) -> None:
    there = talk(conn)
    did(conn, there, writing.note(conn, there.manager, cared(conn, there), "Careful.", NOON))
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Yes.", NOON))

    _, door = the_door(conn, there)

    seen = doors.looked(conn, door).messages
    assert [(one.body, one.own, one.author) for one in seen] == [("May I join?", True, ""), ("Yes.", False, "Mara")]


def test_an_answer_opens_the_conversation_tells_who_looks_after_it_and_is_done_once(conn: Conn) -> None:
    there = talk(conn)
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Yes.", NOON))
    _, door = the_door(conn, there)
    ident = actions.fresh(NOON)

    first = doors.answer(conn, door, "On Monday then.", ident, NOON)
    again = doors.answer(conn, door, "On Monday then.\r\n", ident, NOON)

    assert (first.status, again.status) == (201, 200)
    assert first.response == again.response
    assert first.followup.batches
    assert not again.followup
    with pytest.raises(Reused):
        doors.answer(conn, door, "On Tuesday.", ident, NOON)
    g = m.Message
    last = conn.execute(select(g.author_kind, g.author_id, g.proof, g.body).order_by(g.no.desc()).limit(1)).one()
    assert tuple(last) == ("contact", there.ines, "link", "On Monday then.")
    assert conn.scalar(select(m.Conversation.status)) == "open"


@pytest.mark.parametrize("how", ["over", "taken back", "changed", "another purpose", "turned away", "erased"])
def test_a_link_that_is_not_good_opens_nothing(conn: Conn, how: str) -> None:
    there = talk(conn)
    text, door = the_door(conn, there)
    now = NOON
    match how:
        case "over":
            now = door.until + timedelta(days=1)
        case "taken back":
            assert doors.close(conn, there.manager, cared(conn, there), NOON).response == {"ended": 1}
        case "changed":
            text = text[:-3] + ("aaa" if text[-3:] != "aaa" else "bbb")
        case "another purpose":
            text = sign(KEYS, Purpose.MEMBER, there.ws.id, door.id, door.until.date())
        case "turned away":
            conn.execute(update(m.Contact).where(m.Contact.id == there.ines).values(standing="refused"))
        case "erased":
            conn.execute(update(m.Contact).where(m.Contact.id == there.ines).values(erased_at=NOON))

    with pytest.raises(TokenError):
        doors.enter(conn, KEYS, text, now)
    with pytest.raises(TokenError):
        doors.enter(conn, Keys.of("another secret key, long enough for this"), text, now)


def test_every_byte_of_a_link_counts(conn: Conn) -> None:
    text, _ = the_door(conn, talk(conn))

    for n, letter in enumerate(text[:-1]):
        forged = text[:n] + ("b" if letter != "b" else "c") + text[n + 1 :]
        with pytest.raises(TokenError):
            doors.enter(conn, KEYS, forged, NOON)


def test_the_next_mail_after_taking_back_has_a_new_link_and_one_that_lasts_is_kept(conn: Conn) -> None:
    there = talk(conn)
    for now in (NOON, NOON + timedelta(days=10), NOON + timedelta(days=40)):
        doors.keep_open(conn, cared(conn, there), now)
    assert len(conn.scalars(select(m.ConvDoor.id)).all()) == 2
    doors.close(conn, there.manager, cared(conn, there), NOON + timedelta(days=41))
    doors.keep_open(conn, cared(conn, there), NOON + timedelta(days=41))

    revoked = conn.scalars(select(m.ConvDoor.revoked_at).order_by(m.ConvDoor.id)).all()
    assert [at is None for at in revoked] == [False, False, True]


def test_ten_answers_at_once_are_enough(conn: Conn) -> None:
    there = talk(conn)
    _, door = the_door(conn, there)
    for n in range(10):
        doors.answer(conn, door, f"Message {n}", actions.fresh(NOON), NOON)

    with pytest.raises(Invalid, match="Wait 6 minutes"):
        doors.answer(conn, door, "One more", actions.fresh(NOON), NOON)
    assert doors.answer(conn, door, "Later", actions.fresh(NOON), NOON + timedelta(minutes=7)).status == 201
