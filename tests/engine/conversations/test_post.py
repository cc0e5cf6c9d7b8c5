"""A message is written once, its number is dense, and a reply opens a closed conversation again."""

from __future__ import annotations

from sqlalchemy import select, update

from engine import models as m
from engine.conversations import events, members, threads
from engine.conversations.parts import Said, Thread
from engine.conversations.post import Posted, post
from engine.db import Conn
from tests import factories as make
from tests.factories.rows import NOON, row


def a_thread(conn: Conn) -> tuple[Thread, int]:
    ws = make.workspace(conn)
    contact_id, _ = make.contact(conn, ws.id, "Ada")
    thread, changes = threads.with_contact(conn, ws.id, "mail", contact_id, None)
    events.write(conn, changes, NOON)
    return thread, contact_id


def said(contact_id: int, text: str = "Hello.", ident: str = "one") -> Said:
    return Said("contact", contact_id, "mail", text, "mail", ident, NOON, "dmarc", "Hi")


def posted(conn: Conn, thread: Thread, what: Said) -> Posted:
    done = post(conn, thread, what)
    assert done is not None
    events.write(conn, done.changes, NOON)
    return done


def test_messages_are_numbered_and_their_author_has_read_them(conn: Conn) -> None:
    thread, ada = a_thread(conn)

    numbers = [posted(conn, thread, said(ada, f"No. {n}", str(n))).no for n in range(3)]

    assert numbers == [1, 2, 3]
    assert conn.scalar(select(m.Conversation.last_no)) == 3
    assert conn.scalar(select(m.Member.read_no)) == 3


def test_what_the_platform_has_brought_before_changes_nothing(conn: Conn) -> None:
    thread, ada = a_thread(conn)
    posted(conn, thread, said(ada))

    again = post(conn, thread, said(ada, "Hello again."))

    assert again is None
    assert posted(conn, thread, said(ada, "Next.", "two")).no == 2
    assert conn.scalars(select(m.Message.body).order_by(m.Message.no)).all() == ["Hello.", "Next."]


def test_a_reply_opens_a_closed_conversation_and_says_so(conn: Conn) -> None:
    thread, ada = a_thread(conn)
    conn.execute(update(m.Conversation).values(status="closed"))

    done = posted(conn, thread, said(ada))

    assert done.reopened
    assert conn.scalar(select(m.Conversation.status)) == "open"
    kinds = conn.scalars(select(m.Event.kind).order_by(m.Event.seq)).all()
    assert kinds == ["conversation.made", "message.posted", "conversation.reopened"]


def test_the_last_word_decides_who_is_waited_for(conn: Conn) -> None:
    thread, ada = a_thread(conn)
    carla, _ = make.contact(conn, thread.workspace_id, "Carla")
    account = row(conn, m.Account, workspace_id=thread.workspace_id, contact_id=carla)
    posted(conn, thread, said(ada))
    stood = []

    for n, (kind, author, ident) in enumerate(
        (
            ("mail", "account", account),
            ("note", "account", account),
            ("mail", "contact", ada),
            ("note", "account", account),
        )
    ):
        posted(conn, thread, Said(author, ident, kind, "Words.", "mail", f"next{n}", NOON))
        stood.append(conn.scalar(select(m.Conversation.status)))

    assert stood == ["waiting", "waiting", "open", "open"]
    read = conn.execute(
        select(m.Member.read_no).where(m.Member.account_or_contact == f"account:{account}")
    ).scalar_one()
    assert read == 5


def test_every_row_carries_the_number_of_the_change_that_last_changed_it(conn: Conn) -> None:
    thread, ada = a_thread(conn)
    posted(conn, thread, said(ada))
    posted(conn, thread, said(ada, "Next.", "two"))

    assert conn.scalars(select(m.Message.mod_seq).order_by(m.Message.no)).all() == [2, 3]
    assert conn.scalar(select(m.Conversation.mod_seq)) == 3
    assert conn.scalar(select(m.Member.mod_seq)) == 3
    assert conn.scalar(select(m.WsHead.seq)) == 3


def test_reading_only_moves_up_and_not_beyond_what_is_there(conn: Conn) -> None:
    thread, ada = a_thread(conn)
    for ident in ("one", "two", "three"):
        posted(conn, thread, said(ada, "Hello.", ident))
    conn.execute(update(m.Member).values(read_no=0))

    def read(no: int) -> bool:
        changes = members.read(conn, thread.workspace_id, thread.id, f"contact:{ada}", no)
        events.write(conn, changes, NOON)
        return bool(changes)

    assert [read(2), read(1), read(2), read(99), read(100)] == [True, False, False, True, False]
    assert conn.scalar(select(m.Member.read_no)) == 3
    assert conn.scalar(select(m.Member.mod_seq)) == 6
    assert conn.scalar(select(m.Conversation.mod_seq)) == 4
