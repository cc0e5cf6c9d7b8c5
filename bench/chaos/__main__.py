"""Break one thing after the other, on both pairs, and hold what became of every mail against the bars.

    python -m bench.chaos [f1 f6 ...] [--pair pgmq] [--short] [--rows N] [--out FILE]
    python -m bench.chaos --list
    python -m bench.chaos --table FILE...
    python -m bench.chaos soak [--minutes 60] [--rate 60] [--pair rabbitmq] [--out FILE]

Prints a line of JSON for each scenario, a table, and as its last line the sums as JSON. Exits 1 when a bar is broken.
--short plays with short leases and few mails, as the tests do. What is measured, and the bars: docs/chaos.md.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.chaos import brokers, clocks, database, matrix, rolling, storage, web, workers
from bench.chaos.pages import tables
from bench.chaos.play import play, say, show
from bench.chaos.rig import FULL, SHORT, rig
from bench.chaos.soak import soak
from bench.chaos.stage import SCENARIOS, in_order, scenario
from bench.machine import machine
from tests.stories.pairs import PAIRS

PARTS = (workers, web, brokers, database, storage, clocks, rolling, matrix)  # where scenarios are


SOAK = "soak"
SLOW = {"*": "late=0.1"}  # the relay of the soak, so that much is in flight at any moment
CONNECTIONS = 12  # of all workers to it


def add_soak(args: argparse.Namespace) -> None:
    """Make the soak a scenario, of one pair."""
    pair = args.pair or "rabbitmq"
    scenario(
        SOAK,
        f"{args.minutes:g} minutes with a random fault every minute",
        pairs=(pair,),
        script=SLOW,
        relay_connections=CONNECTIONS,
    )(partial(soak, minutes=args.minutes, rate=args.rate, say=partial(say, out=args.out)))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenarios; none: all of them")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--pair", choices=PAIRS)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--table", type=Path, nargs="+", metavar="FILE", help="print the tables of such files, and end")
    parser.add_argument("--minutes", type=float, default=60.0, help="of the soak")
    parser.add_argument("--rate", type=int, default=60, help="mails a second of the soak")
    parser.add_argument("--out", type=Path, help="JSON lines are added to this file too")
    args = parser.parse_args()
    if args.list:
        print("\n".join(f"{one.name:14}{one.title} ({', '.join(one.pairs)})" for one in in_order()))
        return 0
    if args.table:
        print(tables(args.table))
        return 0
    if args.names == [SOAK]:
        add_soak(args)
    if unknown := sorted(set(args.names) - set(SCENARIOS)):
        parser.error(f"no such scenario: {', '.join(unknown)}; --list shows them")
    scale = SHORT if args.short else FULL
    scale = replace(scale, rows=args.rows or scale.rows)
    with machine() as private, rig(private.folder, private.guard) as servers:
        found = [
            play(SCENARIOS[name], servers, pair, scale, args.out)
            for name in args.names or [one.name for one in in_order()]
            for pair in SCENARIOS[name].pairs
            if args.pair in (None, pair)
        ]
    return show(found, args.out)


if __name__ == "__main__":
    sys.exit(main())
