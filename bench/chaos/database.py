"""PostgreSQL stops, cuts sessions, is locked, is full, is an old copy of itself, and remembers too much: F7 to F14."""

from __future__ import annotations

import random
import time

from sqlalchemy import text

from bench.chaos.stage import Stage, scenario
from tests.stories.instance import PATIENT

CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < :share
"""


@scenario("f7", "PostgreSQL stopped at once, and back after the leases are over")
def database_stopped(stage: Stage) -> None:
    """Workers keep what they learnt and write it when it is back (H13)."""
    house = stage.house
    house.up("sender", "sender2", "scheduler")
    run = stage.under_way()
    stage.hit()
    house.durable.stop_at_once()
    time.sleep(stage.scale.away)
    house.durable.start()
    stage.healed()
    stage.finish()
    stage.outlive(run)


@scenario("f7-cut", "database sessions terminated at random, for a while")
def sessions_cut(stage: Stage) -> None:
    """A flush whose commit nobody saw is written again, and changes nothing."""
    stage.house.up("sender", "sender2", "scheduler")
    stage.under_way()
    stage.hit()
    for _ in range(12):
        stage.house.do(CUT, share=random.uniform(0.2, 1.0))
        time.sleep(0.3)
    stage.healed()
    stage.finish()


@scenario("f7-lock", "somebody locks the table delivery for longer than a lease")
def locked_out(stage: Stage) -> None:
    """Leases are renewed all the same, for they are another table's (H9)."""
    stage.house.up("sender", "sender2", "scheduler")
    stage.under_way()
    stage.hit()
    with stage.house.locked("delivery"):
        time.sleep(stage.scale.away)
    stage.healed()
    stage.finish()


@scenario("f14", "an old snapshot stays open during a run", script={"*": "ok"}, relay_connections=16)
def old_snapshot(stage: Stage) -> None:
    """Dead rows cannot be removed; the same run is sent once without it, once with it."""
    house, size = stage.house, 10 * stage.scale.rows
    house.up("sender", "sender2", "scheduler")
    stage.plan(size)
    stage.finish()
    with house.engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn:
        conn.execute(text(PATIENT))
        conn.execute(text("SELECT count(*) FROM delivery"))
        stage.hit()
        stage.plan(size)
        stage.finish()
        conn.rollback()
