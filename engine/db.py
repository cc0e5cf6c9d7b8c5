"""The way to PostgreSQL: engines, transactions, migrations. Nothing connects at import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy import create_engine as _create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from engine import VERSION, config

if TYPE_CHECKING:
    from alembic.config import Config

# Names for those who hold these things or catch these errors and write no SQL.
Conn = Connection
Pool = Engine
Failure = SQLAlchemyError
Away = OperationalError  # the server cannot be reached, or cut us off
Conflict = IntegrityError  # a row that another forbids
FLOOR = 150000  # PostgreSQL 15
# A cut that nobody tells of is noticed in half a minute, not in the kernel's quarter of an hour.
ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25000}
QUEUES_LOCK = 0x6007
# The business instant: PostgreSQL's clock plus the shift row.
NOW = "clock_timestamp() + coalesce((SELECT shift FROM clock WHERE id = 1), interval '0')"
# Classes of SQLSTATE that say nothing about the statement itself.
PASSING = {"08", "40", "53", "55", "57", "58"}


def create_engine(
    url: str, *, size: int = 5, app: str = "sixpm", lock_timeout_ms: int | None = None, by_key: bool = False,
    prepares: bool = True,
) -> Engine:  # fmt: skip
    """An Engine with `size` connections; `app` shows in pg_stat_activity.

    `lock_timeout_ms` bounds how long any statement waits for a row lock (the flush uses 3,000, H9). `by_key`: the
    same few statements, some hundred times a second (the flush, a mail that is read). They are planned once, for
    lookups by index whatever the statistics say (planning one anew costs 1.3 ms, more than running it), and the
    connection is not looked at each time it is taken: what fails there is tried again anyway. Without `prepares` each
    statement is planned for the tables as they are: a plan that was kept from when a partition of deliveries was all
    but empty reads it through when it is full.
    """
    options = ["-c idle_in_transaction_session_timeout=30000", "-c timezone=UTC"]
    if lock_timeout_ms is not None:
        options.append(f"-c lock_timeout={lock_timeout_ms}")
    if by_key:
        off = ("seqscan", "hashjoin", "mergejoin")
        options += ["-c plan_cache_mode=force_generic_plan", *(f"-c enable_{plan}=off" for plan in off)]
    return _create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=not by_key,
        pool_timeout=10,
        connect_args={
            "options": " ".join(options),
            "application_name": app,
            "connect_timeout": 10,
            **ALIVE,
            **({} if prepares else {"prepare_threshold": None}),
        },
    )


def passing(error: BaseException) -> bool:
    """Whether the server or the moment is to blame, and the same statement may do better next time."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)  # that of `plain` comes unwrapped
    return isinstance(error, OperationalError | psycopg.OperationalError) and (state is None or state[:2] in PASSING)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """This process's Engine on the configured database."""
    return create_engine(config.required(config.settings().database_url, "database_url"), prepares=False)


