"""What every inbound source must do. A new source is one rig; see docs/howto/add-an-inbound-source.md."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
from sqlalchemy import Connection, Engine, select, text

from engine import db
from engine import models as m
from engine.inbound.queries import waiting
from engine.tokens import Purpose
from tests.conformance.sources import LIMIT, Place, Said, Shape, Source, Told, sources
from tests.engine.inbound.world import World, address, inbound, take, texts, world
from tests.fakes.database import Databases, failing_commits

SOURCES = sources()
ADA = "ada@example.org"
HEAD = b"From: ada@example.org\r\nTo: sixpm\r\nMessage-ID: <one@example.org>\r\nSubject: Re: today\r\n\r\n"
BODIES = {
    Shape.PLAIN: b"Fixed it.\r\n",
    Shape.DOTS: b".\r\n..\r\n.hidden\r\nend\r\n",
    Shape.EIGHT_BIT: b"caf\xe9 \xff\xfe \x80 na\xc3\xafve\r\n",
    Shape.NUL: b"a\x00b\x00\r\n\x00\r\n",
    Shape.BARE_LF: b"one\ntwo\n.\nthree\n\r\n",
    Shape.BARE_CR: b"one\rtwo\r\rthree\r\n",
    Shape.LONG_LINE: b"x" * 150_000 + b"\r\n",
    Shape.NO_END: b"no line end",
    Shape.BLANK_FIRST: b"Fixed it.\r\n",
}

each = pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
shaped = pytest.mark.parametrize(
    ("source", "shape"),
    [(source, shape) for source in SOURCES for shape in Shape if shape not in source.cannot],
    ids=[f"{source.name}-{shape.name.lower()}" for source in SOURCES for shape in Shape if shape not in source.cannot],
)
told = pytest.mark.parametrize(
    "source", [s for s in SOURCES if s.envelope], ids=[s.name for s in SOURCES if s.envelope]
)
# Two ways into one instance: each beside SMTP, whichever comes first.
pairs = pytest.mark.parametrize(
    ("first", "second"),
    [pair for other in SOURCES[1:] for pair in ((SOURCES[0], other), (other, SOURCES[0]))],
    ids=[n for other in SOURCES[1:] for n in (f"{SOURCES[0].name}-{other.name}", f"{other.name}-{SOURCES[0].name}")],
)


T = TypeVar("T")


class Kept(NamedTuple):
    """A row of what came in."""

    id: int
    source: str
    envelope_from: str
    envelope_to: list[str]
    raw: bytes


@pytest.fixture
def place(
    db_url: str, engine_db: Engine, databases: Databases, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Place]:
    """A database with nothing in it."""
    with pytest.MonkeyPatch.context() as env:
        yield Place(db_url, engine_db, databases, tmp_path, env, request.getfixturevalue)


@pytest.fixture
def here(engine_db: Engine) -> World:
    """A team whose member has a prompt to answer."""
    with engine_db.begin() as conn:
        return world(conn)


def kept(place: Place) -> list[Kept]:
    i = m.Inbound
    with place.engine.begin() as conn:
        columns = (i.id, i.source, i.envelope_from, i.envelope_to, i.raw)
        return [Kept(*row) for row in conn.execute(select(*columns).order_by(i.id))]


def reply_to(place: Place, run: int = 7) -> str:
    with place.engine.begin() as conn:
        return address(Purpose.REPLY, run, 1, db.now(conn).date() + timedelta(days=7))


def mail(shape: Shape = Shape.PLAIN) -> bytes:
    return (b"\r\n" if shape is Shape.BLANK_FIRST else b"") + HEAD + BODIES[shape]


@each
def test_a_taken_mail_is_a_row_with_its_source_its_envelope_and_its_time(source: Source, place: Place) -> None:
    to = reply_to(place)
    with place.engine.begin() as conn:
        before = db.now(conn)
    with source.running(place) as sender:
        [answer] = sender.deliver(mail(), ADA, [to])

    [row] = kept(place)
    with place.engine.begin() as conn:
        after = db.now(conn)
        [received] = conn.scalars(select(m.Inbound.received_at))
    assert answer.said is Said.TAKEN
    assert row.source == source.name.partition(",")[0]
    assert before - timedelta(seconds=1) <= received <= after  # files have a coarser clock
    if source.envelope:
        assert (row.envelope_from, row.envelope_to) == (ADA, [to])


@told
def test_the_null_sender_is_kept_as_none(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        [answer] = sender.deliver(mail(), "", [to])

    assert answer.said is Said.TAKEN
    assert [row.envelope_from for row in kept(place)] == [""]


@shaped
def test_the_bytes_are_kept_as_they_came(source: Source, shape: Shape, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        [answer] = sender.deliver(mail(shape), ADA, [to])

    assert answer.said is Said.TAKEN
    assert [source.original(row.raw) for row in kept(place)] == [mail(shape)]


@each
def test_a_repetition_is_the_same_row(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        answers = sender.deliver(mail(), ADA, [to]) + sender.repeat() + sender.repeat()

    assert {answer.said for answer in answers} == {Said.TAKEN}
    assert len(kept(place)) == 1


@told
def test_several_recipients_are_a_row_each_and_no_more_when_repeated(source: Source, place: Place) -> None:
    to = [reply_to(place, run) for run in (7, 8, 9)]
    with source.running(place) as sender:
        answers = sender.deliver(mail(), ADA, to) + sender.repeat()

    assert {answer.said for answer in answers} == {Said.TAKEN}
    assert [row.envelope_to for row in kept(place)] == [[one] for one in to]


@each
def test_nothing_is_acknowledged_before_it_is_committed(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender, ThreadPoolExecutor(1) as pool:
        with blocked(place) as cut_off:
            answer = pool.submit(sender.deliver, mail(), ADA, [to])
            cut_off(answer)
            assert {one.said for one in answer.result(60)} == {Said.AGAIN}
        assert kept(place) == []
        assert {one.said for one in sender.repeat()} == {Said.TAKEN}

    assert len(kept(place)) == 1


@each
def test_a_mail_that_fails_at_the_commit_comes_again(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        with failing_commits(place.engine):
            answers = sender.deliver(mail(), ADA, [to])
        assert {one.said for one in answers} == {Said.AGAIN}
        assert kept(place) == []
        assert {one.said for one in sender.repeat()} == {Said.TAKEN}

    assert len(kept(place)) == 1


@each
def test_while_the_database_is_away_mail_comes_again_and_is_then_taken(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        with place.database_away():
            answers = sender.deliver(mail(), ADA, [to])
        assert {one.said for one in answers} == {Said.AGAIN}
        assert {one.said for one in sender.repeat()} == {Said.TAKEN}

    assert len(kept(place)) == 1


@each
def test_a_taken_mail_is_offered_to_the_task_once(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        sender.deliver(mail(), ADA, [to])
        sender.repeat()
        until(lambda: bool(place.offered))

    assert set(place.offered) == {row.id for row in kept(place)}


@each
def test_while_the_broker_is_away_mail_is_taken_all_the_same(source: Source, place: Place) -> None:
    to = reply_to(place)
    place.broker_away = True
    with source.running(place) as sender:
        [answer] = sender.deliver(mail(), ADA, [to])

    assert answer.said is Said.TAKEN
    with place.engine.begin() as conn:
        swept = waiting.waiting_inbound(conn, db.now(conn) + timedelta(seconds=60))
    assert swept == [row.id for row in kept(place)]


@pytest.mark.parametrize("source", [s for s in SOURCES if s.limited], ids=[s.name for s in SOURCES if s.limited])
def test_over_the_size_limit_is_refused_with_words_and_below_it_is_taken(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        [over] = sender.deliver(HEAD + b"a line\r\n" * (LIMIT // 8 + 1), ADA, [to])
        [below] = sender.deliver(HEAD + b"a line\r\n" * (LIMIT // 16), ADA, [to])

    assert over.said is Said.REFUSED
    assert len(over.words) > 20
    assert below.said is Said.TAKEN
    assert len(kept(place)) == 1


@each
def test_a_mail_without_a_byte_gets_an_answer_that_ends_it(source: Source, place: Place) -> None:
    to = reply_to(place)
    with source.running(place) as sender:
        answers = sender.deliver(b"", ADA, [to])

    assert {one.said for one in answers} <= {Said.TAKEN, Said.REFUSED}
    assert len(kept(place)) == sum(one.said is Said.TAKEN for one in answers)
    assert all(len(one.words) > 3 for one in answers)


@pairs
@pytest.mark.parametrize("message_id", [True, False], ids=["with-message-id", "without"])
def test_the_same_mail_by_two_ways_is_one_mail(
    first: Source, second: Source, message_id: bool, place: Place, here: World
) -> None:
    to, raw = reply_to(place, here.run), here.reply("Said once.")
    raw = raw.replace(here.reply_address.encode(), to.encode())
    if not message_id:
        raw = b"\r\n".join(line for line in raw.split(b"\r\n") if not line.lower().startswith(b"message-id:"))
    for source in (first, second):
        with source.running(place) as sender:
            assert {one.said for one in sender.deliver(raw, here.ada.email, [to])} == {Said.TAKEN}

    rows = kept(place)
    with place.engine.begin() as conn:
        for row in rows:
            take(conn, row.id, now=db.now(conn))
        states = [inbound(conn, row.id).state for row in rows]
        assert (states, texts(conn)) == (["routed", "repeated"], ["Said once."])


def test_the_same_mail_by_every_way_there_is_is_one_mail(place: Place, here: World) -> None:
    to = reply_to(place, here.run)
    raw = here.reply("Said once.").replace(here.reply_address.encode(), to.encode())
    for source in SOURCES:
        with source.running(place) as sender:
            assert {one.said for one in sender.deliver(raw, here.ada.email, [to])} == {Said.TAKEN}

    ids = [row.id for row in kept(place)]
    with place.engine.begin() as conn:
        for ident in ids:
            take(conn, ident, now=db.now(conn))
        assert sorted({inbound(conn, ident).state for ident in ids}) == ["repeated", "routed"]
        assert texts(conn) == ["Said once."]
    assert len(ids) == len({source.name.partition(",")[0] for source in SOURCES})


# What goes wrong


@contextmanager
def blocked(place: Place) -> Iterator[Callable[[Future[list[Told]]], None]]:
    """Nothing can be written to `inbound`. Gives what cuts off the source once it waits there, unanswered."""

    def cut_off(answer: Future[list[Told]]) -> None:
        waiter = until(lambda: _waiter(other))
        assert not answer.done()
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": waiter})

    with place.engine.connect() as conn, place.engine.connect() as other:
        conn.execute(text("LOCK TABLE inbound IN SHARE MODE"))
        yield cut_off
        conn.rollback()
        other.rollback()


def _waiter(conn: Connection) -> int | None:
    waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'inbound'::regclass LIMIT 1"
    return conn.execute(text(waiting)).scalar_one_or_none()


def until(look: Callable[[], T], seconds: float = 20.0) -> T:
    """What `look` gives once it gives something; nothing in `seconds` fails the test."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.01)
    return found
