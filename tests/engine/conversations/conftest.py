"""One database for all tests of a module that leave nothing behind: a copy for each would take most of their time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from engine import db
from tests.fakes.database import Databases


@pytest.fixture(scope="module")
def shared_db(databases: Databases) -> Iterator[Engine]:
    """A migrated database whose tables stay empty."""
    url = databases.create()
    engine = db.create_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def conn(shared_db: Engine) -> Iterator[Connection]:
    """A Connection inside a transaction that is rolled back; a test that commits takes engine_db instead."""
    with shared_db.connect() as connection:
        connection.begin()
        yield connection
        connection.rollback()
