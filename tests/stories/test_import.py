"""The import as a process: killed in the middle, and started again, it brings in every mail once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from engine import models as m
from tests.engine.inbound.world import SECRET
from tests.fakes.guard import Guard
from tests.stories.parts import wait_for

pytestmark = pytest.mark.story

MAILS = 2000


def started(db_url: str, guard: Guard, box: Path) -> subprocess.Popen[str]:
    """`sixpm inbound import` of the box."""
    settings = {"DATABASE_URL": db_url, "SECRET_KEY": SECRET, "BROKER_URL": "amqp://127.0.0.1:1//"}
    env = {**os.environ, **{f"SIXPM_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "sixpm", "inbound", "import", str(box)]
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    guard.process(child.pid)
    return child


def count(engine: Engine) -> int:
    with engine.begin() as conn:
        return conn.execute(select(func.count(m.Inbound.id))).scalar_one()


def test_killed_in_the_middle_it_goes_on_and_doubles_nothing(
    engine_db: Engine, db_url: str, guard: Guard, tmp_path: Path
) -> None:
    for number in range(MAILS):
        (tmp_path / f"{number:05}.eml").write_bytes(b"Subject: %d\r\n\r\nWords.\r\n" % number)
    child = started(db_url, guard, tmp_path)
    with engine_db.connect() as conn:
        wait_for("the first slices are in", lambda: count(engine_db) >= 200, 60)
        conn.execute(text("LOCK TABLE inbound IN SHARE MODE"))  # it is held in the middle of a transaction now
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    child.communicate()
    between = count(engine_db)

    again = started(db_url, guard, tmp_path)
    said, _ = again.communicate(timeout=120)

    assert 200 <= between < MAILS
    assert between % 200 == 0
    assert again.returncode == 0
    assert said.endswith(f"2,000 of 2,000: {MAILS - between:,} new, {between:,} already here, 0 failed\n")
    with engine_db.begin() as conn:
        raws = Counter(conn.scalars(select(m.Inbound.raw)))
    assert raws == Counter(path.read_bytes() for path in tmp_path.iterdir())
