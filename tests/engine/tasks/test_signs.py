"""Signs of life: whatever is taken from a queue is one, every few seconds at most."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from engine import config, db
from engine.outbound.queries import canaries
from engine.tasks import process, signs, upkeep


@pytest.fixture
def database(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SIXPM_DATABASE_URL", db_url)
    monkeypatch.setattr(signs, "_given", {})
    config.settings.cache_clear()
    db.engine.cache_clear()
    yield db_url
    db.engine().dispose()
    db.engine.cache_clear()


def test_a_sign_is_a_canary_and_a_heartbeat_by_this_worker(database: str) -> None:
    signs.give_now_and_then("send")

    with db.begin() as conn:
        assert canaries.ages(conn)["send"] < 30
        assert db.heartbeats(conn)["queue:send"] < 30
        assert conn.execute(text("SELECT owner FROM canary")).scalar_one() == process.name()


def test_canaries_are_counted_and_other_signs_are_not(database: str) -> None:
    upkeep.canary("send")
    signs.give_now_and_then("send")
    upkeep.canary("send")

    with db.begin() as conn:
        assert conn.execute(text("SELECT canaries FROM canary")).scalar_one() == 2


def test_many_tasks_in_a_row_give_one_sign_per_queue(database: str) -> None:
    signs.give_now_and_then("send")
    with db.begin() as conn:
        conn.execute(text("DELETE FROM canary"))

    signs.give_now_and_then("send")
    signs.give_now_and_then("bulk")

    with db.begin() as conn:
        assert set(canaries.ages(conn)) == {"bulk"}


def test_a_database_that_is_away_fails_no_task(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    config.settings.cache_clear()
    db.engine.cache_clear()

    signs.give_now_and_then("send")

    assert signs._given == {}
