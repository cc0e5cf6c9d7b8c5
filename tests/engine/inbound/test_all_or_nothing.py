"""One mail is one transaction: whatever fails at whatever statement, all of it is there or nothing; and it can race."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text

from engine import models as m
from engine import move
from engine.db import Conn
from engine.inbound.parse import parse
from engine.inbound.reader import Reader
from engine.inbound.receive import receive
from engine.inbound.repeating import Raced
from engine.outbound.followup import FollowUp
from engine.states.round import UNANSWERED
from engine.tasks import stories
from engine.tasks.stories import ACTS, receive_one
from tests import factories as make
from tests.engine.inbound.world import EVENING, OWN, inbound, keep, settings, take, texts, world

TABLES = (m.Answer, m.Entry, m.Run, m.Batch, m.Delivery, m.DeliveryEvent, m.History, m.Bucket, m.Suppression)


class Broken(Exception):
    """The statement that was chosen to fail."""


@contextmanager
def failing(conn: Conn, at: int) -> Iterator[list[str]]:
    """Let the `at`-th statement from here on fail before it is sent; the list holds those that were asked for."""
    seen: list[str] = []

    def before(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)
        if len(seen) == at:
            raise Broken(statement)

    event.listen(conn, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(conn, "before_cursor_execute", before)


def state(conn: Conn) -> dict[str, Any]:
    counts = {t.__tablename__: conn.scalar(select(func.count()).select_from(t)) for t in TABLES}
    rest = conn.execute(
        text("SELECT i.state, p.state, t.entry_no, d.state FROM inbound i, participation p, team t, delivery d, run r"
             " WHERE d.run_id = r.id AND r.kind = 'prompt'")
    ).one()  # fmt: skip
    return {**counts, "rest": tuple(rest)}


def test_a_mail_that_fails_at_any_statement_leaves_nothing_and_finishes_when_run_again(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn, delivery="in_doubt")
        make.channel(conn, here.team)
        ident = keep(conn, here.reply("Fixed it.\n\nWrote docs."), [here.reply_address])
        before = state(conn)

    for step in range(1, 100):
        with engine_db.connect() as conn:
            try:
                with conn.begin(), failing(conn, step) as seen:
                    take(conn, ident)
            except Broken:
                with conn.begin():
                    assert state(conn) == before, f"something stayed of what went before: {seen[-1]}"
            else:
                break

    assert 10 < step < 90
    with engine_db.begin() as conn:
        assert texts(conn) == ["Fixed it.", "Wrote docs."]
        assert state(conn)["rest"] == ("routed", "answered", 2, "sent")
        assert conn.scalar(select(func.count()).where(m.Run.kind == "post")) == 1


def statements_of_an_answer(engine: Engine) -> list[str]:
    """What PostgreSQL is asked for one answer, of a team with a channel."""
    with engine.begin() as conn:
        here = world(conn)
        make.channel(conn, here.team)
        ident = keep(conn, here.reply("Fixed it."), [here.reply_address])
        with failing(conn, 0) as seen:
            receive(conn, ident, parse, own=OWN)
    return seen


def test_an_answer_with_its_post_takes_twelve_statements(engine_db: Engine) -> None:
    """Two cores read 150 mails a second with these; one more is a decision (ADR 0029)."""
    assert len(statements_of_an_answer(engine_db)) == 12


def test_numbers_are_given_last(engine_db: Engine) -> None:
    seen = statements_of_an_answer(engine_db)

    assert "UPDATE team SET entry_no" in seen[-1]
    assert not any("UPDATE team" in statement for statement in seen[:-1])


def in_another_thread(engine: Engine, work: Any) -> tuple[threading.Thread, list[BaseException]]:
    """`work(conn)` in a transaction of its own; the errors it raised."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with engine.begin() as conn:
                work(conn)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


def waits_for_a_lock(engine: Engine) -> bool:
    """Whether somebody comes to wait for a lock in this database. Autocommit: a transaction sees one picture only."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        return any(conn.execute(waiting).scalar_one() for _ in range(5000))


def close(conn: Conn) -> None:
    """What the tick does when a round's last window is over."""
    move.many(conn, "participation", "miss", m.Participation.state.in_(UNANSWERED), EVENING)
    move.many(conn, "round", "close", m.Round.id > 0, EVENING)


