"""Partitions of the ledger: a range of runs each, of both its tables."""

from __future__ import annotations

from sqlalchemy import text

from engine.db import Conn

TABLES = ("delivery", "delivery_event")
MAKE, _ALONE = 24583, 24588  # advisory locks, until the transaction ends
_FREE = "WITH (fillfactor = 50)"  # so that a row's next states find room on its page


def make(conn: Conn, first: int, end: int) -> None:
    """Make the partitions for runs first ≤ id < end where they lack; one process at a time."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MAKE})
    for table in TABLES:
        if not _there(conn, f"{table}_p{first}"):
            detached(conn, table, first, end)
            attach(conn, table, first, end)


def _there(conn: Conn, name: str) -> bool:
    return bool(conn.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name}).scalar_one())


def detached(conn: Conn, table: str, first: int, end: int) -> str:
    """Make a table that can become a partition, without indexes; its name."""
    name = f"{table}_p{first}"
    conn.execute(text(
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,"
        f" CONSTRAINT mine CHECK (run_id >= {first} AND run_id < {end})) {_FREE}"
    ))  # fmt: skip
    return name


def attach(conn: Conn, table: str, first: int, end: int) -> None:
    """Make it a partition, which builds its indexes; `mine` has told PostgreSQL already that its rows belong there.

    Unlike CREATE TABLE … PARTITION OF, this waits for no reader or writer of the other partitions, and none for it.
    """
    conn.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    conn.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {table}_p{first} FOR VALUES FROM ({first}) TO ({end})"))
    conn.execute(text(f"ALTER TABLE {table}_p{first} DROP CONSTRAINT mine"))


def firsts(conn: Conn) -> list[int]:
    """Where each partition of deliveries begins, in order."""
    found = conn.execute(text("""
        SELECT (regexp_match(c.relname, '^delivery_p([0-9]+)$'))[1]::bigint AS first FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'delivery'::regclass ORDER BY 1
    """)).scalars()  # fmt: skip
    return [int(first) for first in found if first is not None]


def newest_run(conn: Conn) -> int:
    """The highest run id, 0 when there is none."""
    return int(conn.execute(text("SELECT coalesce(max(id), 0) FROM run")).scalar_one())


def lock_alone(conn: Conn) -> None:
    """Let one run after the other take a range of its own."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ALONE})


def last_given(conn: Conn) -> int:
    """The highest run id that anybody was given, whether or not that run came to be."""
    sequence = conn.execute(text("SELECT pg_get_serial_sequence('run', 'id')")).scalar_one()
    return int(conn.execute(text(f"SELECT last_value FROM {sequence}")).scalar_one())  # noqa: S608  # a sequence's name


def go_on_from(conn: Conn, run_id: int) -> None:
    """Let the next run be this one, at once and for everybody: no transaction takes it back."""
    conn.execute(text("SELECT setval(pg_get_serial_sequence('run', 'id'), :id, false)"), {"id": run_id})
