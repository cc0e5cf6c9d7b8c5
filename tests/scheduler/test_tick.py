"""The tick: each step by itself, and a scheduler that cannot plan says so by its silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine

from engine.outbound.followup import FollowUp
from scheduler import tick as ticking


def test_a_step_that_fails_does_not_keep_the_others(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def broken(conn: Connection, now: datetime) -> FollowUp:
        raise ValueError("a fault of ours")

    def works(conn: Connection, now: datetime) -> FollowUp:
        done.append("works")
        return FollowUp(batches=(7,))

    monkeypatch.setattr(ticking, "STEPS", (broken, works))

    @contextmanager
    def transaction() -> Iterator[Connection]:
        with engine_db.begin() as conn:
            yield conn

    planned, whole = ticking.tick(transaction)

    assert (planned.batches, whole, done) == ((7,), False, ["works"])


def test_a_tick_with_nothing_due_is_whole(engine_db: Engine) -> None:
    planned, whole = ticking.tick(engine_db.begin)

    assert (planned, whole) == (FollowUp(), True)
