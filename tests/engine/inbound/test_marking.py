"""A person says that a robot wrote a mail."""

from __future__ import annotations

import pytest

from engine.db import Conn
from engine.errors import Invalid, NotAllowed
from engine.inbound import marking
from engine.inbound.queries import robots
from engine.people.principal import Principal, of_session
from tests import factories as make
from tests.engine.inbound.world import EVENING, World, inbound, keep, take, texts, world

ROBOT = (
    b"From: Desk <Desk@vendor.test>\r\nMessage-ID: <%d@vendor.test>\r\nSubject: Ticket %d\r\n\r\n"
    b"We have your message.\r\n"
)


def admin(here: World) -> Principal:
    return of_session(here.ws.id, 1, 7, "admin")


def came(conn: Conn, number: int, raw: bytes = ROBOT) -> int:
    """A mail of the sender's that was read once."""
    ident = keep(conn, raw % (number, number) if raw is ROBOT else raw, [], ident=f"mail {number}")
    take(conn, ident)
    return ident


def test_all_that_waits_of_a_marked_sender_and_what_comes_later_is_noted(conn: Conn) -> None:
    here = world(conn)
    first, second = came(conn, 1), came(conn, 2)

    done = marking.mark(conn, admin(here), [first], EVENING)
    third = came(conn, 3)

    assert (done.senders, done.mails) == (("desk@vendor.test",), (first, second))
    assert [inbound(conn, ident).state for ident in (first, second, third)] == ["noted"] * 3
    assert inbound(conn, third).reason == "desk@vendor.test is a robot, as a person says."


def test_a_mark_taken_back_lets_its_mails_be_read_again_and_no_others(conn: Conn) -> None:
    here = world(conn)
    first = came(conn, 1)
    automatic = came(
        conn, 2, b"From: desk@vendor.test\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nOut.\r\n"
    )
    marking.mark(conn, admin(here), [first], EVENING)

    followup = marking.unmark(conn, admin(here), ["desk@vendor.test"], EVENING)
    take(conn, first)

    assert followup.inbound == (first,)
    assert inbound(conn, first).state == "held"
    assert inbound(conn, automatic).state == "noted"
    assert robots.listed(conn, here.ws.id) == []


def test_proven_words_are_taken_whatever_is_marked(conn: Conn) -> None:
    here = world(conn)
    robots.insert(conn, here.ws.id, [here.ada.email.lower()], "account:7", EVENING)

    take(conn, keep(conn, here.reply("Shipped it."), [here.reply_address]))

    assert texts(conn) == ["Shipped it."]


def test_a_member_cannot_be_marked(conn: Conn) -> None:
    here = world(conn)
    number = came(conn, 1, f"From: {here.ada.email}\r\nSubject: Hi\r\n\r\nHello.\r\n".encode())

    with pytest.raises(Invalid, match="a person of the workspace"):
        marking.mark(conn, admin(here), [number], EVENING)

    assert inbound(conn, number).state == "held"


def test_a_member_who_was_marked_before_they_joined_is_held_and_not_noted(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    robots.insert(conn, here.ws.id, [bob.email.lower()], "account:7", EVENING)

    take(conn, ident := keep(conn, here.reply("From my colleague's mail.", from_=bob.email), [here.reply_address]))

    assert inbound(conn, ident).state == "held"


def test_another_workspaces_mails_are_not_marked(conn: Conn) -> None:
    here = world(conn)
    number = came(conn, 1)
    other = make.workspace(conn)

    with pytest.raises(Invalid):
        marking.mark(conn, of_session(other.id, 1, 8, "admin"), [number], EVENING)

    assert robots.listed(conn, here.ws.id) == []


def test_only_admins_mark(conn: Conn) -> None:
    here = world(conn)

    with pytest.raises(NotAllowed):
        marking.mark(conn, of_session(here.ws.id, 1, 7, "user"), [1], EVENING)
