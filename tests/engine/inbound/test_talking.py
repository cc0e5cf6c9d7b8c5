"""Replies to what asked no question are kept as messages."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from tests import factories as make
from tests.engine.inbound.plain_world import messages
from tests.engine.inbound.world import World, inbound, keep, take, texts, world


def notice(conn: Conn) -> World:
    """Ada's welcome, or another mail that is to a person and not to a member."""
    here = world(conn)
    run = make.run(conn, here.ws.id, "notice")
    batch = make.batch(conn, here.ws.id, run)
    make.delivery(
        conn, here.ws.id, run, batch, 1, recipient=here.ada.contact_id, about=0, address=here.ada.email, state="sent"
    )
    return World(here.ws, here.team, here.ada, here.part, run)


def test_a_reply_to_a_notice_is_a_message_to_the_workspace(conn: Conn) -> None:
    here = notice(conn)
    ident = keep(conn, here.reply("Thank you, one question."), [here.reply_address])

    take(conn, ident)

    assert messages(conn) == [("Thank you, one question.", "token")]
    assert inbound(conn, ident).state == "routed"
    assert conn.execute(select(m.Conversation.team_id, m.Member.account_or_contact)
                        .join(m.Member, m.Member.conversation_id == m.Conversation.id)
                        ).one() == (None, f"contact:{here.ada.contact_id}")  # fmt: skip
    assert texts(conn) == []


def test_by_its_thread_alone_it_is_marked_so(conn: Conn) -> None:
    here = notice(conn)
    raw = here.reply("By thread.").replace(here.reply_address.encode(), b"checkin@sixpm.example.test")

    take(conn, keep(conn, raw, []))

    assert messages(conn) == [("By thread.", "thread")]


@pytest.mark.parametrize("who", ["eve@example.net", "bob"])
def test_somebody_else_with_that_address_is_held(conn: Conn, who: str) -> None:
    here = notice(conn)
    sender = make.member(conn, here.team, "Bob").email if who == "bob" else who
    ident = keep(conn, here.reply("Mine now.", from_=sender), [here.reply_address])

    take(conn, ident)

    assert "From does not match" in inbound(conn, ident).reason
    assert messages(conn) == []


def test_nothing_said_is_held(conn: Conn) -> None:
    here = notice(conn)
    ident = keep(conn, here.reply(""), [here.reply_address])

    take(conn, ident)

    assert "Nothing was written" in inbound(conn, ident).reason


def test_the_same_mail_by_two_ways_is_one_message(conn: Conn) -> None:
    here = notice(conn)
    raw = here.reply("Once.")

    take(conn, keep(conn, raw, [here.reply_address], ident="a"))
    take(conn, keep(conn, b"Received: from elsewhere\r\n" + raw, [], ident="b"))

    assert len(messages(conn)) == 1
    assert conn.scalars(select(m.Inbound.state).order_by(m.Inbound.id)).all() == ["routed", "repeated"]


def test_a_robots_answer_to_a_notice_is_no_message(conn: Conn) -> None:
    here = notice(conn)
    ident = keep(conn, b"Auto-Submitted: auto-replied\r\n" + here.reply("I am away."), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "noted"
    assert messages(conn) == []


def test_a_post_takes_no_replies(conn: Conn) -> None:
    here = notice(conn)
    conn.execute(update(m.Run).where(m.Run.id == here.run).values(kind="post"))
    ident = keep(conn, here.reply("To the channel."), [here.reply_address])

    take(conn, ident)

    assert "takes no replies" in inbound(conn, ident).reason
