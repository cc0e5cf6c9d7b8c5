"""How long a launch takes to freeze its audience into rows.

    python -m bench.freeze [--contacts 1000000] [--zones 40] [--suppressed 20000] [--repeat 3]

One contact in twenty has withdrawn, one in a hundred has no address, the suppressed are spread; receivers are told
apart, 40 zones have it at 9:00 local, a canary of 1,000 goes first and 200,000 an hour are let go. Starts a private
PostgreSQL with the durability of production, prints a table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bench.machine import DURABLE, roomy
from bench.rounds import counted, zones
from engine import config, db, sealing
from engine.campaigns import campaigns, freeze
from engine.campaigns.queries import rows
from engine.outbound import partitions
from engine.people.principal import SYSTEM
from sixpm.embedded import postgres
from tests.factories.campaigns import written

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
SECRET = "a secret of the benchmark, long enough"
_PEOPLE = text("""
    INSERT INTO contact (workspace_id, email, email_key, name, zone)
    SELECT :w, a.address, a.address, 'Person ' || n, (cast(:zones AS text[]))[n % :count + 1]
    FROM generate_series(1, cast(:people AS bigint)) n, LATERAL (SELECT CASE WHEN n % 100 = 0 THEN 'none' || n ELSE
        'p' || n || '@' || CASE WHEN n % 5 < 3 THEN 'gmail.com' ELSE 'd' || n % 500 || '.example' END END) a(address)
""")
_CONSENT = text("""
    INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)
    SELECT id, 'mail', workspace_id, CASE WHEN id % 20 = 7 THEN 'withdrawn' ELSE 'given' END, 'import', :now
    FROM contact WHERE workspace_id = :w
""")


def seed(engine: Engine, people: int, zone_count: int, suppressed: int) -> int:
    """The id of a workspace with so many contacts."""
    with engine.begin() as conn:
        partitions.ahead(conn)
        w = int(conn.execute(text("INSERT INTO workspace (name) VALUES ('Bench') RETURNING id")).scalar_one())
        conn.execute(_PEOPLE, {"w": w, "zones": zones(zone_count), "count": zone_count, "people": people})
        conn.execute(_CONSENT, {"w": w, "now": NOW})
        every = max(1, people // max(1, suppressed))
        hashes = [sealing.address_hash(SECRET, f"p{n}@gmail.com") for n in range(every, people, every)]
        conn.execute(
            text("INSERT INTO suppression (workspace_id, address_hash, reason) SELECT :w, h, 'bounced'"
                 " FROM unnest(cast(:h AS bytea[])) h ON CONFLICT DO NOTHING"),
            {"w": w, "h": db.hexes(hashes)},
        )  # fmt: skip
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    return w


def launched(engine: Engine, workspace_id: int) -> tuple[float, freeze.Frozen]:
    """The seconds that one freeze takes, commit included, and what it made."""
    who = SYSTEM(workspace_id)
    with engine.begin() as conn:
        partitions.ahead(conn)  # as the scheduler does every minute
        made = campaigns.make(
            conn, who, "Spring", send_when="local", local_day=NOW.date(), local_time=time(9), canary=1000,
            per_hour=200_000, quiet_from=time(21), quiet_until=time(8),
        )  # fmt: skip
        written(conn, who, made, "Spring", "It is spring.", NOW)
    began = clock.perf_counter()
    with engine.begin() as conn:
        of = campaigns.get(conn, who, made)
        frozen = freeze.freeze(conn, of, rows.known_contacts(workspace_id), NOW - timedelta(days=1))
    assert frozen is not None, "nobody is there"
    return clock.perf_counter() - began, frozen


@contextmanager
def server() -> Iterator[Engine]:
    """A database of its own, with settings that read no environment but its own."""
    with tempfile.TemporaryDirectory(prefix="sixpm-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # root runs the server as somebody else
        found = postgres.start(Path(folder) / "postgres", settings={**DURABLE, **roomy()})
        try:
            db.bootstrap(found.url("postgres"), "bench")
            url = found.url("bench")
            db.upgrade(url)
            os.environ |= {"SIXPM_DATABASE_URL": url, "SIXPM_SECRET_KEY": SECRET, "SIXPM_RELAY_HOST": "127.0.0.1",
                           "SIXPM_RELAY_PORT": "25", "SIXPM_RELAY_VISIBLE": "true"}  # fmt: skip
            config.settings.cache_clear()
            engine = db.create_engine(url, prepares=False)
            yield engine
            engine.dispose()
        finally:
            postgres.stop(found.folder)


def main() -> None:
    """Seed, freeze, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("contacts", 1_000_000), ("zones", 40), ("suppressed", 20_000), ("repeat", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    with server() as engine:
        w = seed(engine, asked.contacts, asked.zones, asked.suppressed)
        took, frozen = [], None
        for _ in range(asked.repeat):
            with counted(engine):
                seconds, frozen = launched(engine, w)
            took.append(seconds)
        assert frozen is not None
        with engine.connect() as conn:
            batches = conn.execute(
                text("SELECT count(*) FROM batch WHERE run_id = :r"), {"r": frozen.run_id}
            ).scalar_one()
    print(f"{'contacts':>10} {'rows':>10} {'left out':>10} {'batches':>8} {'best s':>8} {'worst s':>8}")
    out = sum(frozen.out.values())
    print(f"{asked.contacts:>10,} {frozen.size:>10,} {out:>10,} {batches:>8,} {min(took):>8.2f} {max(took):>8.2f}")
    print(json.dumps({"contacts": asked.contacts, "freeze_s": round(max(took), 2), "best_s": round(min(took), 2),
                      "left_out": frozen.out, "batches": batches}))  # fmt: skip


if __name__ == "__main__":
    main()