@pytest.mark.parametrize("first", ["reply", "closing"])
def test_a_reply_that_meets_the_closing_of_its_round_is_kept(engine_db: Engine, first: str) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        ident = keep(conn, here.reply("Just in time."), [here.reply_address])

    def reply(conn: Connection) -> None:
        take(conn, ident)

    leading, following = (reply, close) if first == "reply" else (close, reply)
    with engine_db.begin() as conn:
        leading(conn)
        thread, errors = in_another_thread(engine_db, following)
        assert waits_for_a_lock(engine_db)
    thread.join(20)

    assert errors == []
    with engine_db.begin() as conn:
        assert texts(conn) == ["Just in time."]
        assert conn.scalar(select(m.Participation.state)) == "answered"
        assert conn.scalar(select(m.Round.state)) == "closed"
        assert inbound(conn, ident).state == "routed"


def test_the_same_mail_read_by_two_workers_at_once_is_one_mail(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        raw = here.reply("Once.")
        first = keep(conn, raw, [here.reply_address], ident="a")
        second = keep(conn, raw, [here.reply_address], ident="b")

    with engine_db.begin() as conn:
        take(conn, first)
        thread, errors = in_another_thread(engine_db, lambda other: take(other, second))
        assert waits_for_a_lock(engine_db)
    thread.join(20)

    assert [type(error) for error in errors] == [Raced]
    with engine_db.begin() as conn:
        assert inbound(conn, second).state == "received"
        take(conn, second)
        assert texts(conn) == ["Once."]
        assert [inbound(conn, i).state for i in (first, second)] == ["routed", "repeated"]


def test_the_task_that_lost_the_race_asks_for_the_mail_to_be_read_again(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "settings", lambda: settings(engine_db.url.render_as_string(hide_password=False)))
    with engine_db.begin() as conn:
        here = world(conn)
        raw = here.reply("Once.")
        first, second = (keep(conn, raw, [here.reply_address], ident=name) for name in "ab")
    left: list[FollowUp] = []

    with engine_db.begin() as conn, Reader() as reader:
        take(conn, first)
        thread = threading.Thread(target=lambda: left.append(receive_one(second, reader, engine_db)))
        thread.start()
        assert waits_for_a_lock(engine_db)
        conn.commit()
        thread.join(20)

        assert left == [FollowUp(inbound=(second,))]
        assert receive_one(second, reader, engine_db) == FollowUp()
    with engine_db.begin() as conn:
        assert texts(conn) == ["Once."]
        assert inbound(conn, second).state == "repeated"


def test_a_row_that_another_worker_reads_is_left_to_it(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        ident = keep(conn, here.reply("Once."), [here.reply_address])

    with engine_db.begin() as one, engine_db.begin() as other:
        take(one, ident)
        followup = take(other, ident)

    assert not followup
    with engine_db.begin() as conn:
        assert texts(conn) == ["Once."]


def test_numbers_of_two_replies_at_once_are_dense_and_in_commit_order(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        bob = make.member(conn, here.team, "Bob")
        part = make.participation(conn, conn.execute(select(m.Round.id)).scalar_one(), bob)
        run = make.run(conn, here.ws.id)
        make.delivery(conn, here.ws.id, run, make.batch(conn, here.ws.id, run), 1, recipient=bob.id, about=part)
        theirs = type(here)(here.ws, here.team, bob, part, run)
        first = keep(conn, here.reply("First.\n\nSecond."), [here.reply_address], ident="a")
        second = keep(conn, theirs.reply("Third."), [theirs.reply_address], ident="b")

    with engine_db.begin() as conn:
        take(conn, first)
        thread, errors = in_another_thread(engine_db, lambda other: take(other, second))
        assert waits_for_a_lock(engine_db)
    thread.join(20)

    assert errors == []
    with engine_db.begin() as conn:
        assert texts(conn) == ["First.", "Second.", "Third."]
        assert conn.scalars(select(m.Entry.no).order_by(m.Entry.no)).all() == [1, 2, 3]


def test_an_undo_with_words_holds_the_team_for_writing_before_it_reads_it(engine_db: Engine) -> None:
    """Two of one team that held it for reading first would each wait for the other when their words are numbered."""
    with engine_db.begin() as conn:
        here = world(conn)
        make.channel(conn, here.team)
        take(conn, keep(conn, here.reply("Fixed it."), [here.reply_address]), acts=ACTS)
        undo = keep(conn, here.reply("undo\n\nWrote docs."), [here.reply_address], ident="undo")

        with failing(conn, 0) as seen:
            take(conn, undo, acts=ACTS)

        assert texts(conn) == ["Fixed it.", "Wrote docs."]
    locks = [statement for statement in seen if "FROM team" in statement and "FOR " in statement]
    assert ["FOR SHARE" in statement for statement in locks] == [False, True]
