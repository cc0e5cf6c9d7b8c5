"""The fixtures other tests stand on."""

from __future__ import annotations

import psycopg
from sqlalchemy import Connection, text

from sixpm.embedded.postgres import Server
from tests.fakes.database import plain


def test_the_server_takes_connections(postgres_server: Server) -> None:
    with psycopg.connect(plain(postgres_server.url("postgres"))) as connection:
        version = connection.info.server_version

    assert version >= 150000


def test_an_empty_database_has_no_tables(empty_db_url: str) -> None:
    with psycopg.connect(plain(empty_db_url)) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert found == (0,)


def test_a_connection_is_inside_a_transaction_on_migrated_tables(conn: Connection) -> None:
    found = conn.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()

    assert conn.in_transaction()
    assert found > 0
