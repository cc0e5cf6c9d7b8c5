"""A real PostgreSQL for the test run: one private server, one migrated template, a fresh database per test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text

from sixpm.embedded import postgres
from tests.fakes.guard import Guard

# Durability is tested with servers of their own (tests/sixpm, tests/stories); here only speed counts.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "shared_buffers": "48MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",  # no database lives long enough for it
}
ROOM = 2 << 30  # bytes
TEMPLATE = "sixpm_template"


@dataclass
class Databases:
    """Makes and drops databases on the test run's server."""

    server: postgres.Server
    numbers: Iterator[int] = field(default_factory=count)
    _line: psycopg.Connection[Any] | None = None  # kept open: to connect takes as long as half of what is then asked

    def create(self, template: str | None = TEMPLATE) -> str:
        """The URL of a new database, a copy of `template` (None: empty)."""
        name = f"t{next(self.numbers)}"
        copy = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
        self.execute(f"CREATE DATABASE {name}{copy}")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Drop the database of `url`, cutting whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    @contextmanager
    def away(self, url: str) -> Iterator[None]:
        """Nobody reaches the database of `url`, and who was connected is cut off."""
        name = url.rpartition("/")[2]
        self.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            yield
        finally:
            self.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")

    def execute(self, statement: str) -> None:
        if self._line is None or self._line.closed:
            self._line = psycopg.connect(plain(self.server.url("postgres")), autocommit=True)
        self._line.execute(statement.encode())

    def close(self) -> None:
        """Nothing more is made or dropped."""
        if self._line is not None:
            self._line.close()


def plain(url: str) -> str:
    """The libpq form of a SQLAlchemy URL."""
    return url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def failing_commits(engine: Engine) -> Iterator[None]:
    """Every insert into `inbound` works, and its commit does not."""
    with engine.begin() as conn:
        conn.execute(text("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'"))
        conn.execute(
            text("CREATE CONSTRAINT TRIGGER no AFTER INSERT ON inbound DEFERRABLE INITIALLY DEFERRED"
                 " FOR EACH ROW EXECUTE FUNCTION no()")
        )  # fmt: skip
    yield
    with engine.begin() as conn:
        conn.execute(text("DROP TRIGGER no ON inbound"))


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """Tidies up processes and folders even when the test run is killed."""
    guard = Guard()
    yield guard
    guard.done()


def _memory() -> Path | None:
    """A folder in memory with room for the test run, or None: on ext4 a database costs 0.5 s, in memory 0.02 s.

    ext4 does not reuse the inodes of files deleted a moment ago, and looks at each of them for every new file.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return memory if roomy else None


@pytest.fixture(scope="session")
def postgres_server(guard: Guard) -> Iterator[postgres.Server]:
    """The test run's private server; no schema in it."""
    # Not under pytest's own temporary folder, which only its owner may enter: root runs the server as somebody else.
    base = Path(tempfile.mkdtemp(prefix="sixpm-test-", dir=_memory()))
    base.chmod(0o711)
    guard.folder(base)
    server = postgres.start(base / "postgres", settings=FAST, sync=False)
    guard.process(server.pid)
    yield server
    postgres.stop(server.folder)


@pytest.fixture(scope="session")
def databases(postgres_server: postgres.Server) -> Iterator[Databases]:
    """Makes databases; the template is migrated to head."""
    from engine import db

    made = Databases(postgres_server)
    made.execute(f"CREATE DATABASE {TEMPLATE}")
    db.upgrade(postgres_server.url(TEMPLATE))
    yield made
    made.close()


@pytest.fixture
def empty_db_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a new database without any table; needs no migrations."""
    databases = Databases(postgres_server)
    name = f"e{next(_empty)}"
    databases.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    databases.drop(postgres_server.url(name))
    databases.close()


_empty = count()


@pytest.fixture
def db_url(databases: Databases) -> Iterator[str]:
    """The URL of a fresh, migrated database, dropped after the test."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def engine_db(db_url: str) -> Iterator[Engine]:
    """An SQLAlchemy Engine on a fresh, migrated database."""
    from engine import db

    engine = db.create_engine(db_url)
    yield engine
    engine.dispose()


@pytest.fixture
def conn(engine_db: Engine) -> Iterator[Connection]:
    """A Connection inside a transaction; the test may commit, what it leaves open is rolled back."""
    yield from _open(engine_db)


@pytest.fixture(scope="module")
def shared_db(databases: Databases) -> Iterator[Engine]:
    """One migrated database for all tests of a module, whose tables stay empty: a copy for each takes most of the time
    of tests that commit nothing."""
    from engine import db

    url = databases.create()
    engine = db.create_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def shared_conn(shared_db: Engine) -> Iterator[Connection]:
    """A Connection inside a transaction that is rolled back; a test that commits takes engine_db instead."""
    yield from _open(shared_db)


def _open(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.begin()
        yield connection
        connection.rollback()
