"""How long every page takes on the server, and how many statements, with a year's rows of a hundred teams.

    python -m bench.web [--requests 20] [--only WORD] [--teams 100] [--people 5000] [--entries 500000]
                        [--deliveries 1000000] [--keep DIR | --reuse DIR] [--statements] [--serve]

The product's own application under gunicorn, as `sixpm web` starts it (one process, threads), on a private PostgreSQL
with the durability of production. Who asks is signed in as the role that may see the page. Milliseconds are those of
the server, from the request to the whole answer; of a download, to its first bytes. Prints a table and, as its last
line, JSON; exits 1 when a page takes more than 150 ms (p95) or more than 12 statements. `--keep` leaves the seeded
database in DIR, `--reuse` measures one that was kept, `--serve` opens it for a browser instead.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import facts
from bench.crowd import seed
from bench.crowd.size import Size
from bench.paths import STATEMENTS
from bench.visit import P95_MS, Figure, measure, start
from bench.year import SECRET, Year, year
from engine import db

TRIVIAL = "health.livez"


def main() -> None:
    """Seed or reuse, then measure or serve."""
    args = _arguments()
    if args.serve and not args.reuse:
        sys.exit("--serve opens a database that was kept: name it with --reuse.")
    size = Size(args.teams, args.people, args.entries, args.deliveries)
    with year(size, args.keep, args.reuse) as on:
        if args.serve:
            _serve(on)
            return
        if args.keep and not args.requests:
            print(json.dumps(seed.counts(on.url)))
            return
        found, select_ms = measure(on, args.requests, args.only)
        rows = seed.counts(on.url)
    show(found, select_ms)
    if args.statements:
        tell(found)
    print(json.dumps(_line(found, select_ms, rows)))
    sys.exit(any(figure.over for figure in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Size()
    for name in ("teams", "people", "entries", "deliveries"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--requests", type=int, default=20, help="of each page; with --keep 0 seeds and ends")
    parser.add_argument("--only", default="", help="pages whose name has this word")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--reuse", type=Path)
    parser.add_argument("--statements", action="store_true", help="tell each page's statements")
    parser.add_argument("--serve", action="store_true")
    return parser.parse_args()


def show(found: Sequence[Figure], select_ms: float) -> None:
    """A table, the slowest first, and what to compare with."""
    print(f"{'page':58}{'p50':>8}{'p95':>8}{'max':>8}{'sql':>8}{'whole':>9}{'stmts':>6}{'bytes':>10}")
    for f in found:
        mark = f" answered {f.status}" if f.status else " over" if f.over else ""
        print(f"{f.name[:57]:58}{f.p50:8.1f}{f.p95:8.1f}{f.longest:8.1f}{f.sql:8.1f}{f.whole:9.1f}{f.statements:6d}"
              f"{f.size:10,d}{mark}")  # fmt: skip
    over = sum(f.over for f in found)
    print(f"\n{len(found)} pages, {over} over {P95_MS:.0f} ms or {STATEMENTS} statements")
    print(f"yardsticks, p95: a trivial page {_trivial(found):.1f} ms, one indexed SELECT {select_ms:.1f} ms")


def tell(found: Sequence[Figure]) -> None:
    """The statements of each page, in their order, with the milliseconds of each."""
    for f in found:
        print(f"\n{f.name}", *(f"{ms:8.1f}  {said}" for ms, said in f.said), sep="\n")


def _trivial(found: Sequence[Figure]) -> float:
    return next((f.p95 for f in found if f.name == TRIVIAL), 0.0)


def _line(found: Sequence[Figure], select_ms: float, rows: dict[str, int]) -> dict[str, object]:
    slowest, busiest = max(found, key=lambda f: f.p95), max(found, key=lambda f: f.statements - f.allowed)
    return {
        "worst_page": slowest.name, "p95_ms": slowest.p95, "statements": busiest.statements,
        "most_statements": busiest.name, "pages": len(found), "over": [f.name for f in found if f.over],
        "wrong": {f.name: f.status for f in found if f.status},
        "trivial_ms": _trivial(found), "select_ms": select_ms, "server": "gunicorn gthread, 1 process",
        "rows": rows, "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def _serve(on: Year) -> None:
    engine = db.create_engine(on.url, size=1)
    with engine.begin() as conn:
        known = facts.find(conn, SECRET, db.now(conn))
    engine.dispose()
    base = start(on)
    print(f"{base}  password of everybody: {seed.PASSWORD}")
    print(f"owner {known['owner']}, manager {known['manager']}, member {known['member']}, of team {known['team_id']}")
    print(f"a link of the member's: {base}/me/{known['me']}\ndatabase: {on.url}\nCtrl-C ends it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    print()


if __name__ == "__main__":
    main()
