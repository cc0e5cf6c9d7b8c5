"""The last word counts, and every word before it is its proof."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from engine import db
from engine import models as m
from engine.db import Conn
from engine.errors import Invalid
from engine.people import consent
from engine.people.directory import knowing
from engine.people.principal import SYSTEM
from tests import factories as make


@pytest.fixture
def now(conn: Conn) -> datetime:
    return db.now(conn)


@pytest.fixture
def ada(conn: Conn) -> tuple[int, int]:
    """(workspace, contact)"""
    ws = make.workspace(conn).id
    return ws, make.contact(conn, ws, "Ada")[0]


def say(conn: Conn, of: tuple[int, int], state: str, now: datetime, topic: int = 0, source: str = "admin") -> bool:
    return consent.say(conn, *of, "mail", topic, state, source, "her own words", "account:7", now)


def test_the_last_word_holds_and_each_change_is_kept(conn: Conn, ada: tuple[int, int], now: datetime) -> None:
    say(conn, ada, "given", now, source="form")
    say(conn, ada, "withdrawn", now + timedelta(days=1))

    held = consent.of_contact(conn, *ada)
    assert [(w.channel, w.topic, w.state, w.source, w.actor) for w in held] == [
        ("mail", "", "withdrawn", "admin", "account:7")
    ]
    events = conn.execute(select(m.ConsentEvent.state, m.ConsentEvent.evidence).order_by(m.ConsentEvent.id)).all()
    assert [tuple(row) for row in events] == [("given", "her own words"), ("withdrawn", "her own words")]


def test_the_same_word_again_keeps_its_first_proof(conn: Conn, ada: tuple[int, int], now: datetime) -> None:
    say(conn, ada, "given", now, source="form")

    assert say(conn, ada, "given", now + timedelta(days=1)) is False

    assert consent.of_contact(conn, *ada)[0].source == "form"
    assert conn.scalar(select(func.count()).select_from(m.ConsentEvent)) == 1


def test_an_older_word_does_not_undo_a_newer_one(conn: Conn, ada: tuple[int, int], now: datetime) -> None:
    say(conn, ada, "withdrawn", now, source="person")

    assert say(conn, ada, "given", now - timedelta(days=1), source="import") is False

    assert consent.of_contact(conn, *ada)[0].state == "withdrawn"


@pytest.mark.parametrize("source", ["person", "admin"])
def test_whoever_says_it_now_is_heard_though_a_list_had_dated_their_word_into_the_future(
    conn: Conn, ada: tuple[int, int], now: datetime, source: str
) -> None:
    say(conn, ada, "given", now + timedelta(days=300), source="import")

    assert say(conn, ada, "withdrawn", now, source=source)

    assert consent.of_contact(conn, *ada)[0].state == "withdrawn"


def test_a_topic_has_a_word_of_its_own(conn: Conn, ada: tuple[int, int], now: datetime) -> None:
    topic = knowing.make_topic(conn, SYSTEM(ada[0]), "Events", "")
    say(conn, ada, "given", now)
    say(conn, ada, "withdrawn", now, topic)

    assert [(w.topic, w.state) for w in consent.of_contact(conn, *ada)] == [("", "given"), ("Events", "withdrawn")]


def test_many_say_the_same_in_one_statement_and_only_those_here_count(
    conn: Conn, ada: tuple[int, int], now: datetime
) -> None:
    ws, first = ada
    ids = [first, make.contact(conn, ws, "Ben")[0], make.contact(conn, make.workspace(conn).id, "Eve")[0]]

    changed = consent.say_all(conn, ws, ids, "mail", 0, "given", "import", "list.csv", "", now)

    assert changed == 2


def test_what_cannot_be_said_is_refused(conn: Conn, ada: tuple[int, int], now: datetime) -> None:
    elsewhere = knowing.make_topic(conn, SYSTEM(make.workspace(conn).id), "Events", "")
    for channel, topic, state, source in (
        ("pigeon", 0, "given", "admin"), ("mail", 0, "perhaps", "admin"), ("mail", 0, "given", "rumour"),
        ("mail", elsewhere, "given", "admin"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            consent.say(conn, *ada, channel, topic, state, source, "", "", now)
