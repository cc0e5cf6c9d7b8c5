"""A whole instance of the product as real processes, on one pair of database and broker, and what a story does to it.

Each pair has one instance for all stories; a story works in a workspace of its own, and `tidy` brings back whatever it
stopped. Times that a person would have to wait for are short: leases of 8 s, a sweep twice a second.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count as counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from engine import config, db
from engine.config import Settings
from engine.outbound.plan import Planned, Recipient, plan
from engine.people import notices
from engine.tokens import Keys
from sixpm.embedded import ports, postgres
from sixpm.embedded.services import worker_argv
from tests import factories
from tests.fakes.guard import Guard
from tests.fakes.rabbit import Rabbit
from tests.fakes.smtp_sink import SinkProcess
from tests.stories import counting
from tests.stories.counting import Count, SinkLog
from tests.stories.parts import ROOT, Part, wait_for

SECRET = "a secret of the stories, more than 32 bytes long"
INBOUND = "bearer of the stories"
REPLIES = "reply.stories.test"
LEASE = 8.0
SLOTS = 2  # connections of one worker child
LIVES = counter(1)
PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0"  # for a transaction that a story leaves open
PUBLISH = """
import json, sys, time
from engine.tasks.app import celery_app
with celery_app.connection_for_write() as line:
    line.ensure_connection(max_retries=5)
    for _ in range(int(sys.argv[2])):
        for message in json.loads(sys.argv[1]):
            celery_app.send_task(**message, connection=line)
        time.sleep(float(sys.argv[3]))
"""
PURGE = "from engine.tasks.app import celery_app; celery_app.control.purge()"
Message = tuple[str, str, list[Any], dict[str, Any]]  # task, queue, args, kwargs


@dataclass
class Durable:
    """A PostgreSQL server that keeps what it said it kept, and that a story may stop."""

    folder: Path
    guard: Guard
    settings: Mapping[str, str] = field(default_factory=dict)
    server: postgres.Server = field(init=False)

    def start(self) -> None:
        """Start it, or start it again at the same port."""
        before = getattr(self, "server", None)
        self.server = postgres.start(self.folder, settings=self.settings, sync=True)
        self.guard.process(self.server.pid)
        assert before is None or before.port == self.server.port, "its port was taken meanwhile"

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, every session cut; the next start recovers from the WAL."""
        os.kill(self.server.pid, signal.SIGQUIT)
        wait_for("PostgreSQL stops", lambda: postgres.running(self.folder) is None, 20)


