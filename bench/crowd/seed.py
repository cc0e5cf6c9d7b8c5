"""Seeds a database in one transaction, then brings its statistics up to date."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from sqlalchemy import create_engine, text

from bench.crowd import evenings, ledger, people, rest
from bench.crowd.size import Size
from engine import db
from engine.people import accounts

PASSWORD = "a password of the bench"  # of every account
SEARCH = "ix_entry_search"  # made after its rows, which is faster
# References hold by construction, and checking two million of them takes longer than making the rows.
_FASTER = ("SET LOCAL session_replication_role = replica", "SET LOCAL work_mem = '256MB'",
           "SET LOCAL maintenance_work_mem = '512MB'")  # fmt: skip


def seed(url: str, size: Size, secret: str) -> datetime:
    """Fill the empty, migrated database; the business instant at which it is as if a year had gone by."""
    # Values go into the statements as typed literals: one has many arrays and instants whose types nobody says.
    engine = create_engine(url, pool_size=1, connect_args={"cursor_factory": psycopg.ClientCursor})
    with engine.begin() as conn:
        now = db.now(conn)
        values: dict[str, object] = {"now": now, "today": now.date(), "hash": accounts.hasher.hash(PASSWORD)}
        for statement in _FASTER:
            conn.execute(text(statement))
        search = conn.execute(text("SELECT pg_get_indexdef(cast(:i AS regclass))"), {"i": SEARCH}).scalar_one()
        conn.execute(text(f"DROP INDEX {SEARCH}"))
        with _told("people"):
            people.make(conn, size, values)
        with _told("rounds and entries"):
            evenings.make(conn, size, values)
        with _told("ledger"):
            ledger.make(conn, size, values)
        with _told("the rest"):
            answers = int(conn.execute(text("SELECT max(id) FROM reply")).scalar_one())
            rest.make(conn, size.people, answers, secret, values)
        with _told("search"):
            conn.execute(text(search))
    with _told("statistics"), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return now


def counts(url: str) -> dict[str, int]:
    """Rows by table, of those that are many."""
    engine = db.create_engine(url, size=1)
    tables = ("team", "contact", "round", "participation", "answer", "entry", "run", "delivery", "delivery_event",
              "inbound", "digest", "act")  # fmt: skip
    with engine.connect() as conn:
        found = {table: int(conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in tables}
    engine.dispose()
    return found


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"  {what:20} {time.perf_counter() - began:6.1f} s", file=sys.stderr, flush=True)
