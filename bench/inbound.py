"""Mail that comes in: how long reading takes, how many a second become entries, and a burst under kill -9.

    python -m bench.inbound [--mails 3000] [--burst 10000] [--sessions 250] [--children 2] [--kills 6] [--only PART]

reading: median and p99 of a mail beside mail-parser-reply, email-reply-parser and quotequail on the same texts (in
.cache/bench-reply-parsers, made by pip at first use). way: SMTP in to entry committed and fan-out planned, beside
smtp-sink taking the same mails from the same sender. burst: 10,000 mails over 250 connections at once, while workers,
parse processes and the listener are killed; every mail with a 250 must be one answer. PostgreSQL and RabbitMQ are
real and private. Prints tables and, as its last line, JSON; exits 1 when the books do not balance.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import secrets
import signal
import sys
import threading
import time
from typing import Any

from sqlalchemy import Engine

from bench import arriving, bill, reading
from bench.arriving import House
from bench.machine import Machine, become, machine
from bench.postman import post
from engine import db
from sixpm.embedded import ports

PARTS = ("reading", "way", "burst")
WARM = 200


def read_mails() -> dict[str, Any]:
    """The table of parsers."""
    found = reading.cases()
    rows = reading.results(found)
    known = sum(case.expected is not None for case in found)
    print(f"\nreading {len(found)} mails, milliseconds each (fastest of 5); exact of {known}\n")
    print(f"{'':22}{'median':>9}{'p99':>9}{'slowest':>9}{'exact':>8}{'raised':>8}")
    for row in rows:
        print(
            f"{row['name']:22}{row['median_ms']:9.3f}{row['p99_ms']:9.3f}{row['max_ms']:9.3f}{row['exact']:8}{row['raised']:8}"
        )
    return {"mails": len(found), **{row.pop("name"): row for row in rows}}


def go_the_way(house: House, of: arriving.Evening, args: argparse.Namespace) -> dict[str, Any]:
    """Mails a second, beside the sender's own limit."""
    arriving.way(house, of, 1, WARM, 20)
    sink = house.machine.sink()
    limit = post(sink, arriving.letters(of, 1, args.mails), 20).rate
    found = arriving.way(house, of, WARM + 1, WARM + args.mails, 20)
    print(f"\n{found.mails} answers by SMTP over 20 connections\n")
    print(f"{'smtp-sink takes, a second':44}{limit:10.1f}")
    print(f"{'the listener takes (committed), a second':44}{found.accepted_per_s:10.1f}")
    print(f"{'entries committed and posts planned, a second':44}{found.end_to_end_per_s:10.1f}")
    print("CPU µs a mail: " + ", ".join(f"{name} {value:.0f}" for name, value in found.cpu_us_per_mail.items()))
    return {**arriving.as_dict(found), "sink_per_s": round(limit, 1)}


def burst(house: House, of: arriving.Evening, args: argparse.Namespace) -> dict[str, Any]:
    """All at once, while what receives is killed."""
    first = WARM + args.mails + 1
    last, before = first + args.burst - 1, house.settled()[1]
    mails = arriving.letters(of, first, last)
    stop = threading.Event()
    killed: list[str] = []
    killer = threading.Thread(target=_kill, args=(house, args.kills, stop, killed))
    began = time.monotonic()
    killer.start()
    posted = post(house.port, mails, args.sessions)
    accepted = time.monotonic() - began
    killer.join()
    house.up()
    arriving.drain(house, before + len(mails))
    seconds = time.monotonic() - began
    stop.set()
    faults = arriving.books(house.engine, of, first, last, posted)
    said = ", ".join(killed) or "nobody"
    print(f"\na burst of {args.burst} over {args.sessions} connections, killed meanwhile: {said}\n")
    print(f"{'accepted, a second':44}{posted.rate:10.1f}")
    print(f"{'all of them, seconds':44}{accepted:10.1f}")
    print(f"{'drained, seconds from the first':44}{seconds:10.1f}")
    print(f"{'posted again (no answer was heard)':44}{posted.again:10}")
    return {
        "mails": args.burst, "accepted_per_s": round(posted.rate, 1), "accepted_s": round(accepted, 1),
        "drained_s": round(seconds, 1), "again": posted.again, "slowest_reply_s": round(posted.slowest, 2),
        "killed": killed, "faults": faults,
    }  # fmt: skip


def _kill(house: House, kills: int, stop: threading.Event, killed: list[str]) -> None:
    """kill -9, every few seconds: a worker with its children, a parse process, the listener; each is started again."""
    for kind in itertools.islice(itertools.cycle(("parser", "worker", "listener")), kills):
        if stop.wait(3.0):
            return
        assert house.worker is not None
        assert house.listener is not None
        if kind == "listener":
            house.listener.kill()
            house.listener.wait()
        elif kind == "worker":
            os.killpg(house.worker.pid, signal.SIGKILL)
            house.worker.wait()
        else:
            children = [pid for pid in bill.family(house.worker.pid) if _parses(pid)]
            for pid in children[:1]:
                os.kill(pid, signal.SIGKILL)
        killed.append(kind)
        house.up()


def _parses(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return b"engine.inbound.parse" in words.read()
    except OSError:
        return False


def set_up(on: Machine, args: argparse.Namespace) -> tuple[House, arriving.Evening, Engine]:
    """Servers, settings, a seeded evening, a scheduler, a listener and a worker."""
    url, broker, secret, port = on.postgres(), on.rabbit(), secrets.token_urlsafe(32), ports.free_port()
    db.upgrade(url)
    become({
        "SIXPM_HOME": str(on.folder / "home"), "SIXPM_ENV": "production", "SIXPM_DATABASE_URL": url,
        "SIXPM_BROKER_URL": broker, "SIXPM_SECRET_KEY": secret, "SIXPM_REPLY_DOMAIN": arriving.DOMAIN,
        "SIXPM_MAIL_FROM": "Bench <checkin@bench.example>", "SIXPM_BASE_URL": "https://bench.example",
        "SIXPM_RELAY_HOST": ports.LOOPBACK, "SIXPM_RELAY_PORT": "1", "SIXPM_RELAY_TLS": "none",
        "SIXPM_SMTPD_PORT": str(port), "SIXPM_SMTPD_HOST": ports.LOOPBACK,
    })  # fmt: skip
    engine = db.create_engine(url, app="bench")
    evening = arriving.seed(engine, WARM + args.mails + args.burst, secret)
    on.start("scheduler", [sys.executable, "-m", "sixpm", "scheduler"])
    house = House(on, engine, port, args.children)
    house.up()
    return house, evening, engine


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--burst", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=250)
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--only", choices=PARTS)
    args = parser.parse_args()
    results: dict[str, Any] = {}
    if args.only in (None, "reading"):
        results["reading"] = read_mails()
    if args.only != "reading":
        with machine() as on:
            house, evening, engine = set_up(on, args)
            if args.only in (None, "way"):
                results["way"] = go_the_way(house, evening, args)
            if args.only in (None, "burst"):
                results["burst"] = burst(house, evening, args)
            engine.dispose()
    faults = [fault for part in results.values() for fault in part.get("faults", ())]
    for fault in faults:
        print(f"FAULT {fault}")
    print(json.dumps({"bench": "inbound", **results, "load": round(os.getloadavg()[0], 1)}))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
