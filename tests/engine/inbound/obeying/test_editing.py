"""What an edit puts in the place of the last answer."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.inbound import amend
from engine.people.principal import SYSTEM
from tests.engine.inbound.ordered import live, order, told
from tests.engine.inbound.world import EVENING, texts, world


def test_edit_replaces_the_last_answer(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the bild.\n\nWrote docs.", "a")

    order(conn, here, "edit\nFixed the build.", "b", at=EVENING + timedelta(minutes=1))

    assert live(conn) == ["Fixed the build."]
    assert texts(conn) == ["Fixed the bild.", "Wrote docs.", "Fixed the build."]
    assert conn.scalars(select(m.EntryChange.what)).all() == ["removed", "removed"]
    assert conn.scalars(select(m.Entry.participation_id).distinct()).all() == [here.part]
    [mail] = told(conn)
    assert (mail["title"], mail["points"]) == ("Changed", ["Fixed the build."])


def test_what_a_manager_removed_stays_removed(conn: Conn) -> None:
    here = world(conn)
    order(conn, here, "Fixed the build.\n\nA secret.", "a")
    secret = conn.scalar(select(m.Entry.id).where(m.Entry.text == "A secret."))
    amend.remove(conn, SYSTEM(here.ws.id), secret or 0, EVENING)

    order(conn, here, "edit\nFixed the big build.\n\nA secret.", "b", at=EVENING + timedelta(minutes=1))
    assert live(conn) == ["Fixed the big build."]
    order(conn, here, "undo", "c", at=EVENING + timedelta(minutes=2))

    assert live(conn) == ["Fixed the build."]


def test_an_edit_without_words_or_without_an_answer_changes_nothing_and_keeps_the_words(conn: Conn) -> None:
    here = world(conn)

    order(conn, here, "edit", "a")
    order(conn, here, "edit\nFixed the build.", "b")

    assert [mail["title"] for mail in told(conn)] == [
        "What should it say? Nothing has changed",
        "Nothing to change yet",
    ]
    assert live(conn) == ["Fixed the build."]
