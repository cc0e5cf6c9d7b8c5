"""A conversation has a status and an assignee, and each account its own mark of how far it has read."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import models as m
from engine.conversations import access, care
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people.principal import of_session
from tests.engine.conversations.talk_world import account, cared, did, hears, talk
from tests.factories.rows import NOON


def test_who_closed_it_and_when_is_kept_until_a_reply_opens_it(conn: Conn) -> None:
    there = talk(conn)
    v = m.Conversation
    of = select(v.status, v.closed_by, v.closed_at)

    did(conn, there, care.set_status(conn, there.manager, cared(conn, there), "closed", NOON))
    assert tuple(conn.execute(of).one()) == ("closed", there.manager.actor, NOON)
    assert care.set_status(conn, there.manager, cared(conn, there), "closed", NOON).changes == ()

    hears(conn, there, "One more thing.", "2@there.example")
    assert tuple(conn.execute(of).one()) == ("open", "", None)
    kinds = conn.scalars(select(m.Event.kind).order_by(m.Event.seq)).all()
    assert kinds[-4:] == ["conversation.closed", "member.read", "message.posted", "conversation.reopened"]


def test_it_is_given_to_who_may_answer_and_to_nobody_else(conn: Conn) -> None:
    there = talk(conn)

    for who, name in ((there.admin, "Ada"), (there.manager, "Mara")):
        done = care.assign(conn, there.manager, cared(conn, there), who.account_id)
        assert done.response["name"] == name
    assert done.response["was"] == there.admin.account_id
    assert conn.scalar(select(m.Conversation.assignee_id)) == there.manager.account_id

    with pytest.raises(Invalid, match="may answer here"):
        care.assign(conn, there.manager, cared(conn, there), there.member.account_id)
    assert care.assign(conn, there.manager, cared(conn, there), None).response["assignee"] is None


def test_members_strangers_and_other_teams_have_no_business_here(conn: Conn) -> None:
    there, elsewhere = talk(conn), talk(conn)
    of_workspace = talk(conn, team_talk=False)

    with pytest.raises(NotAllowed):
        access.to_answer(conn, there.member, there.thread.id)
    with pytest.raises(NotFound):
        access.to_answer(conn, elsewhere.admin, there.thread.id)
    with pytest.raises(NotFound):
        access.to_answer(conn, there.admin, there.thread.id, elsewhere.team.id)
    with pytest.raises(NotAllowed):
        access.to_answer(conn, of_workspace.manager, of_workspace.thread.id)
    stranger = account(conn, there.ws.id, there.ines, "user")
    with pytest.raises(NotFound):
        access.to_answer(conn, of_session(there.ws.id, there.ines, stranger.account_id or 0, "user"), there.thread.id)


def test_reading_is_each_accounts_own_and_can_be_taken_back(conn: Conn) -> None:
    there = talk(conn)
    hears(conn, there, "Hello?", "2@there.example")
    read = select(m.Member.account_or_contact, m.Member.read_no, m.Member.role).order_by(m.Member.account_or_contact)

    did(conn, there, care.read(conn, there.manager, cared(conn, there), 2))
    did(conn, there, care.unread(conn, there.manager, cared(conn, there), 2))
    did(conn, there, care.read(conn, there.admin, cared(conn, there), 99), there.admin)

    rows = {name: (no, role) for name, no, role in conn.execute(read)}
    assert rows[there.manager.actor] == (1, "staff")
    assert rows[there.admin.actor] == (2, "staff")
    told = conn.execute(select(m.Event.kind, m.Event.aud).where(m.Event.object_type == "member").order_by(m.Event.seq))
    own, ada = f"acct:{there.manager.account_id}", f"acct:{there.admin.account_id}"
    assert [tuple(row) for row in told] == [("member.read", own), ("member.unread", own), ("member.read", ada)]
