"""Our SMTP wire beside aiosmtplib and smtplib: one connection and 20, round trips of 0 to 80 ms.

    python -m bench.wire [--seconds 2.5] [--trips 0,1,5,20,80] [--connections 1,20]

Mails of 6 KB into Postfix's smtp-sink on this machine; the distance is a proxy of ours (bench.delay). Prints a table
and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass

from bench.clients import CLIENTS, Client
from bench.machine import Machine, machine, source_rate, wait_for
from sixpm.embedded import ports


@dataclass(frozen=True, slots=True)
class Cell:
    """One client over one distance: accepted mails a second, and microseconds of its CPU for each."""

    rate: float
    cpu_us: float
    mails: int


def measure(client: Client, port: int, connections: int, seconds: float) -> Cell:
    """Let `client` send; the first mail of each connection, with which it opens, does not count."""
    cpu = time.process_time()
    accepted = client(port, connections, seconds)
    cpu = time.process_time() - cpu
    counted = len(accepted) - connections
    if counted < 1:
        raise SystemExit(f"only {len(accepted)} mails were accepted in {seconds} s")
    rate = counted / (accepted[-1] - accepted[connections - 1])
    return Cell(rate, cpu / len(accepted) * 1e6, len(accepted))


def far(private: Machine, sink: int, milliseconds: float) -> int:
    """The port of a way to the sink that takes so long there and back."""
    if not milliseconds:
        return sink
    port, name = ports.free_port(), f"delay-{milliseconds:g}"
    process = private.start(name, [sys.executable, "-m", "bench.delay", str(port), str(sink), str(milliseconds)])
    wait_for(lambda: ports.answers(port), process, private.log(name))
    return port


def table(trips: list[float], connections: list[int], seconds: float) -> tuple[dict[str, Cell], list[float]]:
    """The cells by "client/connections/milliseconds", printed as they come; smtp-source before and after."""
    cells: dict[str, Cell] = {}
    print(f"{'round trip':>10}{'connections':>13}" + "".join(f"{name:>14}" for name in CLIENTS) + "   mails/s")
    with machine() as private:
        sink = private.sink()
        source = [source_rate(sink, 20_000)]
        for trip in trips:
            port = far(private, sink, trip)
            for count in connections:
                for name, client in CLIENTS.items():
                    cells[f"{name}/{count}/{trip:g}"] = measure(client, port, count, max(seconds, trip * 0.04))
                row = [cells[f"{name}/{count}/{trip:g}"] for name in CLIENTS]
                print(f"{trip:>7g} ms{count:>13}" + "".join(f"{cell.rate:>14,.0f}" for cell in row), flush=True)
        source.append(source_rate(sink, 20_000))
    return cells, source


def summary(cells: dict[str, Cell], source: list[float]) -> dict[str, float]:
    """The ratios that are promised, of those that were measured."""

    def ratio(peer: str, count: int, trip: int) -> float:
        mine, theirs = (cells.get(f"{name}/{count}/{trip}") for name in ("ours", peer))
        return round(mine.rate / theirs.rate, 2) if mine and theirs else 0.0

    return {
        "lockstep_20ms": ratio("smtplib", 1, 20),
        "aiosmtplib_20ms": ratio("aiosmtplib", 1, 20),
        "aiosmtplib_loopback_20": ratio("aiosmtplib", 20, 0),
        "smtplib_loopback_20": ratio("smtplib", 20, 0),
        "smtp_source": round(sum(source) / len(source), 1),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.5, help="for each client and distance")
    parser.add_argument("--trips", default="0,1,5,20,80", help="round trips in milliseconds")
    parser.add_argument("--connections", default="1,20")
    args = parser.parse_args()
    trips = [float(word) for word in args.trips.split(",")]
    cells, source = table(trips, [int(word) for word in args.connections.split(",")], args.seconds)
    found = summary(cells, source)
    print("CPU µs a mail on loopback: ", end="")
    print(", ".join(f"{key.removesuffix('/0')} {cell.cpu_us:.0f}" for key, cell in cells.items() if key.endswith("/0")))
    print(json.dumps({**found, "rates": {key: round(cell.rate, 1) for key, cell in cells.items()}}))


if __name__ == "__main__":
    main()