@dataclass
class Instance:
    """One instance. `parts` are its processes by name.

    `overrides` are settings other than the stories' own; `more` is the environment of one part beside everybody's;
    `trees` is where a part's code is, where it is not this release's.
    """

    pair: str
    base: Path
    guard: Guard
    durable: Durable
    database: str
    sink: SinkProcess
    broker_url: str
    rabbit: Rabbit | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    more: dict[str, dict[str, str]] = field(default_factory=dict)
    trees: dict[str, Path] = field(default_factory=dict)
    sunk: SinkLog = field(init=False)
    engine: Engine = field(init=False)
    settings: Settings = field(init=False)
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.engine = db.create_engine(self.durable.server.url(self.database), app="story")
        values = self._values()
        # As in production all of it comes from the environment; no run.env is read or written.
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("SIXPM_", "PYTHON"))}
        self.env = {**outside, **{f"SIXPM_{name.upper()}": str(value) for name, value in values.items()}}
        self.env["PYTHONPYCACHEPREFIX"] = str(self.base.parent / "pyc")  # a worker is up in 2 s then, else in 4
        self.settings = config.load(**values)
        self.sunk = SinkLog(self.sink.log, self.keys)

    def _values(self) -> dict[str, Any]:
        web = ports.free_port()
        return {
            "home": self.base, "env": "production", "secret_key": SECRET, "inbound_secret": INBOUND,
            "database_url": self.durable.server.url(self.database), "broker_url": self.broker_url,
            "relay_host": ports.LOOPBACK, "relay_port": self.sink.port, "relay_tls": "none",
            "relay_connections": SLOTS, "worker_processes": 2, "reply_domain": REPLIES,
            "mail_from": "sixpm <checkin@stories.test>", "web_port": web, "base_url": f"http://{ports.LOOPBACK}:{web}",
            "smtpd_port": ports.free_port(), "catcher_port": ports.free_port(), "hooks_private": True,
            "lease_seconds": LEASE, "sweep_seconds": 0.5, "tick_seconds": 0.5,
            **self.overrides,
        }  # fmt: skip

    @property
    def keys(self) -> Keys:
        """The instance's token keys."""
        return Keys.of(SECRET)

    # -- processes

    def up(self, *names: str) -> list[Part]:
        """Start those of the parts that do not run, and wait for all of them."""
        for name in names:
            if name not in self.parts or not self.parts[name].alive:
                self.parts[name] = self._start(name)
        found = [self.parts[name] for name in names]
        for part in found:
            wait_for(f"{part.name} is up", part.up, 60, lambda part=part: part.said()[-3000:])  # type: ignore[misc]
        return found

    def one(self, name: str) -> Part:
        """One part, started if need be."""
        return self.up(name)[0]

    def _start(self, name: str) -> Part:
        role = name.rstrip("0123456789")
        queues = {"sender": "send,bulk", "inbound": "inbound,upkeep"}
        port = {"web": "web_port", "smtpd": "smtpd_port", "catcher": "catcher_port"}.get(role)
        if role in queues:
            argv = worker_argv(queues[role], 2, f"{name}-{os.getpid()}-{next(LIVES)}")
            words = "worker ready"
        else:
            argv, words = [sys.executable, "-m", "sixpm", role], "" if port else "scheduler up"
        where = getattr(self.settings, port) if port else 0
        env = {**self.env, **self.more.get(name, {})}
        tree = self.trees.get(name, ROOT)
        return Part(name, argv, env, self.base / "log", self.guard, words=words, port=where, tree=tree)

    def publish(self, messages: Sequence[Message], times: int = 1, pause: float = 0.0) -> None:
        """Put tasks' messages on the broker as some process of any version might have, with a pause after each time."""
        names = ("name", "queue", "args", "kwargs")
        packed = json.dumps([dict(zip(names, message, strict=True)) for message in messages])
        self.speak(PUBLISH, packed, str(times), str(pause))

    def purge(self) -> None:
        """Throw away every message on the broker."""
        self.speak(PURGE)

    def speak(self, program: str, *words: str, tree: Path = ROOT) -> str:
        """What a program says that runs with the instance's settings and the code in `tree`."""
        argv = [sys.executable, "-c", program, *words]
        done = subprocess.run(argv, env=self.env, cwd=tree, check=True, timeout=60, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def holder(self, run_id: int) -> int:
        """The process that leases a batch of the run; 0 while nobody does."""
        found = self.values("SELECT owner FROM batch WHERE run_id = :run AND owner IS NOT NULL", run=run_id)
        return int(found[0].split(":")[1]) if found else 0

    def victim(self, run: Planned) -> int:
        """The worker child that sends the run at this moment; never 0, which as a target means our own group."""
        found = self.holder(run.run_id)
        assert found > 0, "nobody sends it any more"
        return found

    def tidy(self) -> None:
        """Bring back what a story stopped: nothing frozen, the database, the broker and the clock as they were."""
        if postgres.running(self.durable.folder) is None:
            self.durable.start()
        if self.rabbit is not None and not ports.answers(self.rabbit.port):
            self.rabbit.restart()
        for name, part in list(self.parts.items()):
            part.thaw()
            if not part.alive or name[-1].isdigit():
                part.kill()
                del self.parts[name]
        with self.engine.begin() as conn:
            db.shift_clock(conn, timedelta(0))

    def down(self) -> None:
        """Stop all processes, in no more than a few seconds."""
        living = [part for part in self.parts.values() if part.alive]
        for part in living:
            part.thaw()
            part.process.terminate()
        deadline = time.monotonic() + 3.0
        while any(part.alive for part in living) and time.monotonic() < deadline:
            time.sleep(0.05)
        for part in self.parts.values():
            part.kill()
        self.engine.dispose()

    # -- rows

    def plan(
        self, size: int, *, kind: str = "notice", policy: str = "hold", workspace_id: int = 0,
        local: Callable[[int], str] = "p{}".format, useful: timedelta = timedelta(hours=9),
    ) -> Planned:  # fmt: skip
        """Plan a run of `size` mails to as many addresses, in a workspace of its own, with this policy for doubts.

        `local` gives the local part of the n-th address, from 1.
        """
        with self.engine.begin() as conn:
            now = db.now(conn)
            workspace_id = workspace_id or factories.workspace(conn).id
            contact_id, _ = factories.contact(conn, workspace_id, "Ada")
            about = notices.write(conn, workspace_id, contact_id, "notice_test", {}, now)
            to = [f"{local(n)}@w{workspace_id}.test" for n in range(1, size + 1)]
            rows = [Recipient(n, about, address, now + useful) for n, address in enumerate(to, 1)]
            planned = plan(conn, workspace_id, kind, rows, now)
            assert planned is not None
            conn.execute(
                text("UPDATE run SET doubt_policy = :policy WHERE id = :run"),
                {"policy": policy, "run": planned.run_id},
            )
        return planned

    def values(self, statement: str, **names: Any) -> list[Any]:
        """The first column of what a statement answers."""
        with self.engine.begin() as conn:
            return list(conn.execute(text(statement), names).scalars())

    def value(self, statement: str, **names: Any) -> Any:
        """The only value a statement answers."""
        [found] = self.values(statement, **names)
        return found

    def do(self, statement: str, **names: Any) -> None:
        """Run a statement and commit."""
        with self.engine.begin() as conn:
            conn.execute(text(statement), names)

    def now(self) -> datetime:
        """Business time."""
        with self.engine.begin() as conn:
            return db.now(conn)

    def shift(self, by: timedelta) -> None:
        """Set business time so far ahead of real time."""
        with self.engine.begin() as conn:
            db.shift_clock(conn, by)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody can write to a table inside the block; its rows can still be read and locked."""
        with self.engine.connect() as conn:
            conn.execute(text(PATIENT))
            conn.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
            yield
            conn.rollback()

    # -- waiting and counting

    def wait(self, what: str, fact: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until `fact()`; the failure shows the ends of the logs."""
        wait_for(what, fact, seconds, self.logs)

    def logs(self) -> str:
        """The end of each part's log."""
        return "\n".join(f"--- {name}\n{part.said()[-1500:]}" for name, part in self.parts.items())

    def left(self, *runs: Planned) -> int:
        """How many mails of the runs are in the sink."""
        found = self.sunk.look().runs
        return sum(found[run.run_id] for run in runs)

    def mid(self, *runs: Planned, at_least: int = 20) -> None:
        """Wait until the runs are well under way."""
        self.wait(f"{at_least} mails have left", lambda: self.left(*runs) >= at_least, 40)
        self.assert_balanced()
        assert self.left(*runs) < sum(run.size for run in runs), "too late: all of them have left"

    def finish(self, *runs: Planned, seconds: float = 90.0, state: str = "done") -> None:
        """Wait until the runs are over, without anybody's help, and their leases are given back."""
        ids = [run.run_id for run in runs]
        open_ = "SELECT count(*) FROM run WHERE id = ANY(:runs) AND state <> :state"
        self.wait(f"runs {ids} are {state}", lambda: self.value(open_, runs=ids, state=state) == 0, seconds)
        held = "SELECT count(*) FROM batch WHERE run_id = ANY(:runs) AND owner IS NOT NULL"
        self.wait("leases are released", lambda: self.value(held, runs=ids) == 0, 20)
        self.assert_balanced()

    def assert_balanced(self) -> None:
        """Every run's numbers add up to its recipients at this instant."""
        counting.assert_balanced(self.engine)

    def workspace_of(self, run: Planned) -> int:
        """Whose run it is."""
        return int(self.value("SELECT workspace_id FROM run WHERE id = :run", run=run.run_id))

    def age_doubts(self, run: Planned) -> None:
        """Let the run's doubts be a quarter of an hour old, before which none is sent again (H15)."""
        self.do(
            "UPDATE delivery_event SET written_at = written_at - interval '15 minutes'"
            " WHERE run_id = :run AND trigger = 'doubt'",
            run=run.run_id,
        )

    def count(self, *runs: Planned) -> Count:
        """The figures of the runs."""
        return counting.count(self.engine, self.sink.log, self.keys, [run.run_id for run in runs])
