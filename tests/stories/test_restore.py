"""A backup is taken in the middle of a run, more leaves, the database is lost: what the restored rows do not know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import db
from engine.outbound import stop
from tests.stories import counting
from tests.stories.instance import Instance

pytestmark = pytest.mark.story
BY = "account:1"


def sixpm(house: Instance, *words: str) -> str:
    """What a command of ours says that runs with the instance's settings."""
    argv = [sys.executable, "-m", "sixpm", *words]
    done = subprocess.run(argv, env=house.env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_after_a_restore_nothing_leaves_before_a_person_says_so_and_nothing_leaves_without_a_row(
    house: Instance, tmp_path: Path
) -> None:
    house.up("sender", "scheduler")
    run = house.plan(250)
    house.mid(run)
    file = tmp_path / "mid.dump"
    sixpm(house, "backup", str(file))  # beside the running instance
    lost = house.plan(30)
    house.finish(run, lost)
    house.down()
    house.do("DELETE FROM heartbeat")  # a minute later
    house.engine.dispose()

    said = sixpm(house, "restore", str(file), "--over", house.database, "--yes")
    before = house.left(run)
    house.up("sender", "scheduler")
    later = house.plan(5)
    house.finish(later)  # swept and claimed meanwhile: the held run was passed over, not just not reached

    assert house.left(run) == before == 250
    assert house.value("SELECT state FROM run WHERE id = :run", run=run.run_id) == "held"
    assert f"held: notice run {run.run_id}" in said
    assert "resume it" in house.value("SELECT reason FROM run WHERE id = :run", run=run.run_id)
    assert house.values("SELECT id FROM run WHERE id = :run", run=lost.run_id) == []

    with house.engine.begin() as conn:
        stop.resume(conn, run.run_id, db.now(conn), BY)
    house.finish(run)

    assert later.run_id > lost.run_id  # no mail of the lost run is taken for one of these
    rows, strangers = counting.in_sink(house.sink.log, house.keys, [run.run_id, later.run_id])
    assert strangers == []
    known = {(run.run_id, seq) for seq in house.values("SELECT seq FROM delivery WHERE run_id = :run", run=run.run_id)}
    again = {row for row, times in rows.items() if times > 1}
    assert again <= known  # a person said: whoever may have it gets it twice, and each has its row
    assert max(rows.values()) == 2
    assert again
    open_ = "SELECT count(*) FROM delivery WHERE run_id = :run AND state IN ('queued', 'deferred')"
    assert house.value(open_, run=run.run_id) == 0
