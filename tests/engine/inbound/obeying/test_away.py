"""Stop, pause until a day and skip: what changes, and what the person is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import assign
from engine.people.principal import of_session
from engine.tasks.stories import ACTS
from tests.engine.inbound.ordered import commands, live, order, part, paused, told
from tests.engine.inbound.world import EVENING, inbound, keep, take, texts, world

MONDAY = date(2026, 3, 9)


@pytest.mark.parametrize("words", ["stop", "Unsubscribe", "PAUSE."])
def test_stop_pauses_for_good_and_says_how_to_come_back(conn: Conn, words: str) -> None:
    here = world(conn)

    ident = order(conn, here, words)

    assert paused(conn, here) == (True, None)
    assert part(conn, here) == ("excused", "paused")
    assert texts(conn) == []
    assert inbound(conn, ident).state == "routed"
    [mail], [command] = told(conn), commands(conn)
    assert mail["title"] == "You get no more mails"
    assert "resume on your page" in mail["hint"]
    assert command.answered_run_id is not None
    assert conn.scalars(select(m.Act.act)).all() == ["paused"]


def test_a_pause_until_a_day_ends_on_that_day(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "Pause until Monday")

    assert paused(conn, here) == (True, MONDAY)
    assert told(conn)[0]["title"] == "Paused until Monday 9 March"


def test_a_day_is_counted_from_the_writers_own_today(conn: Conn) -> None:
    """At 19:00 UTC it is the next day in Auckland already."""
    here = world(conn)
    conn.execute(update(m.Contact).values(zone="Pacific/Auckland"))

    order(conn, here, "pause until tomorrow")

    assert paused(conn, here) == (True, date(2026, 3, 6))


@pytest.mark.parametrize(
    "words", ["pause until blursday", "pause until 3/5", "pause until 1 March", "pause until 2026-03-04"]
)
def test_a_day_that_is_none_changes_nothing_and_is_answered_with_how_to_write_it(conn: Conn, words: str) -> None:
    here = world(conn)

    order(conn, here, words)

    assert paused(conn, here) == (False, None)
    assert part(conn, here)[0] == "asked"
    [mail] = told(conn)
    assert mail["title"] == "Until which day? Nothing has changed"
    assert "pause until 2026-03-16" in mail["points"]
    assert commands(conn)[0].did == {}


def test_skip_excuses_the_day_that_the_mail_is_about(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "Skip.")

    assert part(conn, here) == ("excused", "skipped")
    assert told(conn)[0]["title"] == "Skipped: Wednesday 4 March"
    assert paused(conn, here) == (False, None)


def test_there_is_nothing_to_skip_once_one_has_answered(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the build.", "a")

    order(conn, here, "skip", "b")

    assert part(conn, here)[0] == "answered"
    assert told(conn)[0]["title"] == "Nothing to skip"
    assert live(conn) == ["Fixed the build."]


def test_a_pause_that_was_held_until_its_day_was_over_changes_nothing_and_says_so(conn: Conn) -> None:
    here = world(conn)
    take(conn, ident := keep(conn, here.reply("pause until Monday", from_="ada@home.test"), [here.reply_address]))
    later = EVENING + timedelta(days=8)

    assign.assign(conn, of_session(here.ws.id, 1, 7, "admin"), ident, here.part, later)
    take(conn, ident, now=later, acts=ACTS)

    assert inbound(conn, ident).state == "routed"
    assert paused(conn, here) == (False, None)
    [mail] = told(conn)
    assert "no day to come" in mail["says"][0]
