"""How sending grows with workers, against a relay 20 ms away; what happens when one joins and one leaves mid-run.

    python -m bench.scale [--workers 1,2,4,8] [--seconds 12] [--connections 5] [--trip 20]

Every worker is started by the command line and has one child. The relay allows so many connections for each worker,
shared by all of them. The run of each measurement is long enough for about so many seconds. With all workers, one more
run goes to a relay that allows few messages a second: that cap must hold whoever sends. Prints a table and, as its
last line, JSON; exits 1 when the books do not balance, a row is in doubt, a lease was kept or a cap was passed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from bench import bill, launching, letters
from bench.instance import Instance, set_up
from bench.launching import Launched
from bench.machine import machine
from bench.wire import far
from engine import db
from engine.outbound.pace import tokens

JOIN_AFTER = 3.0  # seconds into the run
CAP = 100  # messages a second of the run with a cap
SLACK = 1 + tokens.LATE  # a message may be late by a quarter of a second, and so fall into the next one
LONG = 30  # seconds more for the run in which one joins
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Change:
    """A worker joins and another leaves mid-run; seconds, and rows in doubt at the end of the run."""

    joined_s: float  # from consuming to holding a batch
    left_s: float  # from TERM to its end
    kept_leases: int  # what it still held then
    in_doubt: int
    faults: Sequence[str]


class Crew:
    """The workers of one measurement, each with one child."""

    def __init__(self, on: Instance) -> None:
        self.on = on
        self.workers: list[subprocess.Popen[bytes]] = []

    def grow(self, count: int) -> None:
        """Have so many."""
        while len(self.workers) < count:
            self.workers.append(self.on.worker(1, name=f"worker-{len(self.workers)}"))


def allow(on: Instance, workspace_id: int, connections: int, per_second: int | None = None) -> None:
    """Have the workspace's own relay allow so much, to all workers together."""
    engine = db.create_engine(on.url, size=1)
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO relay (workspace_id, host, port, tls, connections, per_second)"
                " VALUES (:w, '127.0.0.1', :port, 'none', :connections, :rate) ON CONFLICT (workspace_id, uses, rank)"
                " DO UPDATE SET connections = excluded.connections, per_second = excluded.per_second"
            ),
            {"w": workspace_id, "port": on.relay, "connections": connections, "rate": per_second},
        )
    engine.dispose()


def capped(on: Instance, workspace_id: int, people: int) -> tuple[int, list[str]]:
    """The most rows sent in any second of a run under a cap, and what is wrong: its books, or its rate on average."""
    launched = launching.start(on.url, workspace_id, "letter", people)
    launching.wait(on.url, launched, PATIENCE + people / CAP * 2)
    books = launching.check(on.url, launched)
    mean = people / len([n for n in books.by_second if n])
    wrong = [f"{mean:.0f} a second on average, with a cap of {CAP}"] if mean > CAP else []
    return max(books.by_second), [*books.faults, *wrong]


def rate(on: Instance, workspace_id: int, people: int) -> tuple[float, list[str]]:
    """Messages a second from launch to last row, and what does not balance."""
    launched = launching.start(on.url, workspace_id, "letter", people)
    seconds = launching.wait(on.url, launched, PATIENCE + people / 50)
    return people / seconds, list(launching.check(on.url, launched).faults)


def change(on: Instance, crew: Crew, workspace_id: int, people: int) -> Change:
    """Launch, let one join, tell the first to leave, wait for the end."""
    launched = launching.start(on.url, workspace_id, "letter", people)
    time.sleep(JOIN_AFTER)
    crew.grow(len(crew.workers) + 1)
    joined = _until_it_holds(on, crew.workers[-1], launched)
    leaver = crew.workers[0]
    pids, told = bill.family(leaver.pid), time.perf_counter()
    leaver.terminate()
    leaver.wait(PATIENCE)
    left, kept = time.perf_counter() - told, len(_held(on, pids))
    launching.wait(on.url, launched, PATIENCE + people / 50)
    books = launching.check(on.url, launched)
    return Change(round(joined, 2), round(left, 2), kept, books.states.get("in_doubt", 0), books.faults)


