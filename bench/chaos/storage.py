"""PostgreSQL's disk fills up, and a database comes back as an old copy of itself: F8, F13."""

from __future__ import annotations

import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bench.chaos.rig import Rig
from bench.chaos.stage import Skipped, Stage, scenario
from engine import db
from engine.outbound import stop
from engine.outbound.plan import Planned
from sixpm.embedded import postgres
from tests.fakes.database import plain
from tests.stories.instance import Durable, Instance

ROOM = "300m"
WAL = {"max_wal_size": "64MB", "min_wal_size": "32MB", "shared_buffers": "32MB"}
SHORT_LIFE = timedelta(seconds=20)  # how long the run that must not be sent late is useful


def small_disk(rig: Rig) -> Durable:
    """A PostgreSQL server on a file system of its own, of 300 MB in memory; needs the right to mount."""
    mount = Path(tempfile.mkdtemp(prefix="small-", dir=rig.folder))
    words = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0711", "tmpfs", str(mount)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    rig.stack.callback(subprocess.run, ["umount", "-l", str(mount)], check=False)
    return rig.another(mount.name, WAL, folder=mount / "postgres")


@scenario("f8", "PostgreSQL's disk is full, and has room again after a while", scene=small_disk)
def disk_full(stage: Stage) -> None:
    """It refuses whatever makes a file longer."""
    _without_room(stage, "CREATE TABLE ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)")


@scenario("f8-wal", "PostgreSQL's disk has no room for its log: it goes down", scene=small_disk)
def wal_full(stage: Stage) -> None:
    """It cannot come up either until there is room; its service manager then starts it."""
    _without_room(stage, "SELECT pg_logical_emit_message(true, 'chaos', repeat('x', 9000000))")
    stage.check(stage.notes["stopped"], "it stayed up")


def _without_room(stage: Stage, write: str) -> None:
    house = stage.house
    logs = house.durable.folder.parent / "log"  # as with `sixpm run`, the logs are on the disk of the database
    logs.mkdir()
    (house.base / "log").rmdir()
    (house.base / "log").symlink_to(logs)
    house.up("sender", "sender2", "scheduler")
    run = stage.under_way(3 * stage.scale.rows)
    filler = house.durable.folder.parent / "filler"
    stage.hit()
    deadline, refused = time.monotonic() + stage.scale.away, 0
    while time.monotonic() < deadline:
        _fill(filler)  # what the server freed meanwhile, too
        refused += _refused(house, write)
        time.sleep(0.2)
    stage.notes |= {"refused": refused, "stopped": postgres.running(house.durable.folder) is None}
    stage.check(refused, "the disk was never full")
    filler.unlink()
    if postgres.running(house.durable.folder) is None:
        house.durable.start()
    stage.healed()
    stage.finish()
    stage.outlive(run)


def _fill(path: Path) -> None:
    with open(path, "ab", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            return  # that is the point


def _refused(house: Instance, write: str) -> bool:
    try:
        house.do(write)
    except OperationalError:
        return True
    return False


@scenario("f13", "an old copy of the database comes back on another server")
def restored(stage: Stage) -> None:
    """Nothing leaves by itself: every unfinished run is held (H15); what is no longer useful never leaves."""
    house = stage.house
    house.up("sender", "scheduler")
    run = stage.under_way()
    with house.engine.begin() as conn:
        stop.pause(conn, run.run_id, db.now(conn), "operator")
    late = house.plan(stage.scale.rows // 10, useful=SHORT_LIFE)
    with house.engine.begin() as conn:
        stop.pause(conn, late.run_id, db.now(conn), "operator")  # so that the copy has it unsent
    until = time.monotonic() + SHORT_LIFE.total_seconds()
    house.wait("nothing is held", lambda: not house.values("SELECT id FROM batch WHERE owner IS NOT NULL"), 60)
    copy = _dump(house)
    with house.engine.begin() as conn:
        for paused in (run.run_id, late.run_id):
            stop.resume(conn, paused, db.now(conn), "operator")
    house.finish(run, late, seconds=stage.scale.patience)
    stage.hit()
    house.down()
    time.sleep(max(0.0, until - time.monotonic()))
    again = _instance_on_copy(stage, copy)
    try:
        _is_held(stage, again, run, late)
    finally:
        again.down()


def _dump(house: Instance) -> Path:
    copy, server = house.base / "copy.sql", house.durable.server
    url = plain(server.url(house.database))
    subprocess.run([server.bin / "pg_dump", "--no-owner", "-f", copy, url], check=True, timeout=120)
    return copy


def _instance_on_copy(stage: Stage, copy: Path) -> Instance:
    house, durable = stage.house, stage.rig.another(f"restored-{stage.house.pair}")
    db.bootstrap(durable.server.url("postgres"), house.database)
    url = plain(durable.server.url(house.database))
    words: list[str | Path] = [durable.server.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", copy, url]
    subprocess.run(words, check=True, timeout=120, stdout=subprocess.DEVNULL)
    broker = house.rabbit.vhost() if house.rabbit else durable.server.pgmq_url(house.database)
    base = stage.rig.folder / f"{house.database}-again"
    (base / "log").mkdir(parents=True)
    return Instance(
        house.pair, base, house.guard, durable, house.database, house.sink, broker, house.rabbit,
        overrides=house.overrides,
    )  # fmt: skip


def _is_held(stage: Stage, again: Instance, run: Planned, late: Planned) -> None:
    left = stage.house.left(run, late)
    with again.engine.begin() as conn:
        for paused in (run.run_id, late.run_id):
            stop.resume(conn, paused, db.now(conn), "operator")  # as if the copy were older than the pause
    again.up("sender", "scheduler")
    states = "SELECT count(*) FROM run WHERE id = ANY(:runs) AND state = 'held'"
    both = [run.run_id, late.run_id]
    again.wait("both runs are held", lambda: again.value(states, runs=both) == 2, 3 * stage.scale.sweep + 20)
    time.sleep(stage.scale.away / 2)
    stage.check(stage.house.left(run, late) == left, "mails left before anybody looked")
    reasons = again.values("SELECT reason FROM run WHERE id = ANY(:runs)", runs=both)
    stage.check(all("restored" in reason for reason in reasons), f"the runs do not say why: {reasons}")
    with again.engine.begin() as conn:
        stop.cancel(conn, run.run_id, db.now(conn), "operator")
        stop.resume(conn, late.run_id, db.now(conn), "operator")
    again.finish(late, seconds=stage.scale.patience)
    stage.check(stage.house.left(run, late) == left, "mails left that were no longer useful")
    expired = again.values("SELECT DISTINCT state FROM delivery WHERE run_id = :run", run=late.run_id)
    stage.check(expired == ["expired"], f"the late run's rows are {expired}")
    stage.notes["held"] = 2
