"""The bars of campaigns among a million people, in one go: count, freeze, dry run, import and report.

    python -m bench.campaign [--contacts 1000000] [--repeat 3] [--rows 100000] [--people 100000] [--pages 60]

One private PostgreSQL with the durability of production is filled as `bench.audience_count` does. Counted are all of
its queries, and the slowest by its median is told; a campaign to everybody at their local hour is frozen, with a
canary, a throttle and 20,000 suppressed, the best of --repeat; --rows new people are imported beside the million; a
letter is tried for --people; the report of a campaign that everybody got is loaded --pages times. Between two parts the
server writes and vacuums what the first left. Prints a table and, as its last line, JSON. Ends with 1 where a bar is
missed at full size.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from bench import audience_count, campaign_report, dry_run, freeze, import_rows
from engine import db, sealing
from engine.campaigns.content import making
from engine.campaigns.content.sheet import Theme
from engine.people.imports import deciding
from engine.people.principal import of_session

FULL = 1_000_000
WORKSPACE = 1  # the first that a fresh database makes
SETTLING = 60.0  # seconds at most
_VACUUMS = text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
_SUPPRESS = text("""
    INSERT INTO suppression (workspace_id, address_hash, reason)
    SELECT :w, h, 'bounced' FROM unnest(cast(:h AS bytea[])) h ON CONFLICT DO NOTHING
""")


class Bar(NamedTuple):
    """What a figure has to be: `most` or at least this much."""

    name: str
    value: float
    most: bool

    def met(self, figure: float) -> bool:
        """Whether it is."""
        return figure <= self.value if self.most else figure >= self.value


BARS = (
    Bar("count_s", 1.0, True), Bar("freeze_s", 10.0, True), Bar("dry_run_per_s", 5000, False),
    Bar("report_p95_ms", 500, True), Bar("import_rows_per_s", 10_000, False),
)  # fmt: skip


def counts(engine: Engine, rounds: int) -> dict[str, float]:
    """The median seconds of each query's count."""
    return {
        label: statistics.median(audience_count.measured(engine, typed, rounds)[1])
        for label, typed in audience_count.QUERIES.items()
    }


def freezes(engine: Engine, contacts: int, repeat: int) -> list[float]:
    """The seconds of each freeze of a campaign to everybody, 20,000 in a million of them suppressed."""
    addresses = [f"p{n}@d{n % 40}.example" for n in range(50, contacts, 50)]
    with engine.begin() as conn:
        conn.execute(
            _SUPPRESS, {"w": WORKSPACE, "h": db.hexes(sealing.address_hashes(freeze.SECRET, addresses))}
        )  # fmt: skip
    return [freeze.launched(engine, WORKSPACE)[0] for _ in range(repeat)]


def imported(engine: Engine, rows: int) -> float:
    """Rows a second of an import of new people into the workspace."""
    who = of_session(WORKSPACE, 1, 1, "admin")
    ident = import_rows.uploaded(engine, who, rows)
    seconds, _ = import_rows.timed(engine, who, ident, deciding.start)
    with engine.begin() as conn:
        assert deciding.get(conn, who, ident).made == rows
    return rows / seconds


def tried(engine: Engine, people: int) -> float:
    """Recipients a second of a dry run, in a workspace of their own that is gone afterwards."""
    with engine.connect() as conn:
        version = replace(dry_run.VERSION, workspace_id=dry_run.people(conn, people))
        state, seconds, _ = dry_run.tried(conn, making.compiled(version, Theme("Acme")))
    assert state.done == people
    return people / seconds


def reported(engine: Engine, count: int) -> float:
    """The p95 in milliseconds of the page of a report on everybody."""
    found = campaign_report.measure(engine, WORKSPACE, campaign_report.play(engine, WORKSPACE), count)
    return float(found["report_p95_ms"])


def settled(engine: Engine) -> None:
    """Let the server write what the part before left, and vacuum it, so that no figure pays for another."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("CHECKPOINT"))
        until = time.monotonic() + SETTLING
        while conn.execute(_VACUUMS).scalar_one() and time.monotonic() < until:
            time.sleep(1)


def figures(asked: argparse.Namespace) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Each figure by name, with what is told beside it."""
    with freeze.server() as engine:
        seconds = audience_count.seed(engine, asked.contacts)
        print(f"{asked.contacts:,} contacts, made in {seconds:.0f} s\n", flush=True)
        took = counts(engine, asked.repeat)
        slowest = max(took, key=took.__getitem__)
        yield "count_s", round(took[slowest], 3), {"slowest": slowest}
        settled(engine)
        froze = freezes(engine, asked.contacts, asked.repeat)
        yield "freeze_s", round(min(froze), 2), {"freezes_s": [round(one, 2) for one in froze]}
        settled(engine)
        yield "import_rows_per_s", round(imported(engine, asked.rows)), {"rows": asked.rows}
        settled(engine)
        yield "dry_run_per_s", round(tried(engine, asked.people)), {"people": asked.people}
        settled(engine)
        yield "report_p95_ms", reported(engine, asked.pages), {"pages": asked.pages}


def main() -> None:
    """Measure, and say which bars were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("contacts", FULL), ("repeat", 3), ("rows", 100_000), ("people", 100_000),
                        ("pages", 60)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    found: dict[str, float] = {}
    beside: dict[str, Any] = {"contacts": asked.contacts, "cores": os.cpu_count()}
    bars = {bar.name: bar for bar in BARS}
    for name, figure, told in figures(asked):
        found[name], bar = figure, bars[name]
        beside |= told
        how = "at most" if bar.most else "at least"
        print(f"{name:<20} {figure:>14,}   {how} {bar.value:,.0f}   {'' if bar.met(figure) else 'missed'}", flush=True)
    missed = [bar.name for bar in BARS if not bar.met(found[bar.name])]
    print(json.dumps({**found, **beside, "missed": missed, "load": round(os.getloadavg()[0], 1)}))
    sys.exit(1 if missed and asked.contacts >= FULL else 0)


if __name__ == "__main__":
    main()
