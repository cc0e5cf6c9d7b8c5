"""`sixpm run`: everything of an instance on this machine, started in order, kept up, and stopped in order.

PostgreSQL first, then the schema, then the processes all at once; the database stops last. The environment decides
what is brought along: a SIXPM_DATABASE_URL replaces the embedded PostgreSQL, a SIXPM_BROKER_URL the queues in it,
a SIXPM_RELAY_HOST the mail catcher.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from sqlalchemy.engine import make_url

from engine import config, db
from engine.config import Settings
from engine.errors import ConfigError
from sixpm.embedded import forked, ports, postgres
from sixpm.embedded import home as state
from sixpm.embedded.children import Child, Say, Service, stop_all
from sixpm.embedded.guard import Guard
from sixpm.embedded.services import QUEUES, services

DATABASE = "sixpm"
Plan = Callable[[Settings, dict[str, str]], Sequence[Service]]


class Supervisor:
    """One instance. `up` starts it, `watch` keeps it up until `stop` is asked for, `down` stops it."""

    def __init__(self, home: Path, say: Say, plan: Plan = services) -> None:
        self.home = home.resolve()
        self._say = say
        self._plan = plan
        self._children: list[Child] = []
        self._server: postgres.Server | None = None
        self._guard: Guard | None = None
        self._stop = threading.Event()

    def up(self, timeout: float = 60.0) -> Settings:
        """Start everything and wait until it answers. Raises ConfigError that says what does not, and why."""
        began = time.monotonic()
        (self.home / "run.env").unlink(missing_ok=True)  # what ran last time must not look like what was asked for
        wanted = config.load(home=self.home)
        self._say(f"sixpm in {self.home}")
        url = wanted.database_url or self._start_database()
        broker = wanted.broker_url or _queues_in(url)
        if not wanted.broker_url:
            db.install_queues(url, QUEUES)
            self._line("broker", "queues in the database (pgmq)", began)
        db.upgrade(url)
        self._line("schema", "migrated", began)
        settings = self._decide(wanted, url, broker)
        self._start_children(settings, timeout)
        if not self._stop.is_set():
            self._say(f"All up in {time.monotonic() - began:.1f} s. Open {settings.base_url}")
        return settings

    def watch(self) -> None:
        """Start again what dies, until `stop`."""
        while not self._stop.wait(0.2):
            for child in self._children:
                child.tend(self._say)
            if self._server and postgres.running(self._server.folder) is None:
                self._revive_database()

    def stop(self) -> None:
        """Ask `watch` to return. Safe in a signal handler and from other threads."""
        self._stop.set()

    def down(self) -> None:
        """Stop the processes, then the database."""
        began = time.monotonic()
        stop_all(self._children, self._say)
        self._children = []
        if self._server:
            postgres.stop(self._server.folder, timeout=10)
            if self._guard:
                self._guard.tell("gone", self._server.pid)
            self._say("database stopped")
            self._server = None
        if self._guard:
            self._guard.done()
            self._guard = None
        self._say(f"All stopped in {time.monotonic() - began:.1f} s.")

    def guard(self, lock: int) -> None:
        """Have everything stopped even when this process is killed. `lock`: the descriptor of the home's lock."""
        self._guard = Guard(lock)

    def _start_database(self) -> str:
        began = time.monotonic()
        self._server = server = postgres.start(self.home / "postgres")
        if self._guard:
            self._guard.tell("server", server.pid)
        db.bootstrap(server.url("postgres"), DATABASE)
        how = "found running" if server.adopted else "started"
        self._line("database", f"{ports.LOOPBACK}:{server.port}, {how}, data in {server.folder / 'data'}", began)
        return server.url(DATABASE)

    def _revive_database(self) -> None:
        assert self._server is not None
        self._say("database ended; starting it again")
        port = self._server.port
        try:
            self._start_database()
            if self._server.port != port:
                self._say("the database's port was taken meanwhile: stopping, start again")
                self.stop()
        except ConfigError as error:
            self._say(f"database: {error}")
            self._stop.wait(5)

    def _decide(self, wanted: Settings, url: str, broker: str) -> Settings:
        """Settle ports, secrets and mail, and write them to run.env."""
        values: dict[str, str | int | bool] = {"database_url": url, "broker_url": broker}
        values |= {name: self._port(wanted, name) for name in ("web_port", "smtpd_port")}
        values["secret_key"] = wanted.secret_key or state.secret(self.home, "secret.key")
        values["inbound_secret"] = wanted.inbound_secret or state.secret(self.home, "inbound.secret")
        if "base_url" not in wanted.model_fields_set:
            values["base_url"] = f"http://{ports.LOOPBACK}:{values['web_port']}"
        if not wanted.relay_host:
            port = self._port(wanted, "catcher_port")
            values |= {"catcher": True, "catcher_port": port}
            values |= {"relay_host": ports.LOOPBACK, "relay_port": port, "relay_tls": "none"}
        state.write_run_env(self.home, values)
        return config.load(home=self.home)

    def _port(self, wanted: Settings, name: str) -> int:
        port: int = getattr(wanted, name)
        if ports.is_free(port):
            return port
        if name in wanted.model_fields_set:
            raise ConfigError(f"SIXPM_{name.upper()}={port} is taken. Stop what listens there, or set another port.")
        free = ports.free_port()
        self._say(f"  {port} is taken: {name.replace('_', ' ')} is {free}")
        return free

    def _start_children(self, settings: Settings, timeout: float) -> None:
        env = {"SIXPM_HOME": str(self.home)}
        began = time.monotonic()
        self._children = [Child(service, self.home / "log", self._guard) for service in self._plan(settings, env)]
        if forked.possible() and any(child.service.forks for child in self._children):
            forked.prepare()
        for child in self._children:
            child.start()
        while waiting := [child for child in self._children if not self._shown(child, began)]:
            late = time.monotonic() > began + timeout
            for child in waiting:
                if late or not child.alive:
                    why = "is not ready in time" if child.alive else f"ended at once ({child.ended()})"
                    raise ConfigError(f"{child.service.name} {why}. The end of {child.log}:\n{child.last_lines()}")
            if self._stop.wait(0.05):
                return

    def _shown(self, child: Child, began: float) -> bool:
        if not child.shown and child.ready():
            child.shown = True
            self._line(child.service.name, child.service.where, began)
        return child.shown

    def _line(self, name: str, where: str, began: float) -> None:
        self._say(f"  {name:<15} up  {where}  ({time.monotonic() - began:.1f} s)")