def _until_it_holds(on: Instance, worker: subprocess.Popen[bytes], launched: Launched) -> float:
    began = time.perf_counter()
    while not _held(on, bill.family(worker.pid)):
        if time.perf_counter() - began > PATIENCE:
            states = launching.check(on.url, launched).states
            raise SystemExit(f"The worker that joined held no batch within {PATIENCE:.0f} s; rows: {dict(states)}")
        time.sleep(0.05)
    return time.perf_counter() - began


def _held(on: Instance, pids: Sequence[int]) -> list[str]:
    """Owners of living leases among these processes; an owner is host:pid:…"""
    engine = db.create_engine(on.url, size=1)
    with engine.connect() as conn:
        owners = conn.execute(
            text("SELECT owner FROM batch WHERE owner IS NOT NULL AND lease_until > clock_timestamp()")
        ).scalars()
        found = [owner for owner in owners if int(owner.split(":")[1]) in pids]
    engine.dispose()
    return found


def run(args: argparse.Namespace) -> tuple[dict[int, float], Change, int, list[str]]:
    """Rates by number of workers, the change, the busiest second under the cap, and what does not balance."""
    letters.register()
    rates: dict[int, float] = {}
    faults: list[str] = []
    each = args.connections * 1000 / args.trip  # one round trip a mail and connection
    with machine() as private:
        relay = far(private, private.sink(), args.trip)
        on = set_up(private, connections=1, relay=relay)
        longest = int(each * (LONG + args.seconds) * max(args.workers))  # somebody has to start and join meanwhile
        workspace_id = launching.seed(on.url, longest)
        crew = Crew(on)
        for count in args.workers:
            crew.grow(count)
            allow(on, workspace_id, args.connections * count)
            rate(on, workspace_id, 400)  # the new ones, too, have sent before
            rates[count], wrong = rate(on, workspace_id, int(each * args.seconds * count))
            faults += wrong
            print(f"{count:>3} workers{rates[count]:>10,.0f} messages/s of {each * count:,.0f} possible", flush=True)
        found = change(on, crew, workspace_id, longest)
        allow(on, workspace_id, args.connections * max(args.workers), CAP)
        busiest, wrong = capped(on, workspace_id, int(CAP * args.seconds))
    return rates, found, busiest, [*faults, *found.faults, *wrong]


def main() -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=lambda words: [int(word) for word in words.split(",")], default=[1, 2, 4, 8])
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--connections", type=int, default=5, help="for each worker, shared by all")
    parser.add_argument("--trip", type=float, default=20, help="milliseconds there and back")
    args = parser.parse_args()
    rates, found, busiest, faults = run(args)
    first = min(rates)
    efficiency = {count: round(rate / count / (rates[first] / first), 2) for count, rate in rates.items()}
    print("of linear growth:", ", ".join(f"{count}: {share:.0%}" for count, share in efficiency.items()))
    print(f"the one that joined held a batch after {found.joined_s} s; the one told to stop was gone after "
          f"{found.left_s} s and kept {found.kept_leases} leases; {found.in_doubt} rows in doubt")  # fmt: skip
    print(f"with a cap of {CAP} messages a second: {busiest} in the busiest second")
    print("books:", "; ".join(faults) or "balanced")
    print(json.dumps({
        "rates": {count: round(rate, 1) for count, rate in rates.items()}, "efficiency": efficiency,
        "joined_s": found.joined_s, "left_s": found.left_s, "kept_leases": found.kept_leases,
        "in_doubt": found.in_doubt, "cap": CAP, "busiest_second": busiest, "faults": faults,
        "load": os.getloadavg()[0],
    }))  # fmt: skip
    return 1 if faults or found.in_doubt or found.kept_leases or busiest > CAP * SLACK else 0


if __name__ == "__main__":
    sys.exit(main())
