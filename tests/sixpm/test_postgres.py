"""The embedded PostgreSQL: each trap that was met with such servers, on a real one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from engine.errors import ConfigError
from sixpm.embedded import binaries, ports, postgres, processes
from tests.fakes.database import plain
from tests.fakes.guard import Guard

ROOT = Path(__file__).resolve().parent.parent.parent
Start = Callable[..., postgres.Server]


@pytest.fixture
def base(guard: Guard) -> Iterator[Path]:
    """A folder every user may enter."""
    made = Path(tempfile.mkdtemp(prefix="sixpm-pg-", dir="/tmp"))
    made.chmod(0o711)
    guard.folder(made)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def start(guard: Guard) -> Iterator[Start]:
    """postgres.start, whose servers are stopped after the test."""
    folders: set[Path] = set()

    def started(folder: Path, **options: object) -> postgres.Server:
        folders.add(folder)
        server = postgres.start(folder, sync=False, settings={"shared_buffers": "16MB"}, **options)  # type: ignore[arg-type]
        guard.process(server.pid)
        return server

    yield started
    for folder in folders:
        postgres.stop(folder)


def query(server: postgres.Server, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(plain(server.url("postgres")), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def in_another_process(code: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE)


STARTER = """
import sys
from pathlib import Path
from sixpm.embedded import postgres
server = postgres.start(Path(sys.argv[1]), sync=False)
print(server.pid, server.adopted, flush=True)
"""


def test_a_new_folder_becomes_a_server_that_answers(base: Path, start: Start) -> None:
    server = start(base / "postgres")

    assert query(server, "SELECT 1") == [(1,)]
    assert not server.adopted
    assert postgres.running(base / "postgres") == server.pid


def test_the_server_never_runs_as_root(base: Path, start: Start) -> None:
    server = start(base / "postgres")

    owner = (base / "postgres" / "data").stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{server.pid}").stat().st_uid == owner if Path("/proc/self").exists() else True


def test_the_password_is_private_and_needed_on_every_way_in(base: Path, start: Start) -> None:
    server = start(base / "postgres")

    assert stat.S_IMODE((base / "postgres" / "password").stat().st_mode) == 0o600
    ways = (f"host=127.0.0.1 port={server.port}", f"host={base / 'postgres' / 'data'} port={server.port}")
    for way in ways[: 2 if os.geteuid() == 0 or os.access(base / "postgres" / "data", os.X_OK) else 1]:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"{way} user=sixpm password=wrong dbname=postgres")


def test_parent_folders_keep_their_modes(base: Path, start: Start) -> None:
    base.chmod(0o711)
    above = stat.S_IMODE(base.parent.stat().st_mode)

    start(base / "home" / "postgres")

    assert stat.S_IMODE(base.stat().st_mode) == 0o711
    assert stat.S_IMODE(base.parent.stat().st_mode) == above


def test_a_running_server_is_adopted(base: Path, start: Start) -> None:
    first = start(base / "postgres")

    second = start(base / "postgres")

    assert second.adopted
    assert (second.pid, second.port, second.password) == (first.pid, first.port, first.password)


def test_a_server_outlives_its_starter_and_another_process_stops_it(base: Path, start: Start) -> None:
    starter = in_another_process(STARTER, base / "postgres")
    pid = int(starter.communicate(timeout=60)[0].split()[0])

    adopted = start(base / "postgres")
    stopped = postgres.stop(base / "postgres")

    assert adopted.pid == pid
    assert stopped
    assert processes.seen(pid) is None
    assert not postgres.stop(base / "postgres")


def test_the_port_is_kept_over_a_restart(base: Path, start: Start) -> None:
    first = start(base / "postgres")
    postgres.stop(base / "postgres")

    second = start(base / "postgres")

    assert second.port == first.port


def test_a_port_that_somebody_took_is_replaced(base: Path, start: Start) -> None:
    import socket

    first = start(base / "postgres")
    postgres.stop(base / "postgres")

    with socket.create_server((ports.LOOPBACK, first.port)):
        second = start(base / "postgres")

    assert second.port != first.port
    assert query(second, "SELECT 1") == [(1,)]


def test_kill_9_under_load_loses_no_committed_row(base: Path, start: Start) -> None:
    server = start(base / "postgres")
    query(server, "CREATE TABLE kept (n int)")
    committed = []

    def insert() -> None:
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(plain(server.url("postgres")), autocommit=True) as connection,
        ):
            for number in range(100_000):
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                committed.append(number)
                if number == 200:
                    enough.set()

    enough = threading.Event()
    writer = threading.Thread(target=insert)
    writer.start()
    assert enough.wait(60)
    kill(server.pid)
    writer.join()

    again = start(base / "postgres")

    found = {n for (n,) in query(again, "SELECT n FROM kept")}
    assert found.issuperset(committed)
    assert again.pid != server.pid


def test_a_server_that_is_just_going_down_is_not_adopted(base: Path, start: Start) -> None:
    first = start(base / "postgres")

    os.kill(first.pid, signal.SIGINT)
    second = start(base / "postgres")

    assert second.pid != first.pid
    assert query(second, "SELECT 1") == [(1,)]


def test_a_zombie_postmaster_does_not_count_as_running(base: Path, start: Start) -> None:
    code = STARTER + "import os, signal, time; os.kill(server.pid, signal.SIGKILL); time.sleep(600)"
    holder = in_another_process(code, base / "postgres")
    try:
        assert holder.stdout is not None
        dead = int(holder.stdout.readline().split()[0])
        os.kill(dead, 0)  # still there, unreaped by its sleeping parent
        deadline = time.monotonic() + 20
        while processes.seen(dead):
            assert time.monotonic() < deadline, "was not killed"
            time.sleep(0.01)
        os.kill(dead, 0)

        server = start(base / "postgres", timeout=60)

        assert server.pid != dead
        assert query(server, "SELECT 1") == [(1,)]
    finally:
        holder.kill()
        holder.communicate()


def test_a_reused_pid_in_the_pid_file_does_not_count_as_running(base: Path, start: Start) -> None:
    first = start(base / "postgres")
    kept = (base / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    postgres.stop(base / "postgres")
    who = binaries.account(base / "postgres" / "data")
    stranger = who.start(["sleep", "600"], subprocess.DEVNULL, {})
    try:
        pid_file = base / "postgres" / "data" / "postmaster.pid"
        pid_file.write_text("\n".join([str(stranger.pid), *kept[1:]]) + "\n")
        who.own(pid_file)

        second = start(base / "postgres")

        assert not second.adopted
        assert second.pid not in (first.pid, stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_recovery_may_take_longer_than_ten_seconds(base: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    real = binaries.programs(binaries.account(base / "data"), base)
    slow = base / "slow" / "bin"
    slow.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        wait = '[ "$1" = --version ] || [ "$1" = -V ] || [ "$1" = --boot ] || [ "$1" = --single ] || sleep 11'
        script = f'#!/bin/sh\n{wait if program == "postgres" else ""}\nexec "{real / program}" "$@"\n'
        (slow / program).write_text(script)
        (slow / program).chmod(0o755)
    start(base / "postgres")
    postgres.stop(base / "postgres")
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([slow]))

    server = start(base / "postgres", timeout=60)

    assert query(server, "SELECT 1") == [(1,)]


def test_a_start_that_cannot_finish_in_its_time_says_so(base: Path, start: Start) -> None:
    start(base / "postgres")
    postgres.stop(base / "postgres")

    with pytest.raises(ConfigError, match="did not answer in time"):
        start(base / "postgres", timeout=0)


def test_a_start_that_ran_out_of_time_is_stopped_and_its_child_let_go(base: Path, start: Start) -> None:
    killed = start(base / "postgres")
    kill(killed.pid)
    with pytest.raises(ConfigError):
        start(base / "postgres", timeout=0)

    stopped = postgres.stop(base / "postgres")

    assert stopped
    assert postgres.running(base / "postgres") is None
    assert [pid for pid, child in postgres._children.items() if str(base) in str(child.args)] == []


def test_two_starts_at_once_give_one_server(base: Path, start: Start) -> None:
    starters = [in_another_process(STARTER, base / "postgres") for _ in range(2)]
    told = [starter.communicate(timeout=60)[0].split() for starter in starters]

    server = start(base / "postgres")

    assert {int(pid) for pid, _ in told} == {server.pid}
    assert sorted(adopted for _, adopted in told) == ["False", "True"]


@pytest.mark.parametrize("name", ["with a blank", "with 'quotes' and \"more\"", "mit Umlaut ä, und Komma", "x" * 120])
def test_odd_and_deep_folders_work(base: Path, start: Start, name: str) -> None:
    server = start(base / name / "postgres")
    sockets = list(Path("/tmp").glob(f"sixpm-*/.s.PGSQL.{server.port}"))

    assert query(server, "SELECT 1") == [(1,)]
    assert len(sockets) == 1
    postgres.stop(base / name / "postgres")
    assert not sockets[0].parent.exists()


def test_a_start_killed_while_it_made_the_cluster_is_repeated(base: Path, start: Start) -> None:
    folder = base / "postgres"
    (folder / "data-draft-killed").mkdir(parents=True)
    (folder / "data-draft-killed.password").write_text("old")
    (folder / "password").write_text("old\n")

    server = start(folder)

    assert query(server, "SELECT 1") == [(1,)]
    assert not list(folder.glob("data-draft-*"))


def test_an_unreadable_environment_is_copied_out_of(base: Path) -> None:
    who = binaries.account(base / "data")
    wheel = next(iter(binaries._wheel()))

    copy = binaries._copied(wheel, base)
    ran = who.run([copy / "postgres", "--version"])
    made = who.run([copy / "initdb", "--version"])

    assert "PostgreSQL" in ran.stdout, ran.stderr
    assert "PostgreSQL" in made.stdout, made.stderr
    assert binaries._copied(wheel, base) == copy


def test_a_folder_the_servers_account_cannot_enter_works_or_is_explained(base: Path, start: Start) -> None:
    base.chmod(0o700)

    try:
        server = start(base / "home" / "postgres")
        told = ""
    except ConfigError as error:
        told = str(error)

    assert "SIXPM_HOME" in told if told else query(server, "SELECT 1") == [(1,)]
    assert stat.S_IMODE(base.stat().st_mode) == 0o700


def test_a_missing_program_is_explained(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([base / "nothing"]))

    with pytest.raises(ConfigError, match="SIXPM_DATABASE_URL"):
        postgres.start(base / "postgres")


def test_data_of_another_version_is_not_opened_with_this_one(
    base: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = binaries.account(base / "data")

    with pytest.raises(ConfigError, match="PostgreSQL 11, which made the data"):
        binaries.programs(who, base, major=11)


def test_data_of_another_user_is_explained(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (base / "data").mkdir()
    (base / "data" / "PG_VERSION").write_text("18\n")
    monkeypatch.setattr(os, "geteuid", lambda: (base / "data").stat().st_uid + 4711)

    with pytest.raises(ConfigError, match="belongs to user"):
        binaries.account(base / "data")


def test_a_broken_server_shows_the_end_of_its_log(base: Path, start: Start) -> None:
    start(base / "postgres")
    postgres.stop(base / "postgres")
    (base / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(ConfigError, match="no_such_setting"):
        start(base / "postgres")
