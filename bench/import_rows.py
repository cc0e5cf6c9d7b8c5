"""Rows a second of an import of people, from the uploaded file to committed contacts, and what memory it takes.

    python -m bench.import_rows [--rows 1000000] [--dry]

One worker process does slices as the task does, on a durable PostgreSQL of its own, everything on this machine. A file
of five columns: address, name, city, age, tags. `--dry` tries the file first. Then the same file once more, when all
are there and nothing changes. Prints a table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import time
from collections.abc import Iterator
from typing import Any

from bench.machine import machine
from engine import db
from engine.people import workspaces
from engine.people.imports import deciding, file, imports
from engine.people.imports.options import Options
from engine.people.imports.queries import jobs
from engine.people.principal import Principal, of_session

SECRET = "a secret key of a benchmark"
CITIES = ("Köln", "Bonn", "Kathmandu", "New York", "Lagos", "Lima", "Osaka")
DOMAINS = tuple(f"example{n}.org" for n in range(500))


class Table(io.RawIOBase):
    """The file, made while it is read."""

    def __init__(self, rows: int) -> None:
        self._lines = self._made(rows)
        self._left = b""

    def _made(self, rows: int) -> Iterator[bytes]:
        yield b"email,name,city,age,tags\n"
        for start in range(0, rows, 1000):
            yield "".join(
                f"p{n}@{DOMAINS[n % 500]},Person {n},{CITIES[n % 7]},{n % 90},t{n % 20}\n"
                for n in range(start, min(start + 1000, rows))
            ).encode()

    def read(self, size: int = -1, /) -> bytes:
        while len(self._left) < size and (more := next(self._lines, None)) is not None:
            self._left += more
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def peak_mb() -> float:
    """The largest memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(pool: db.Pool, who: Principal, ident: int, act: Any) -> tuple[float, list[float]]:
    """Seconds of all slices after `act`, and of each."""
    with pool.begin() as conn:
        act(conn, who, ident, db.now(conn))
    began, each = time.perf_counter(), []
    more = True
    while more:
        start = time.perf_counter()
        with pool.begin() as conn:
            more = imports.go_on(conn, ident, db.now(conn), SECRET)
        each.append(time.perf_counter() - start)
    return time.perf_counter() - began, each


def uploaded(pool: db.Pool, who: Principal, rows: int) -> int:
    """An import whose columns are as guessed."""
    with pool.begin() as conn:
        now = db.now(conn)
        ident = file.take_in(conn, who, "people.csv", Table(rows).read, now)
        job = deciding.get(conn, who, ident)
        deciding.say(conn, who, ident, file.guess(job, jobs.attributes(conn, who.workspace_id)), Options(), now)
    return ident


def measured(rows: int, dry: bool) -> Iterator[dict[str, Any]]:
    """Figures of each step: rows a second, the slowest slice in ms, peak MB of the process so far."""
    with machine() as here:
        url = here.postgres()
        db.upgrade(url)
        pool = db.create_engine(url, prepares=False)
        with pool.begin() as conn:
            who = of_session(workspaces.make(conn, "Bench"), 1, 1, "admin")
        began = time.perf_counter()
        ident = uploaded(pool, who, rows)
        yield figures("upload", rows, time.perf_counter() - began, [])
        if dry:
            yield figures("dry run", rows, *timed(pool, who, ident, deciding.check))
        yield figures("import, all new", rows, *timed(pool, who, ident, deciding.start))
        again = uploaded(pool, who, rows)
        yield figures("import, all there", rows, *timed(pool, who, again, deciding.start))
        with pool.begin() as conn:
            assert deciding.get(conn, who, ident).made == rows
            assert deciding.get(conn, who, again).same == rows
        pool.dispose()


def figures(step: str, rows: int, seconds: float, each: list[float]) -> dict[str, Any]:
    """One line of the table."""
    tenth = max(1, len(each) // 10)
    return {
        "step": step, "rows_per_s": round(rows / seconds), "seconds": round(seconds, 1),
        "first_slices_ms": round(1000 * sum(each[:tenth]) / tenth) if each else None,
        "last_slices_ms": round(1000 * sum(each[-tenth - 1 : -1]) / tenth) if len(each) > 1 else None,
        "peak_mb": round(peak_mb()),
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dry", action="store_true")
    asked = parser.parse_args()
    found = []
    print(f"{'step':<20} {'rows/s':>9} {'s':>7} {'first ms':>9} {'last ms':>8} {'peak MB':>8}")
    for one in measured(asked.rows, asked.dry):
        found.append(one)
        first, last = one["first_slices_ms"] or "", one["last_slices_ms"] or ""
        print(f"{one['step']:<20} {one['rows_per_s']:>9,} {one['seconds']:>7} {first:>9} {last:>8} {one['peak_mb']:>8}",
              flush=True)  # fmt: skip
    rate = next(one["rows_per_s"] for one in found if one["step"] == "import, all new")
    print(json.dumps({"import_rows_per_s": rate, "rows": asked.rows, "steps": found}))


if __name__ == "__main__":
    main()