def forget() -> None:
    """Drop the Engine without closing its sockets: for a child after fork, whose parent still owns them."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)
        engine.cache_clear()


def plain(conn: Conn, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement in the driver's own words (`%(name)s`), past SQLAlchemy, in the same transaction.

    For the one statement that runs hundreds of times a second: 73 µs of CPU instead of 192. Errors are the driver's.
    """
    with closing(conn.connection.cursor()) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def numbers(values: Iterable[int | None]) -> str:
    """An array literal of whole numbers, for `cast(:x AS bigint[])`.

    psycopg makes the same of a list, at 3 µs an element; these take 0.2, and a flush has ten arrays.
    """
    return "{" + ",".join(["NULL" if n is None else str(n) for n in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """An array literal of texts, for `cast(:x AS text[])`; NUL cannot be in one."""
    quoted = [t.replace("\\", "\\\\").replace('"', '\\"') if '"' in t or "\\" in t else t for t in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def times(values: Iterable[datetime]) -> str:
    """An array literal of aware instants, for `cast(:x AS timestamptz[])`; equal neighbours are written once."""
    said: dict[datetime, str] = {}
    return "{" + ",".join([said.get(t) or said.setdefault(t, t.isoformat()) for t in values]) + "}"


def hexes(values: Iterable[bytes]) -> str:
    """An array literal of bytes, for `cast(:x AS bytea[])`."""
    return "{" + ",".join([f'"\\\\x{b.hex()}"' for b in values]) + "}"


@contextmanager
def begin() -> Iterator[Conn]:
    """One transaction on this process's Engine: committed at the end of the block, rolled back when it raises."""
    with engine().begin() as conn:
        yield conn


def _alembic(url: str) -> Config:
    from alembic.config import Config  # Alembic takes as long to import as all the rest; few processes need it

    cfg = Config()
    cfg.set_main_option("script_location", str(config.shipped("migrations")).replace("%", "%%"))
    cfg.attributes["url"] = url
    return cfg


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Safe to run from several processes at once: one advisory lock guards it."""
    if revision == "head" and _at_head(url):
        return
    from alembic import command

    command.upgrade(_alembic(url), revision)


def _at_head(url: str) -> bool:
    engine = _create_engine(url, poolclass=NullPool)
    with engine.connect() as conn:
        has, wants = heads(conn)
    engine.dispose()
    return has == wants


def dsn(url: str) -> tuple[str, str]:
    """What PostgreSQL's own programs take for `url`: a URI without the password, and the password."""
    parsed = make_url(url).set(drivername="postgresql")
    return parsed._replace(password=None).render_as_string(hide_password=False), str(parsed.password or "")


def named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def database(url: str) -> str:
    """The name of the database that `url` names."""
    return make_url(url).database or ""


def bootstrap(server_url: str, name: str) -> None:
    """Make database `name` on the server of `server_url` (its maintenance database) unless it is there."""
    engine = _create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        if not conn.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            conn.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()


def install_queues(url: str, names: Iterable[str] = ()) -> None:
    """Make the schema of the pgmq broker, from the SQL that ships inside its package, and these queues in it.

    Each is left as it is where it is there. Left to the processes, two that declare a queue for the first time at
    the same instant make its trigger twice, and one of them ends.
    """
    engine = _create_engine(url, poolclass=NullPool)
    with engine.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": QUEUES_LOCK})
        if not conn.scalar(text("SELECT to_regclass('pgmq.meta')")):
            # The driver's own execute: the script has colons and percent signs of its own.
            conn.connection.cursor().execute((files("pgmq") / "sql" / "pgmq.sql").read_bytes())
        known = set(conn.scalars(text("SELECT queue_name FROM pgmq.meta")))
        for name in sorted(set(names) - known):
            conn.execute(text("SELECT pgmq.create(:name), pgmq.enable_notify_insert(:name, 0)"), {"name": name})
    engine.dispose()


def wanted() -> str | None:
    """The revision that this code wants.

    Revisions are numbered in their files' names: Alembic says the same, and takes 0.5 s of CPU to import.
    """
    files = (config.shipped("migrations") / "versions").glob("[0-9]*.py")
    return max((path.name.partition("_")[0] for path in files), default=None)


def heads(conn: Conn) -> tuple[str | None, str | None]:
    """The revision the database has, None when it has none, and the one the code wants."""
    has = None
    if conn.scalar(text("SELECT to_regclass('alembic_version')")):
        has = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return has, wanted()


def server_version(conn: Conn) -> int:
    """PostgreSQL's version as a number, 180004 for 18.4."""
    return int(conn.execute(text("SHOW server_version_num")).scalar_one())


def try_lock(conn: Conn, number: int) -> bool:
    """Take advisory lock `number` until the transaction ends, without waiting; False when another has it."""
    return bool(conn.execute(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": number}).scalar_one())


def now(conn: Conn) -> datetime:
    """The business instant, aware, in UTC: PostgreSQL's clock plus the shift row. It goes on within a transaction."""
    found: datetime = conn.execute(text(f"SELECT {NOW}")).scalar_one()
    return found.astimezone(UTC)


def shift_clock(conn: Conn, by: timedelta) -> None:
    """Move business time by `by` from real time (not from the last shift). Only demo and tests do."""
    conn.execute(
        text("INSERT INTO clock (id, shift) VALUES (1, :by) ON CONFLICT (id) DO UPDATE SET shift = excluded.shift"),
        {"by": by},
    )


def heartbeats(conn: Conn) -> dict[str, float]:
    """Seconds since each role's newest sign of life, by PostgreSQL's clock; a role that never lived is missing."""
    rows = conn.execute(
        text(
            "SELECT role, extract(epoch FROM clock_timestamp() - max(seen_at))::float8 AS age "
            "FROM heartbeat GROUP BY role"
        )
    )
    return {row.role: row.age for row in rows}


def beat(conn: Conn, role: str, process: str) -> None:
    """Proof of life of one process in one role, by PostgreSQL's clock."""
    conn.execute(
        text(
            "INSERT INTO heartbeat (role, process, seen_at, version)"
            " VALUES (:role, :process, clock_timestamp(), :version)"
            " ON CONFLICT (role, process) DO UPDATE SET seen_at = excluded.seen_at, version = excluded.version"
        ),
        {"role": role, "process": process, "version": VERSION},
    )


def releases(conn: Conn, within: float = 60.0) -> set[str]:
    """The releases whose processes have shown life within so many seconds; "" for those that did not say."""
    statement = text(
        "SELECT DISTINCT version FROM heartbeat WHERE seen_at > clock_timestamp() - make_interval(secs => :s)"
    )
    return set(conn.execute(statement, {"s": within}).scalars())


def living(conn: Conn, role: str, within: float = 60.0) -> int:
    """How many processes have shown life in `role` within so many seconds."""
    statement = text(
        "SELECT count(*) FROM heartbeat WHERE role = :role"
        " AND seen_at > clock_timestamp() - make_interval(secs => :within)"
    )
    return int(conn.execute(statement, {"role": role, "within": within}).scalar_one())


def forget_heartbeats(conn: Conn) -> None:
    """Drop the signs of life older than a day."""
    conn.execute(text("DELETE FROM heartbeat WHERE seen_at < clock_timestamp() - interval '1 day'"))
