"""The same job in the usual Python ways, on the same machine in the same run: who is how much faster.

    python -m bench.peers [--recipients 20000] [--peer-recipients 3000] [--workers 2] [--connections 20]

Ours; one Celery task per mail with smtplib; django-post-office with its own processes (in .cache/bench-post-office,
made by pip at first use). All send the same personal letter of 6 KB in two parts to the same smtp-sink, with the same
PostgreSQL and RabbitMQ, two processes each; all times run from launch to the last row that says "sent". Prints a
table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import launching, letters
from bench.bill import bill
from bench.instance import Instance, set_up
from bench.machine import ROOT, end, machine, source_rate, wait_for
from bench.outbound import WARM
from bench.outbound import measure as send_ours
from engine import db

POST_OFFICE = ("django>=5.2,<5.3", "django-post-office>=3.12,<4", "psycopg[binary]>=3.2,<4")
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Peer:
    """What one way of sending came to: mails a second, and microseconds of CPU of its own processes for each."""

    rate: float
    cpu_us: float
    mails: int


def ours(on: Instance, args: argparse.Namespace) -> Peer:
    """The product."""
    workspace_id = launching.seed(on.url, args.recipients)
    worker = on.worker(args.workers)
    send_ours(on, worker.pid, workspace_id, "letter", min(WARM, args.recipients))
    result = send_ours(on, worker.pid, workspace_id, "letter", args.recipients)
    on.stop(worker)
    if result.faults:
        raise SystemExit(f"our own books do not balance: {result.faults}")
    cost = result.cpu_us_per_message
    return Peer(result.end_to_end, cost["workers"] + cost["plan"], result.recipients)


def one_task(on: Instance, args: argparse.Namespace) -> Peer:
    """A Celery task per mail, to the contacts that ours wrote to."""
    os.environ.update(BENCH_BROKER=on.broker, BENCH_DATABASE=libpq(on.url), BENCH_RELAY=str(on.relay))
    from bench.one_task import app, send

    words = [sys.executable, "-m", "celery", "-A", "bench.one_task", "worker", "--loglevel", "INFO"]
    name = "one_task"
    process = on.machine.start(name, [*words, "--concurrency", str(args.workers), "--hostname", f"{name}@%h"])
    wait_for(lambda: " ready." in on.machine.log(name).read_text(errors="replace"), process, on.machine.log(name))
    with psycopg.connect(libpq(on.url), autocommit=True) as conn:
        conn.execute("CREATE TABLE one_task_mail (contact_id bigint PRIMARY KEY, sent_at timestamptz)")
        before, began = bill({name: process.pid}), time.perf_counter()
        found = conn.execute(
            "INSERT INTO one_task_mail SELECT id, NULL FROM contact ORDER BY id LIMIT %s RETURNING contact_id",
            [args.peer_recipients],
        ).fetchall()
        for (contact_id,) in found:
            send.delay(contact_id)
        while conn.execute("SELECT EXISTS (SELECT FROM one_task_mail WHERE sent_at IS NULL)").fetchone() == (True,):
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"one task per mail was not over after {PATIENCE:.0f} s")
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    spent = bill({name: process.pid}).since(before).groups
    app.close()
    end(process)
    return Peer(len(found) / seconds, (spent[name] + spent["bench"]) / len(found) * 1e6, len(found))


def post_office(on: Instance, args: argparse.Namespace) -> Peer:
    """django-post-office."""
    python = _environment(Path(os.environ.get("SIXPM_CACHE", ROOT / ".cache")) / "bench-post-office")
    db.bootstrap(on.url, "post_office")
    url = libpq(on.url).rpartition("/")[0] + "/post_office"
    lock = on.machine.folder / "post_office.lock"
    words = [python, "-m", "bench.post_office", url, str(on.relay), str(args.peer_recipients), str(lock)]
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, check=False, cwd=ROOT, timeout=PATIENCE + 60
    )
    if done.returncode:
        raise SystemExit(f"django-post-office failed:\n{done.stderr[-3000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said["sent"] != args.peer_recipients:
        raise SystemExit(f"django-post-office sent {said['sent']} of {args.peer_recipients}:\n{done.stderr[-3000:]}")
    return Peer(said["sent"] / said["seconds"], said["cpu_s"] / said["sent"] * 1e6, said["sent"])


def _environment(folder: Path) -> Path:
    """The interpreter of an environment with django-post-office, made when it is not there or is another one."""
    python, stamp = folder / "bin/python", folder / ".complete"
    if not stamp.exists() or stamp.read_text() != "\n".join(POST_OFFICE):
        print("installing django-post-office into a folder of its own …", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *POST_OFFICE]
        subprocess.run(list(map(str, install)), check=True)
        stamp.write_text("\n".join(POST_OFFICE))
    return python


def libpq(url: str) -> str:
    """A URL of SQLAlchemy as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def run(args: argparse.Namespace) -> tuple[dict[str, Peer], float]:
    """All of them, one after the other; and smtp-source."""
    letters.register()
    with machine() as private:
        on = set_up(private, connections=args.connections * args.workers)
        source = source_rate(on.relay, args.recipients)
        found = {"ours": ours(on, args), "one_task": one_task(on, args), "post_office": post_office(on, args)}
    return found, source


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=20_000, help="of ours")
    parser.add_argument("--peer-recipients", type=int, default=3_000, help="of the others, which are slower")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=20, help="of ours; the others decide for themselves")
    args = parser.parse_args()
    args.peer_recipients = min(args.peer_recipients, args.recipients)
    found, source = run(args)
    print(f"{'':14}{'mails':>10}{'mails/s':>12}{'CPU µs each':>14}{'ours is':>10}")
    ratios = {name: found["ours"].rate / peer.rate for name, peer in found.items()}
    for name, peer in found.items():
        print(f"{name:14}{peer.mails:>10,}{peer.rate:>12,.0f}{peer.cpu_us:>14,.0f}{ratios[name]:>9.1f}×")
    print(json.dumps({
        **{name: round(peer.rate, 1) for name, peer in found.items()},
        **{f"ratio_{name}": round(ratio, 2) for name, ratio in ratios.items() if name != "ours"},
        "cpu_us": {name: round(peer.cpu_us) for name, peer in found.items()},
        "smtp_source": round(source, 1), "load": os.getloadavg()[0],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
