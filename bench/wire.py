"""Our SMTP wire beside aiosmtplib and smtplib: one connection and 20, round trips of 0 to 80 ms.

    python -m bench.wire [--seconds 1] [--repeats 3] [--trips 0,1,5,20,80] [--connections 1,20] [--micro]

Mails of 6 KB into Postfix's smtp-sink on this machine; the distance is a proxy of ours (bench.delay). The clients take
turns, `repeats` times each, and medians count. --micro measures instead what a mail costs in our own code, in memory.
Prints a table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench import wire_memory
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


def in_turns(port: int, connections: int, seconds: float, repeats: int) -> dict[str, Cell]:
    """Every client's medians; they take turns, so that a busy machine slows all alike."""
    found: dict[str, list[Cell]] = {name: [] for name in CLIENTS}
    for _ in range(repeats):
        for name, client in CLIENTS.items():
            found[name].append(measure(client, port, connections, seconds))
    return {name: _middle(cells) for name, cells in found.items()}


def _middle(cells: Sequence[Cell]) -> Cell:
    rates, costs = [cell.rate for cell in cells], [cell.cpu_us for cell in cells]
    return Cell(median(rates), median(costs), sum(cell.mails for cell in cells))


def far(private: Machine, sink: int, milliseconds: float) -> int:
    """The port of a way to the sink that takes so long there and back."""
    if not milliseconds:
        return sink
    port, name = ports.free_port(), f"delay-{milliseconds:g}"
    process = private.start(name, [sys.executable, "-m", "bench.delay", str(port), str(sink), str(milliseconds)])
    wait_for(lambda: ports.answers(port), process, private.log(name))
    return port


def table(
    trips: list[float], connections: list[int], seconds: float, repeats: int
) -> tuple[dict[str, Cell], list[float]]:
    """The cells by "client/connections/milliseconds", printed as they come; smtp-source before and after."""
    cells: dict[str, Cell] = {}
    print(f"{'round trip':>10}{'connections':>13}" + "".join(f"{name:>14}" for name in CLIENTS) + "   mails/s")
    with machine() as private:
        sink = private.sink()
        source = [source_rate(sink, 20_000)]
        for trip in trips:
            port = far(private, sink, trip)
            for count in connections:
                row = in_turns(port, count, max(seconds, trip * 0.04), repeats)
                cells |= {f"{name}/{count}/{trip:g}": cell for name, cell in row.items()}
                rates = "".join(f"{cell.rate:>14,.0f}" for cell in row.values())
                print(f"{trip:>7g} ms{count:>13}{rates}", flush=True)
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


def micro() -> None:
    """What a mail costs in our own code, by DATA and by BDAT."""
    found = {"data": wire_memory.costs(chunked=False), "bdat": wire_memory.costs(chunked=True)}
    print(f"{'CPU µs a mail':14}" + "".join(f"{way:>8}" for way in found))
    for name in found["data"]:
        print(f"{name:14}" + "".join(f"{costs[name]:>8.2f}" for costs in found.values()))
    print(json.dumps(found))


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each turn")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each client at each distance")
    parser.add_argument("--trips", default="0,1,5,20,80", help="round trips in milliseconds")
    parser.add_argument("--connections", default="1,20")
    parser.add_argument("--micro", action="store_true", help="the cost of one mail in memory, by part")
    args = parser.parse_args()
    if args.micro:
        micro()
        return
    trips = [float(word) for word in args.trips.split(",")]
    connections = [int(word) for word in args.connections.split(",")]
    cells, source = table(trips, connections, args.seconds, args.repeats)
    found = summary(cells, source)
    print("CPU µs a mail on loopback: ", end="")
    print(", ".join(f"{key.removesuffix('/0')} {cell.cpu_us:.0f}" for key, cell in cells.items() if key.endswith("/0")))
    print(json.dumps({**found, "rates": {key: round(cell.rate, 1) for key, cell in cells.items()}}))


if __name__ == "__main__":
    main()
