"""The embedded broker's schema."""

from __future__ import annotations

import psycopg

from engine import db
from tests.fakes.database import plain


def test_the_queue_schema_is_installed_once(empty_db_url: str) -> None:
    db.install_queues(empty_db_url)
    db.install_queues(empty_db_url)

    with psycopg.connect(plain(empty_db_url)) as connection:
        connection.execute("SELECT pgmq.create('send')")
        found = connection.execute("SELECT queue_name FROM pgmq.list_queues()").fetchall()
    assert found == [("send",)]
