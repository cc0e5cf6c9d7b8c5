"""A seeded database on a private server: made for one run, made to be kept, or one that was kept.

DIR/postgres     the server's folder
DIR/made.json    its sizes, its secret key, and when it was seeded
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.crowd import seed
from bench.crowd.size import Size
from bench.machine import DURABLE, SIZED, Machine, become, machine
from engine import db
from engine.errors import ConfigError
from sixpm.embedded import ports, postgres
from sixpm.embedded.services import QUEUES

DATABASE = "bench"
SECRET = "a secret of the bench, good for nothing else"  # of seeded rows alone
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # while it is seeded


@dataclass(frozen=True, slots=True)
class Year:
    """The database, its sizes, and the machine on which to start what is measured."""

    url: str
    size: Size
    machine: Machine


@contextmanager
def year(size: Size, keep: Path | None = None, reuse: Path | None = None) -> Iterator[Year]:
    """A seeded database and the settings of this process; stopped at the end, and removed unless it is kept."""
    with machine() as private:
        folder = (reuse or keep or private.folder).resolve()
        if reuse:
            size = Size(**json.loads(_made(folder).read_text())["size"])
        else:
            _make(folder, size, private)
        server = _start(folder, private, {**DURABLE, **SIZED})
        become(_settings(server, private.folder / "home"))
        yield Year(server.url(DATABASE), size, private)


def _make(folder: Path, size: Size, private: Machine) -> None:
    if _made(folder).exists():
        raise ConfigError(f"{folder} is seeded already: use it with --reuse, or remove it.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # root runs the database as somebody else
    many = f"{size.people:,} people, {size.entries:,} entries, {size.deliveries:,} deliveries"
    print(f"seeding {size.teams} teams, {many}, and a neighbour with a tenth of that", file=sys.stderr)
    server = _start(folder, private, {**_QUICK, **SIZED})
    db.bootstrap(server.url("postgres"), DATABASE)
    db.upgrade(server.url(DATABASE))
    db.install_queues(server.url(DATABASE), QUEUES)
    now = seed.seed(server.url(DATABASE), size, SECRET)
    postgres.stop(server.folder)
    _made(folder).write_text(json.dumps({"size": asdict(size), "secret": SECRET, "now": now.isoformat()}))


def _start(folder: Path, private: Machine, settings: dict[str, str]) -> postgres.Server:
    server = postgres.start(folder / "postgres", settings=settings)
    private.stack.callback(postgres.stop, server.folder)
    private.guard.process(server.pid)
    return server


def _made(folder: Path) -> Path:
    return folder / "made.json"


def _settings(server: postgres.Server, home: Path) -> dict[str, str]:
    """A web process's own; mail is not caught, so that the pages are those of production."""
    port = ports.free_port()
    home.mkdir(exist_ok=True)
    return {
        "SIXPM_HOME": str(home), "SIXPM_ENV": "local", "SIXPM_CATCHER": "false", "SIXPM_SECRET_KEY": SECRET,
        "SIXPM_DATABASE_URL": server.url(DATABASE), "SIXPM_BROKER_URL": server.pgmq_url(DATABASE),
        "SIXPM_RELAY_HOST": ports.LOOPBACK, "SIXPM_RELAY_PORT": "25", "SIXPM_RELAY_TLS": "none",
        "SIXPM_MAIL_FROM": "Bench <news@bench.example>", "SIXPM_REPLY_DOMAIN": "reply.bench.example",
        "SIXPM_WEB_PORT": str(port), "SIXPM_BASE_URL": f"http://{ports.LOOPBACK}:{port}",
    }  # fmt: skip
