"""What a campaign mailed is a message of its recipient's own conversation, found or made, once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from sqlalchemy import Engine, event, func, select, update

from engine import db
from engine import models as m
from engine.conversations import events, individual, threads
from engine.conversations.parts import Said
from engine.conversations.post import post
from engine.conversations.queries.individual import due
from engine.db import Conn
from scheduler.tick import tell
from tests import factories as make
from tests.factories.campaigns import campaign, mailed
from tests.factories.rows import NOON

RACERS = 50


def people(conn: Conn, workspace_id: int, count: int) -> list[tuple[int, str]]:
    return [make.contact(conn, workspace_id, f"Person{n}") for n in range(count)]


@contextmanager
def statements(conn: Conn) -> Iterator[list[str]]:
    seen: list[str] = []

    def listener(*words: object) -> None:
        seen.append(str(words[2]))

    event.listen(conn, "before_cursor_execute", listener)
    yield seen
    event.remove(conn, "before_cursor_execute", listener)


def test_fifty_racers_make_one_conversation_with_one_message_for_each_recipient(engine_db: Engine) -> None:
    """Half of them tell the whole batch, half answer one of its mails at that moment."""
    with engine_db.begin() as conn:
        ws = make.workspace(conn)
        crew = make.team(conn, ws)
        them = people(conn, ws.id, 20)
        run, batch = mailed(conn, ws.id, campaign(conn, ws.id, shape="individual", team_id=crew.id), them)
    start = Barrier(RACERS)
    racing = db.create_engine(engine_db.url.render_as_string(hide_password=False), size=RACERS)

    def race(number: int) -> None:
        with racing.connect() as conn:
            start.wait(60)
            with conn.begin():
                if number % 2:
                    individual.tell_batch(conn, batch, NOON)
                else:
                    found = individual.answered(conn, run, number % 20 + 1)
                    assert found is not None
                    events.write(conn, found[1], NOON)

    with ThreadPoolExecutor(RACERS) as pool:
        list(pool.map(race, range(RACERS)))
    racing.dispose()

    with engine_db.begin() as conn:
        assert conn.scalar(select(func.count()).select_from(m.Conversation)) == 20
        assert conn.execute(select(func.count(), func.min(m.Message.no), func.max(m.Message.no))).one() == (20, 1, 1)
        assert sorted(ident or 0 for ident in conn.scalars(select(m.Conversation.contact_id))) == sorted(
            ident for ident, _ in them
        )
        head = conn.scalar(select(m.WsHead.seq))
        assert conn.scalars(select(m.Event.seq).order_by(m.Event.seq)).all() == list(range(1, (head or 0) + 1))
        assert head == 40


def test_a_batch_of_five_hundred_takes_a_fixed_number_of_statements(conn: Conn) -> None:
    ws = make.workspace(conn)
    counts = []
    for size in (5, 500):
        _, batch = mailed(conn, ws.id, campaign(conn, ws.id, shape="individual"), people(conn, ws.id, size))
        with statements(conn) as seen:
            assert individual.tell_batch(conn, batch, NOON) == size
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 7
    assert conn.scalar(select(func.count()).select_from(m.Message)) == 505


def test_the_key_in_a_set_is_that_of_one_alone(conn: Conn) -> None:
    ws = make.workspace(conn)
    crew = make.team(conn, ws)
    [(ada, email)] = people(conn, ws.id, 1)
    thread, made = threads.with_contact(conn, ws.id, "mail", ada, crew.id)
    events.write(conn, made, NOON)
    post(conn, thread, Said("contact", ada, "mail", "An old question.", "mail", "old", NOON))
    conn.execute(update(m.Conversation).values(status="closed"))

    _, batch = mailed(conn, ws.id, campaign(conn, ws.id, shape="individual", team_id=crew.id), [(ada, email)])
    individual.tell_batch(conn, batch, NOON)

    told = conn.execute(select(m.Message.conversation_id, m.Message.body, m.Message.subject).order_by(m.Message.no))
    assert [tuple(row) for row in told] == [
        (thread.id, "An old question.", ""), (thread.id, "Hello,\n\nwhat do you need from us?", "Spring news")
    ]  # fmt: skip
    assert conn.scalar(select(m.Conversation.status)) == "closed"  # nobody has asked anything


def test_only_what_has_left_of_an_individual_campaign_is_told_and_only_once(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        ws = make.workspace(conn)
        first, second, third = people(conn, ws.id, 3)
        run, _ = mailed(conn, ws.id, campaign(conn, ws.id, shape="individual"), [first, second])
        conn.execute(update(m.Delivery).where(m.Delivery.seq == 2).values(state="suppressed", sent_at=None))
        mailed(conn, ws.id, campaign(conn, ws.id, shape="one_way"), [third])
        mailed(conn, ws.id, campaign(conn, ws.id, shape="individual"), [third], part="test")

    assert [tell(engine_db.begin), tell(engine_db.begin)] == [1, 0]

    with engine_db.begin() as conn:
        assert due(conn, 10) == []
        told = conn.execute(select(m.Message.run_id, m.Message.seq, m.Message.author_kind)).all()
        assert [tuple(row) for row in told] == [(run, 1, "engine")]
        standing = select(m.Conversation.contact_id, m.Conversation.status)
        assert tuple(conn.execute(standing).one()) == (first[0], "waiting")
