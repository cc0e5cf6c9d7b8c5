"""A private PostgreSQL server in a folder: start it, find it running, stop it.

    folder/data       the cluster, readable by the server's account alone
    folder/password   of the superuser `sixpm`, mode 0600
    folder/port       the TCP port on 127.0.0.1, kept over restarts
    folder/lock       held while somebody starts or stops

Whatever happened to the last server (kill -9, a zombie, a reused pid, a crash that takes minutes to recover from),
`start` returns one that answers, or raises ConfigError with the end of its log.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from engine.errors import ConfigError
from sixpm.embedded import cluster, ports, processes
from sixpm.embedded.binaries import Account, account, programs

DEFAULTS: Mapping[str, str] = {"shared_buffers": "64MB", "max_connections": "200", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. `bin` holds its programs (pg_dump, psql)."""

    folder: Path
    port: int
    password: str
    pid: int
    bin: Path
    adopted: bool

    def url(self, database: str = cluster.USER) -> str:
        """The SQLAlchemy URL of `database`."""
        return f"postgresql+psycopg://{cluster.USER}:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def pgmq_url(self, database: str = cluster.USER) -> str:
        """The kombu URL of the queues in `database`."""
        return f"pgmq://{cluster.USER}:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"


_children: dict[int, subprocess.Popen[bytes]] = {}


def start(
    folder: Path, *, timeout: float = 300.0, settings: Mapping[str, str] | None = None, sync: bool = True
) -> Server:
    """Start the server of `folder`, making it when it is new, or adopt the one that runs.

    `timeout`: seconds to wait for it to answer, crash recovery included. `settings`: postgresql.conf names and
    values. `sync` False leaves a new cluster unflushed (tests). Raises ConfigError.
    """
    deadline = time.monotonic() + timeout
    folder = folder.resolve()
    cluster.make_folder(folder)
    with cluster.locked(folder, deadline):
        who = account(folder / "data")
        programs_in = programs(who, folder, cluster.major(folder / "data", who))
        if not (folder / "data" / "PG_VERSION").exists():
            cluster.initdb(folder, who, programs_in, sync)
        pid = _adopted(folder, deadline)
        adopted = pid is not None
        if pid is None:
            pid = _launch(folder, who, programs_in, {**DEFAULTS, **(settings or {})}, deadline)
        return Server(folder, cluster.port(folder), cluster.password(folder), pid, programs_in, adopted)


def running(folder: Path) -> int | None:
    """The pid of the live postmaster of `folder`, or None."""
    return _postmaster(folder.resolve() / "data")


def stop(folder: Path, timeout: float = 30.0) -> bool:
    """Stop the server of `folder`: fast, then at once. True when there was one to stop."""
    folder = folder.resolve()
    if not folder.is_dir():
        return False
    with cluster.locked(folder, time.monotonic() + timeout):
        pid = _postmaster(folder / "data")
        if pid is None:
            return False
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            if _gone(pid, time.monotonic() + timeout / 2):
                break
        if short := cluster.short_folder(folder / "data"):
            shutil.rmtree(short, ignore_errors=True)
        return True


def _postmaster(data: Path) -> int | None:
    """The pid in postmaster.pid if it is a live postmaster of `data`; None for a dead, zombie or reused pid.

    A child of ours that has not written the file yet counts as well: a start that ran out of time leaves one.
    """
    _collect()
    lines = cluster.pid_file(data)
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    if pid:
        processes.reap(pid)
    return next((one for one in (pid, *_children) if _serves(one, data)), None)


def _serves(pid: int, data: Path) -> bool:
    process = processes.seen(pid)
    return process is not None and "postgres" in process.command and str(data) in process.command


def _collect() -> None:
    """Let go of our children that have ended: their ids may be somebody else's soon."""
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]


def _adopted(folder: Path, deadline: float) -> int | None:
    """The pid of the running server once it answers; None when there is none, or it was just going down."""
    pid = _postmaster(folder / "data")
    if pid is None:
        return None
    try:
        _wait_ready(folder, pid, deadline)
    except ConfigError:
        if _gone(pid, min(deadline, time.monotonic() + 10)):
            return None
        raise
    return pid


def _launch(folder: Path, who: Account, programs_in: Path, settings: Mapping[str, str], deadline: float) -> int:
    """Start the postmaster, again while the last one's orphans hold its shared memory or the port was taken."""
    while True:
        port = ports.free_port(cluster.port(folder) or None)
        (folder / "port").write_text(f"{port}\n")
        sockets = cluster.socket_folder(folder / "data", who)
        _drop_stale_files(folder / "data", sockets)
        where = {"port": str(port), "unix_socket_directories": str(sockets)}
        pid = _spawn(folder, who, programs_in, {**settings, **where})
        try:
            _wait_ready(folder, pid, deadline)
            return pid
        except ConfigError as error:
            passing = ("pre-existing shared memory block", "could not bind", "already in use", "already exists")
            if time.monotonic() > deadline or not any(text in str(error) for text in passing):
                raise
            time.sleep(0.2)


def _drop_stale_files(data: Path, sockets: Path) -> None:
    # PostgreSQL takes a zombie or a reused pid of its own user for a running server and refuses to start, by each of
    # the two lock files. Orphaned backends are still noticed without them: the key of its shared memory comes from
    # the data folder's inode.
    for stale in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _spawn(folder: Path, who: Account, programs_in: Path, settings: Mapping[str, str]) -> int:
    data = folder / "data"
    words = {"listen_addresses": ports.LOOPBACK, **settings}
    options = [word for name, value in words.items() for word in ("-c", f"{name}={value}")]
    log = folder / "server.log"
    if log.exists() and log.stat().st_size > 10 * 1024 * 1024:
        log.replace(log.with_suffix(".log.1"))
    with open(log, "ab") as handle:
        child = who.start([programs_in / "postgres", "-D", data, *options], handle, {})
    _children[child.pid] = child
    return child.pid


def _wait_ready(folder: Path, pid: int, deadline: float) -> None:
    """Wait until the postmaster `pid` takes a connection with our password."""
    while time.monotonic() < deadline:
        child = _children.get(pid)
        if (child and child.poll() is not None) or processes.seen(pid) is None:
            raise ConfigError(f"PostgreSQL stopped while it started:\n{cluster.log_end(folder)}")
        lines = cluster.pid_file(folder / "data")
        if len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready":
            port = int(lines[3])
            if port != cluster.port(folder):
                (folder / "port").write_text(f"{port}\n")
            return _check_login(folder, port)
        time.sleep(0.02)
    raise ConfigError(f"PostgreSQL did not answer in time (it may still be recovering):\n{cluster.log_end(folder)}")


def _check_login(folder: Path, port: int) -> None:
    url = f"postgresql://{cluster.USER}:{cluster.password(folder)}@{ports.LOOPBACK}:{port}/postgres"
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise ConfigError(
            f"PostgreSQL runs on port {port} but does not take the password in {folder / 'password'}: {error}"
        ) from error


def _gone(pid: int, deadline: float) -> bool:
    while time.monotonic() < deadline:
        child = _children.get(pid)
        if child is not None and child.poll() is not None:
            del _children[pid]
            return True
        if child is None:
            processes.reap(pid)
            if processes.seen(pid) is None:
                return True
        time.sleep(0.02)
    return False
