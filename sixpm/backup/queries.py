"""The statements of backup and restore."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import text

from engine.db import Conn, Pool

GAP = 1_000_000  # identifiers that a restore leaves out: more than the lost hours can have given away


def record(conn: Conn, file: str, size: int, release: str, at: datetime) -> None:
    """Keep that a backup was made and checked."""
    conn.execute(
        text("INSERT INTO backup (file, size, release, made_at) VALUES (:file, :size, :release, :at)"),
        {"file": file, "size": size, "release": release, "at": at},
    )


def act(conn: Conn, act: str, about: str, detail: str, at: datetime) -> None:
    """The act of an operator, in every workspace of the instance."""
    conn.execute(
        text(
            "INSERT INTO act (workspace_id, at, actor, who, act, noun, about, detail)"
            " SELECT id, :at, 'operator', 'operator', :act, 'instance', :about, :detail FROM workspace"
        ),
        {"at": at, "act": act, "about": about, "detail": detail},
    )


def is_empty(conn: Conn) -> bool:
    """Whether nobody's data is in the database: no tables of ours, or no workspace in them."""
    if not conn.scalar(text("SELECT to_regclass('public.workspace')")):
        tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        return not conn.scalar(text(tables))
    return not conn.scalar(text("SELECT EXISTS (SELECT FROM workspace)"))


def drop_tables(conn: Conn) -> None:
    """Drop the tables of a schema that holds nobody's data, so that a backup can take their place."""
    listed = text(
        "SELECT string_agg(format('%I.%I', 'public', relname), ', ') FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    names = conn.scalar(listed)
    if names:
        with closing(conn.connection.cursor()) as cursor:
            cursor.execute(f"DROP TABLE {names} CASCADE")
    conn.execute(text("DROP SEQUENCE IF EXISTS delivery_event_no"))  # the one that no column owns


def alive(conn: Conn, within: float) -> Sequence[str]:
    """The roles that showed life within so many seconds, by PostgreSQL's clock."""
    if not conn.scalar(text("SELECT to_regclass('public.heartbeat')")):
        return []
    found = text(
        "SELECT DISTINCT role FROM heartbeat WHERE seen_at > clock_timestamp() - make_interval(secs => :s) ORDER BY 1"
    )
    return list(conn.execute(found, {"s": within}).scalars())


def connected(conn: Conn) -> Sequence[str]:
    """What else is connected to this database, by the names that programs gave."""
    found = text(
        "SELECT DISTINCT coalesce(nullif(application_name, ''), usename::text, '?') FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY 1"
    )
    return list(conn.execute(found).scalars())


def forget_origin(conn: Conn) -> None:
    """Nobody wrote this database: nothing is claimed until every unfinished run is held."""
    conn.execute(text("DELETE FROM origin"))


def skip_identifiers(conn: Conn) -> None:
    """Give out none of the identifiers again that rows had which are lost now.

    Mails that were sent after the backup carry them: an answer must find nothing rather than somebody else's row, and
    no two mails may have one Message-ID.
    """
    conn.execute(
        text(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 1) + :gap)"
            " FROM pg_sequences WHERE schemaname = 'public' AND increment_by = 1"
        ),
        {"gap": GAP},
    )


def held(conn: Conn) -> Sequence[tuple[int, str, int]]:
    """The held runs: id, kind, and how many rows of each have not left."""
    found = text("""
        SELECT r.id, r.kind, (SELECT count(*) FROM delivery d
            WHERE d.run_id = r.id AND d.state IN ('queued', 'deferred')) AS open
        FROM run r WHERE r.state = 'held' ORDER BY r.id
    """)
    return [(row.id, row.kind, row.open) for row in conn.execute(found)]


def exists(conn: Conn, name: str) -> bool:
    """Whether the server has a database of this name."""
    return bool(conn.scalar(text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"), {"name": name}))


def swap(conn: Conn, old: str, aside: str, new: str) -> None:
    """Name database `old` `aside`, and `new` `old`: both or neither."""
    for before, after in ((old, aside), (new, old)):
        conn.execute(text(f"ALTER DATABASE {_quoted(before)} RENAME TO {_quoted(after)}"))


def drop(server: Pool, name: str) -> None:
    """Drop a database, if it is there."""
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text(f"DROP DATABASE IF EXISTS {_quoted(name)}"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'
