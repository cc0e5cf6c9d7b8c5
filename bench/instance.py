"""An instance of the product on a benchmark's machine: its settings, its workers, its scheduler."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import bill
from bench.machine import Machine, become, end, wait_for
from engine import db
from sixpm.embedded import ports

DOMAIN = "bench.example"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance; `relay` is the port mail goes to, `notes` the folder in which workers name their threads."""

    machine: Machine
    url: str
    broker: str
    relay: int
    notes: Path

    def worker(self, children: int, flags: Sequence[str] = (), name: str = "workers") -> subprocess.Popen[bytes]:
        """Start a worker by its command line and wait until it consumes."""
        log = self.machine.log(name)
        before = _ready(log)
        words = [sys.executable, "-m", "bench.worker", "--name", name, "--concurrency", str(children)]
        process = self.machine.start(name, [*words, "--notes", str(self.notes), *flags])
        wait_for(lambda: _ready(log) > before, process, log)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a worker in order and forget what it noted."""
        end(process)
        for path in self.notes.glob("*.json"):
            path.unlink()

    def peak_mb(self, root: int) -> float:
        """The largest peak of memory among a worker's children, or its own where it has none."""
        return bill.peak_mb(bill.family(root)[1:] or [root])


def set_up(machine: Machine, *, connections: int, dkim: bool = False, relay: int | None = None) -> Instance:
    """Servers, schema, settings (those of this process too) and a scheduler."""
    url, broker = machine.postgres(), machine.rabbit()
    notes = machine.folder / "notes"
    notes.mkdir()
    relay = relay or machine.sink()
    db.upgrade(url)
    become({
        "SIXPM_HOME": str(machine.folder / "home"),
        "SIXPM_ENV": "production",
        "SIXPM_DATABASE_URL": url,
        "SIXPM_BROKER_URL": broker,
        "SIXPM_SECRET_KEY": secrets.token_urlsafe(32),
        "SIXPM_RELAY_HOST": ports.LOOPBACK,
        "SIXPM_RELAY_PORT": str(relay),
        "SIXPM_RELAY_TLS": "none",
        "SIXPM_RELAY_CONNECTIONS": str(connections),
        "SIXPM_MAIL_FROM": f"Bench <news@{DOMAIN}>",
        "SIXPM_REPLY_DOMAIN": f"reply.{DOMAIN}",
        "SIXPM_BASE_URL": f"https://{DOMAIN}",
        **(_dkim(machine.folder) if dkim else {}),
    })  # fmt: skip
    machine.start("scheduler", [sys.executable, "-m", "sixpm", "scheduler"])
    return Instance(machine, url, broker, relay, notes)


def _dkim(folder: Path) -> dict[str, str]:
    key = generate_private_key(65537, 2048)
    path = folder / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    return {"SIXPM_DKIM_DOMAIN": DOMAIN, "SIXPM_DKIM_KEYS": f"bench={path}"}


def _ready(log: Path) -> int:
    return log.read_text(errors="replace").count("worker ready") if log.exists() else 0
