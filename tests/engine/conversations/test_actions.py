"""A write with an id is done once, whoever sends it how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from engine import db
from engine import models as m
from engine.conversations import access, actions, writing
from engine.conversations.actions import Answer
from engine.conversations.parts import Done
from engine.db import Conn
from engine.errors import Invalid, Reused
from tests.engine.conversations.talk_world import Talk, talk
from tests.factories.rows import NOON

pytestmark = pytest.mark.usefixtures("settings")


def noted(conn: Conn, there: Talk, ident: UUID, text: str, actor: int = 0) -> Answer:
    def act() -> Done:
        return writing.note(conn, there.manager, access.to_answer(conn, there.manager, there.thread.id), text, NOON)

    return actions.once(conn, there.ws.id, actor or there.manager.account_id or 0, ident, {"text": text}, NOON, act)


def test_the_first_is_201_a_repeat_200_with_the_same_answer_and_other_words_are_refused(conn: Conn) -> None:
    there, ident = talk(conn), actions.fresh(NOON)

    first, again = noted(conn, there, ident, "Ask Carla."), noted(conn, there, ident, "Ask Carla.")

    assert (first.status, again.status) == (201, 200)
    assert first.response == again.response == {"conversation": there.thread.id, "no": 2}
    with pytest.raises(Reused):
        noted(conn, there, ident, "Ask Dora.")
    assert conn.scalar(select(m.Conversation.last_no)) == 2
    assert conn.scalars(select(m.Event.action_id).order_by(m.Event.seq.desc()).limit(1)).one() == ident
    assert noted(conn, there, ident, "Ask Dora.", actor=-7).status == 201  # another's ids are theirs


def test_what_is_refused_leaves_the_id_free(conn: Conn) -> None:
    there, ident = talk(conn), actions.fresh(NOON)

    with pytest.raises(Invalid), conn.begin_nested():
        noted(conn, there, ident, "   ")

    assert noted(conn, there, ident, "Now with words.").status == 201


def test_twenty_at_once_write_one_message(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        there = talk(conn)
    start, ident = Barrier(20), actions.fresh(NOON)
    racing = db.create_engine(engine_db.url.render_as_string(hide_password=False), size=20)

    def race(_: int) -> int:
        with racing.connect() as conn:
            start.wait(60)
            with conn.begin():
                return noted(conn, there, ident, "Ask Carla.").status

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(race, range(20)))
    racing.dispose()

    assert statuses == [200] * 19 + [201]
    with engine_db.begin() as conn:
        assert conn.scalar(select(func.count()).select_from(m.Message).where(m.Message.kind == "note")) == 1


def test_an_id_is_a_uuid_of_version_7_and_later_ones_are_greater() -> None:
    ids = [actions.fresh(NOON.replace(minute=n)) for n in range(5)]

    assert ids == sorted(ids)
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert actions.read(str(ids[0])) == ids[0]
    for wrong in ("", "x", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(Invalid):
            actions.read(wrong)
