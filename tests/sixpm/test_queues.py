"""The embedded broker's schema."""

from __future__ import annotations

import psycopg

from engine import db
from engine.tasks import app
from sixpm.embedded import services
from tests.fakes.database import plain


def test_queues_are_made_once_with_their_trigger_so_that_no_two_processes_make_it_at_once(empty_db_url: str) -> None:
    db.install_queues(empty_db_url, ("send",))
    db.install_queues(empty_db_url, ("send", "bulk"))

    with psycopg.connect(plain(empty_db_url)) as connection:
        query = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'trigger_notify_queue_insert_listeners'"
        found = connection.execute(query).fetchall()
    assert sorted(found) == [("pgmq.q_bulk",), ("pgmq.q_send",)]


def test_the_supervisor_makes_every_queue_that_there_is() -> None:
    assert sorted(services.QUEUES) == sorted(app.QUEUES)


def test_the_queue_schema_is_installed_once(empty_db_url: str) -> None:
    db.install_queues(empty_db_url)
    db.install_queues(empty_db_url)

    with psycopg.connect(plain(empty_db_url)) as connection:
        connection.execute("SELECT pgmq.create('send')")
        found = connection.execute("SELECT queue_name FROM pgmq.list_queues()").fetchall()
    assert found == [("send",)]