@contextlib.contextmanager
def running(home: Path, say: Say, plan: Plan = services) -> Iterator[Settings]:
    """An instance that is up inside the block and is stopped after it. Raises ConfigError."""
    state.make(home.resolve())
    with state.alone(home.resolve()) as lock:
        supervisor = Supervisor(home, say, plan)
        supervisor.guard(lock)
        try:
            yield supervisor.up()
        finally:
            supervisor.down()


def run(home: Path, say: Say, plan: Plan = services) -> None:
    """Start everything, keep it up until Ctrl-C or TERM, and stop it. Raises ConfigError."""
    state.make(home.resolve())
    with state.alone(home.resolve()) as lock:
        supervisor = Supervisor(home, say, plan)
        supervisor.guard(lock)
        with _stopped_by_signals(supervisor, say):
            try:
                supervisor.up()
                supervisor.watch()
            finally:
                supervisor.down()


@contextlib.contextmanager
def _stopped_by_signals(supervisor: Supervisor, say: Say) -> Iterator[None]:
    def asked(number: int, _frame: FrameType | None) -> None:
        say(f"{signal.Signals(number).name}: stopping")
        supervisor.stop()

    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, asked) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _queues_in(url: str) -> str:
    """The kombu URL of the queues in the database `url`."""
    return make_url(url).set(drivername="pgmq", query={}).render_as_string(hide_password=False)


def stop(home: Path, patience: float = 20.0) -> bool:
    """Stop the instance of `home`, or the database a killed one left; True when there was something to stop."""
    pid = state.supervisor(home)
    if pid is None:
        return postgres.stop(home / "postgres")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while state.supervisor(home) == pid:
        if time.monotonic() > deadline:
            raise ConfigError(f"sixpm (process {pid}) did not stop within {patience:.0f} s.")
        time.sleep(0.05)
    return True
