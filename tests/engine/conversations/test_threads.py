"""The same parties always have the same conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine, func, select

from engine import db
from engine import models as m
from engine.conversations import threads
from engine.db import Conn
from tests import factories as make

RACERS = 50


def test_fifty_racers_make_one_conversation(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        ws = make.workspace(conn)
        crew = make.team(conn, ws)
        ada = make.member(conn, crew, "Ada")
    start = Barrier(RACERS)
    racing = db.create_engine(engine_db.url.render_as_string(hide_password=False), size=RACERS)

    def race(_: int) -> tuple[int, bool]:
        with racing.connect() as conn:
            start.wait(60)
            with conn.begin():
                thread, changes = threads.with_contact(conn, ws.id, "mail", ada.contact_id, crew.id)
            return thread.id, bool(changes)

    with ThreadPoolExecutor(RACERS) as pool:
        found = list(pool.map(race, range(RACERS)))
    racing.dispose()

    assert len({ident for ident, _ in found}) == 1
    assert sum(made for _, made in found) == 1
    with engine_db.begin() as conn:
        assert conn.scalar(select(func.count()).select_from(m.Conversation)) == 1
        assert conn.scalars(select(m.Member.account_or_contact)).all() == [f"contact:{ada.contact_id}"]


def test_the_team_and_the_workspace_are_different_parties(conn: Conn) -> None:
    ws = make.workspace(conn)
    crew = make.team(conn, ws)
    ada = make.member(conn, crew, "Ada")

    of_team, _ = threads.with_contact(conn, ws.id, "mail", ada.contact_id, crew.id)
    of_workspace, _ = threads.with_contact(conn, ws.id, "mail", ada.contact_id, None)
    by_sms, _ = threads.with_contact(conn, ws.id, "sms", ada.contact_id, crew.id)

    assert len({of_team.id, of_workspace.id, by_sms.id}) == 3
    keys = conn.scalars(select(m.Conversation.channel_key)).all()
    assert {key.rpartition(".")[0] for key in keys} == {"mail.direct", "sms.direct"}


def test_the_order_in_which_parties_are_named_does_not_count() -> None:
    assert threads.channel_key("mail", "direct", ("a", "b")) == threads.channel_key("mail", "direct", ("b", "a"))
