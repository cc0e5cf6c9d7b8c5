"""The log of a workspace has no holes, and its order is the order of commits."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import pytest
from sqlalchemy import Engine, delete, select, text

from engine import db
from engine import models as m
from engine.conversations import events, members, threads
from engine.conversations.parts import Change, Said
from engine.conversations.post import post
from engine.db import Conn
from engine.inbound import entries
from engine.inbound.entries import Words
from engine.inbound.queries import whose
from tests import factories as make
from tests.factories.rows import NOON

WRITERS, EACH = 8, 25


def test_numbers_have_no_holes_and_become_visible_in_order(engine_db: Engine) -> None:
    """Eight writers over two workspaces and four conversations, some of whom roll back; a reader follows the log."""
    with engine_db.begin() as conn:
        spaces = [make.workspace(conn) for _ in range(2)]
        people = [(ws.id, make.contact(conn, ws.id, "Ada")[0]) for ws in spaces for _ in range(2)]
    done = Flag()
    pool = db.create_engine(engine_db.url.render_as_string(hide_password=False), size=WRITERS + 1)

    def writer(number: int) -> int:
        mine, kept = random.Random(number), 0
        for turn in range(EACH):
            with pool.connect() as conn, conn.begin() as transaction:
                chosen = sorted(mine.sample(people, 2))
                changes: list[Change] = []
                for ws, contact in chosen:
                    thread, made = threads.with_contact(conn, ws, "mail", contact, None)
                    text_ = Said("contact", contact, "mail", "Hi", "mail", f"{number}.{turn}.{contact}", NOON)
                    posted = post(conn, thread, text_)
                    assert posted is not None
                    changes += [*made, *posted.changes]
                events.write(conn, changes, NOON)
                if mine.random() < 0.2:
                    transaction.rollback()
                else:
                    kept += 2
        return kept

    def reader() -> list[list[int]]:
        """Asks for what is above its cursor, as a client does: every number it is given must be the next one."""
        seen: list[list[int]] = [[], []]
        last = False
        while True:
            for place, ws in enumerate(spaces):
                with pool.begin() as conn:
                    mine = m.Event.workspace_id == ws.id
                    above = m.Event.seq > (seen[place][-1] if seen[place] else 0)
                    seen[place] += conn.scalars(select(m.Event.seq).where(mine, above).order_by(m.Event.seq))
            if last:
                return seen
            last = done.is_set()

    with ThreadPoolExecutor(WRITERS + 1) as running:
        read = running.submit(reader)
        kept = sum(running.map(writer, range(WRITERS)))
        done.set()
        seen = read.result(60)
    pool.dispose()

    assert [numbers == list(range(1, len(numbers) + 1)) for numbers in seen] == [True, True]
    with engine_db.begin() as conn:
        assert conn.scalars(select(m.WsHead.seq).order_by(m.WsHead.workspace_id)).all() == [len(s) for s in seen]
        assert conn.scalar(select(text("count(*)")).select_from(m.Message)) == kept
        dense = text("SELECT bool_and(last_no = (SELECT count(*) FROM message m WHERE m.conversation_id = c.id)) "
                     "FROM conversation c")  # fmt: skip
        assert conn.scalar(dense) is True


def test_entry_numbers_come_before_the_log_in_every_order_of_writers(engine_db: Engine) -> None:
    """An answer and a message of one team, and a reader's mark, at once and often: nobody waits in a circle."""
    with engine_db.begin() as conn:
        ws = make.workspace(conn)
        crew = make.team(conn, ws)
        ada = make.member(conn, crew, "Ada")
        part_id = make.participation(conn, make.round_of(conn, crew), ada)
        part = whose.part(conn, ws.id, part_id)
        thread, made = threads.with_contact(conn, ws.id, "mail", ada.contact_id, crew.id)
        events.write(conn, made, NOON)
    assert part is not None
    pool = db.create_engine(engine_db.url.render_as_string(hide_password=False), size=WRITERS)

    def writer(number: int) -> None:
        for turn in range(EACH):
            with pool.begin() as conn:
                changes: tuple[Change, ...] = ()
                if number % 3:
                    said = Said("contact", ada.contact_id, "mail", "Hi", "mail", f"{number}.{turn}", NOON)
                    posted = post(conn, thread, said)
                    assert posted is not None
                    changes = posted.changes
                else:
                    changes = members.read(conn, ws.id, thread.id, f"contact:{ada.contact_id}", turn)
                if number % 2:
                    words = Words("Done.", entries.read("Done.", 1), "mail")
                    answer_id = entries.answer(conn, part, words, NOON)
                    entries.number(conn, part, answer_id, words, NOON)
                events.write(conn, changes, NOON)

    with ThreadPoolExecutor(WRITERS) as running:
        list(running.map(writer, range(WRITERS)))
    pool.dispose()

    with engine_db.begin() as conn:
        assert conn.scalar(select(m.Conversation.last_no)) == EACH * 5
        assert conn.scalar(select(m.Team.entry_no)) == EACH * 4
        assert conn.scalar(text("SELECT count(*) = max(seq) FROM event")) is True


def test_a_workspace_without_a_log_is_told_and_not_passed_over(conn: Conn) -> None:
    ws = make.workspace(conn)
    thread, made = threads.with_contact(conn, ws.id, "mail", make.contact(conn, ws.id)[0], None)
    conn.execute(delete(m.WsHead))

    with pytest.raises(LookupError, match="no log"):
        events.write(conn, made, NOON)
    assert thread.workspace_id == ws.id


def test_nothing_changed_is_nothing_written(conn: Conn) -> None:
    ws = make.workspace(conn)

    events.write(conn, (), NOON)

    assert conn.scalar(select(m.WsHead.seq).where(m.WsHead.workspace_id == ws.id)) == 0
