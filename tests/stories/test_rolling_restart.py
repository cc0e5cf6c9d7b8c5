"""A new version takes over from an old one: messages of another version, workers that are told to go, older schemas."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from engine import config, db
from tests.stories.instance import Instance
from tests.stories.messages import OLD_MESSAGES

pytestmark = pytest.mark.story
DRAIN = 5.0  # seconds a worker that is told to stop waits for replies
ROWS = Path(__file__).parent / "rows"  # <revision>.sql: rows as that version would have written them


def test_messages_of_another_version_are_harmless(house: Instance) -> None:
    house.up("sender", "inbound", "scheduler")
    done = house.plan(20)
    house.finish(done)

    house.publish([*OLD_MESSAGES, ("deliver", "send", [list(done.batch_ids)], {"unknown": True})])
    run = house.plan(20)
    house.finish(run)

    house.count(done, run).assert_true(doubts=0)
    assert house.count(done, run).states == {"sent": 40}
    assert all(house.parts[name].alive for name in ("sender", "inbound"))


def test_a_worker_told_to_stop_drains_and_leaves_the_rest_to_the_next_one(house: Instance) -> None:
    workers = house.up("sender", "sender2", "scheduler")[:2]
    run = house.plan(400)
    house.mid(run)
    sending = house.victim(run)
    [old] = [worker for worker in workers if sending in worker.children()]
    children = old.children()

    began = time.monotonic()
    old.process.send_signal(signal.SIGTERM)
    house.wait("it holds nothing any more", lambda: house.holder(run.run_id) not in children, 30)
    took, left = time.monotonic() - began, house.left(run)
    house.wait("the old worker has gone", lambda: not old.alive, 30)
    house.finish(run)

    assert left < 400, "it had sent everything before it went"
    assert took < DRAIN, f"it took {took:.1f} s"
    count = house.count(run)
    count.assert_true(doubts=0)
    assert count.states == {"sent": 400}, count


def revisions() -> list[str]:
    """Every schema there ever was but the newest, from the empty one on."""
    found = ScriptDirectory.from_config(_alembic()).walk_revisions()
    return ["base", *reversed([script.revision for script in found][1:])]


def _alembic() -> Config:
    made = Config()
    made.set_main_option("script_location", str(config.shipped("migrations")))
    return made


@pytest.mark.parametrize("revision", revisions())
def test_an_older_database_with_rows_in_it_is_brought_up(empty_db_url: str, revision: str) -> None:
    engine = create_engine(empty_db_url, poolclass=NullPool)
    kept: dict[str, int] = {}
    if revision != "base":
        db.upgrade(empty_db_url, revision)
        with engine.begin() as conn:
            conn.connection.cursor().execute((ROWS / f"{revision}.sql").read_bytes())
            kept = {name: conn.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in _tables(conn)}

    db.upgrade(empty_db_url)
    db.upgrade(empty_db_url)

    with engine.begin() as conn:
        has, wants = db.heads(conn)
        assert has == wants
        if revision != "base":  # a process of the release before still says that it lives
            conn.execute(text("INSERT INTO heartbeat (role, process, seen_at) VALUES ('queue:send', 'old:9', now())"))
            assert db.releases(conn) == {""}
        lost = [name for name in kept if conn.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() < kept[name]]
        assert lost == []


def _tables(conn: db.Conn) -> list[str]:
    statement = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    return list(conn.execute(text(statement)).scalars())
