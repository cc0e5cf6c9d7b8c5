"""A run of a benchmark from launch to last row: seed contacts, plan, hint, wait, check the books."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from engine import db, memory
from engine.outbound import partitions
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Planned, Recipient, plan
from engine.tasks import hints

USEFUL = timedelta(days=5)
LOOK = 0.02  # seconds between two looks at the batch table, which is small


@dataclass(frozen=True, slots=True)
class Launched:
    """A run that is planned and hinted at. `clock` is when its launch began by perf_counter, `at` by PostgreSQL."""

    run_id: int
    size: int
    clock: float
    at: datetime
    plan_seconds: float
    plan_cpu: float


@dataclass(frozen=True, slots=True)
class Books:
    """A run's rows when it was over: counts by state, seconds to the first row sent, and what does not balance.

    `by_second`: rows sent in each second after launch, which shows a stall.
    """

    states: Mapping[str, int]
    first_sent: float
    by_second: Sequence[int]
    faults: Sequence[str]


def seed(url: str, people: int, first: int = 1) -> int:
    """The id of a new workspace with so many contacts, numbered from `first`; it suppresses others."""
    engine = db.create_engine(url)
    with engine.begin() as conn:
        partitions.make_ahead(conn, 1)  # as the scheduler does ahead of need
        workspace_id = int(
            conn.execute(text("INSERT INTO workspace (name) VALUES ('Bench') RETURNING id")).scalar_one()
        )
        conn.execute(
            text(
                "INSERT INTO contact (workspace_id, email, email_key, name)"
                " SELECT :w, 'p' || n || '@d' || n % 50 || '.example', 'p' || n || '@d' || n % 50 || '.example',"
                " 'Person ' || n FROM generate_series(cast(:first AS bigint), :last) n"
            ),
            {"w": workspace_id, "first": first, "last": first + people - 1},
        )
        conn.execute(
            text(
                "INSERT INTO suppression (workspace_id, address_hash, reason)"
                " SELECT :w, sha256(n::text::bytea), 'bounced' FROM generate_series(1, :n) n"
            ),
            {"w": workspace_id, "n": max(1, people // 100)},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE contact, suppression"))
    engine.dispose()
    return workspace_id


def launch(conn: db.Conn, workspace_id: int, kind: str, people: int) -> Planned:
    """Plan one run to the workspace's first contacts, as a story does."""
    now = db.now(conn)
    found = conn.execute(
        text("SELECT id, email FROM contact WHERE workspace_id = :w ORDER BY id LIMIT :n"),
        {"w": workspace_id, "n": people},
    ).all()
    until = now + USEFUL
    planned = plan(conn, workspace_id, kind, [Recipient(ident, ident, email, until) for ident, email in found], now)
    assert planned is not None, "there is nobody to write to"
    return planned


def start(url: str, workspace_id: int, kind: str, people: int) -> Launched:
    """Launch and hint, as the product does once a story has committed."""
    engine = db.create_engine(url)
    memory.settle()  # as the scheduler, whose part this is
    with engine.connect() as conn:
        at = db.now(conn)
    clock, cpu = time.perf_counter(), time.process_time()
    with engine.begin() as conn:
        planned = launch(conn, workspace_id, kind, people)
    spent, cpu = time.perf_counter() - clock, time.process_time() - cpu
    hints.enqueue(FollowUp(batches=planned.batch_ids))
    engine.dispose()
    return Launched(planned.run_id, planned.size, clock, at, spent, cpu)


def wait(url: str, launched: Launched, patience: float) -> float:
    """Seconds from launch until every batch of the run has ended. Raises SystemExit after `patience` seconds."""
    engine = db.create_engine(url, size=1)
    query = text("SELECT EXISTS (SELECT FROM batch WHERE run_id = :run AND state = 'open')")
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            while conn.execute(query, {"run": launched.run_id}).scalar_one():
                if time.perf_counter() - launched.clock > patience:
                    raise SystemExit(f"The run was not over after {patience:.0f} s.")
                time.sleep(LOOK)
        return time.perf_counter() - launched.clock
    finally:
        engine.dispose()


def check(url: str, launched: Launched) -> Books:
    """Count the rows of a run that is over."""
    engine = db.create_engine(url, size=1)
    with engine.connect() as conn:
        run = {"run": launched.run_id}
        query = "SELECT state, count(*) AS n, min(sent_at) AS first FROM delivery WHERE run_id = :run GROUP BY state"
        rows = conn.execute(text(query), run).all()
        size = int(conn.execute(text("SELECT size FROM run WHERE id = :run"), run).scalar_one())
        people = int(
            conn.execute(text("SELECT count(DISTINCT recipient) FROM delivery WHERE run_id = :run"), run).scalar_one()
        )
        events = int(conn.execute(text("SELECT count(*) FROM delivery_event WHERE run_id = :run"), run).scalar_one())
        by_second = _by_second(conn, launched)
    engine.dispose()
    states = {row.state: int(row.n) for row in rows}
    first = min((row.first for row in rows if row.first), default=launched.at)
    claims = {
        f"{launched.size} rows sent": states == {"sent": launched.size},
        f"rows add up to the run's size {size}": sum(states.values()) == size == launched.size,
        f"{launched.size} different recipients": people == launched.size,
        "no event rows, for all of it was plain": events == 0,
    }
    return Books(
        states, (first - launched.at).total_seconds(), by_second, [claim for claim, true in claims.items() if not true]
    )


def _by_second(conn: db.Conn, launched: Launched) -> list[int]:
    statement = text(
        "SELECT floor(extract(epoch FROM sent_at - :at))::int AS second, count(*) AS n FROM delivery"
        " WHERE run_id = :run AND sent_at IS NOT NULL GROUP BY 1"
    )
    found = {row.second: int(row.n) for row in conn.execute(statement, {"run": launched.run_id, "at": launched.at})}
    return [found.get(second, 0) for second in range(max(found, default=-1) + 1)]


def meters(url: str) -> tuple[int, int]:
    """(transactions committed in the database, bytes of WAL written by the server) so far."""
    engine = db.create_engine(url, size=1)
    with engine.connect() as conn:
        row = conn.execute(
            text(
                "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),"
                " pg_current_wal_lsn() - '0/0'"
            )
        ).one()
    engine.dispose()
    return int(row[0]), int(row[1])
