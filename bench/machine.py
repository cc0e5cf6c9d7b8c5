"""The private machine of a benchmark: PostgreSQL with the durability of production, RabbitMQ, Postfix's sink.

Runs as root and as an ordinary user. Everything is stopped by id when the block ends, on Ctrl-C and TERM too; after a
kill -9 the guard of the tests does it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine import config, db
from sixpm.embedded import binaries, ports, postgres
from tests.fakes.guard import Guard
from tests.fakes.rabbit import Rabbit

ROOT = Path(__file__).resolve().parent.parent
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SIZED = {"shared_buffers": "256MB", "max_wal_size": "4GB"}  # a small server's, where the defaults are a laptop's
BACKLOG = 2000


def roomy() -> dict[str, str]:
    """The settings that docs/howto/operate.md advises for a million people on a machine of two cores and 4 GB.

    From PostgreSQL 18 on pages can be read by processes of their own, which take turns with those that count.
    """
    major = max(found for found, _ in binaries.clients("postgres"))
    return {**SIZED, "shared_buffers": "1GB", **({"io_method": "sync"} if major >= 18 else {})}


@dataclass
class Machine:
    """What runs in `folder`. `groups` names the first process of each kind, for the bill (bench.bill)."""

    folder: Path
    guard: Guard
    stack: ExitStack
    groups: dict[str, int] = field(default_factory=dict)

    def postgres(self, name: str = "bench") -> str:
        """The URL of a fresh database on a new PostgreSQL server."""
        server = postgres.start(self.folder / "postgres", settings={**DURABLE, **SIZED})
        self.stack.callback(postgres.stop, server.folder)
        self.guard.process(server.pid)
        self.groups["postgres"] = server.pid
        db.bootstrap(server.url("postgres"), name)
        return server.url(name)

    def rabbit(self) -> str:
        """The AMQP URL of a new RabbitMQ node."""
        node = Rabbit(self.folder / "rabbit", self.guard)
        self.stack.callback(node.stop)
        node.start()
        self.groups["rabbitmq"] = node.pid
        return node.url()

    def sink(self, name: str = "sink", keep: Path | None = None) -> int:
        """The port of a new smtp-sink; with `keep` it writes every mail into that folder."""
        port = ports.free_port()
        dump = ["-d", f"{keep}/mail."] if keep else []
        process = self.start(name, [tool("smtp-sink"), *dump, f"{ports.LOOPBACK}:{port}", str(BACKLOG)])
        wait_for(lambda: ports.answers(port), process, self.log(name))
        return port

    def start(
        self, name: str, words: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own; told to stop (TERM), then killed, at the end. Output goes to log."""
        with open(self.log(name), "ab") as log:
            process = subprocess.Popen(
                list(map(str, words)),
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=ROOT,
            )
        self.guard.process(process.pid)
        self.stack.callback(end, process)
        self.groups[name] = process.pid
        return process

    def log(self, name: str) -> Path:
        """Where a program's output goes."""
        return self.folder / f"{name}.log"


@contextmanager
def machine() -> Iterator[Machine]:
    """An empty machine in a folder of its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the blocks are left in order
    folder = Path(tempfile.mkdtemp(prefix="sixpm-bench-"))
    folder.chmod(0o711)  # root runs the database as somebody else
    guard = Guard()
    guard.folder(folder)
    try:
        with ExitStack() as stack:
            yield Machine(folder, guard, stack)
    finally:
        guard.done()
        shutil.rmtree(folder, ignore_errors=True)


def end(process: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    """TERM, wait, KILL."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, patience: float = 60.0) -> None:
    """Wait until `ready()` is true. Raises RuntimeError with the end of the log when the process ends or time is up."""
    deadline = time.monotonic() + patience
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def tool(name: str) -> Path:
    """smtp-sink or smtp-source, unpacked at first use."""
    done = subprocess.run([ROOT / "bench/tools/postfix-sink"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Postfix's tools could not be had:\n{done.stderr}")
    return next(Path(line) for line in done.stdout.splitlines() if Path(line).name == name)


def source_rate(port: int, messages: int, size: int = 6000, sessions: int = 20) -> float:
    """Messages a second of Postfix's own smtp-source into the sink at `port`."""
    words = [tool("smtp-source"), "-d", "-s", sessions, "-m", messages, "-l", size]
    ends = ["-f", "from@bench.example", "-t", "to@bench.example", f"{ports.LOOPBACK}:{port}"]
    began = time.perf_counter()
    subprocess.run([str(word) for word in (*words, *ends)], check=True, timeout=600)
    return messages / (time.perf_counter() - began)


def become(settings: Mapping[str, str]) -> None:
    """Make these the settings of this process and of what it starts."""
    os.environ.update(settings)
    config.settings.cache_clear()
