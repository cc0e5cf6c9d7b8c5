"""The 6 pm hour in its real shape: everybody's own hour in 40 zones falls into one minute; next morning the digests.

    python -m bench.hour [--members 40000] [--teams 400] [--zones 40] [--workers 2] [--connections 20]

The scheduler plans while workers send and somebody looks at the web pages; PostgreSQL, RabbitMQ and smtp-sink are
real and private. 20 people of each team have written an entry when the digests fall due. Prints a table and, as its
last line, JSON; exits 1 when the books do not balance.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from bench import letters, stages
from bench.instance import Instance, set_up
from bench.machine import machine
from bench.pages import Visitor
from bench.rounds import NOW, seed
from engine import db

MINUTE = timedelta(minutes=1)
AHEAD = timedelta(seconds=5)  # how long before the minute the clock is set
MORNING = NOW + timedelta(hours=14, minutes=20)  # no zone's midnight is near at 20 past
DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "web.example", "firm.example", "school.example")
ENTRIES = 20  # of each team
PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Minute:
    """What fell due in one minute. `after_s`: seconds from its end to the last mail accepted (negative: before)."""

    mails: int
    runs: int
    batches: int
    messages: int
    after_s: float
    states: Mapping[str, int]
    pages_p95_ms: float
    pages: int
    faults: Sequence[str]


_SPREAD = text("""
    UPDATE contact SET email = split_part(email, '@', 1) || '@' || d, email_key = split_part(email, '@', 1) || '@' || d
    FROM (SELECT c.id, (cast(:domains AS text[]))[c.id % :n + 1] AS d FROM contact c) x WHERE x.id = contact.id
""")
# Entries as if so many members of each team had answered this round.
_WRITE = text("""
    WITH part AS (
        SELECT p.*, row_number() OVER (PARTITION BY p.team_id ORDER BY p.id) AS no FROM participation p
    ), said AS (
        INSERT INTO answer (workspace_id, participation_id, membership_id, source, text, at)
        SELECT workspace_id, id, membership_id, 'web', 'Moved the import to the new queue.', :at FROM part
        WHERE no <= :entries RETURNING id, participation_id
    )
    INSERT INTO entry
        (workspace_id, team_id, no, round_id, participation_id, membership_id, answer_id, question, text, at)
    SELECT part.workspace_id, part.team_id, part.no, part.round_id, part.id, part.membership_id, said.id, 0,
        'Moved the import to the new queue; it ends before six now.', :at
    FROM said JOIN part ON part.id = said.participation_id
""")
_DIGESTS = text("""
    UPDATE membership m SET next_digest_at = cast(:at AS timestamptz) + make_interval(secs => m.id % 60),
        next_digest_day = (cast(:at AS timestamptz) AT TIME ZONE c.zone)::date
    FROM contact c WHERE c.id = m.contact_id AND c.zone IS NOT NULL
""")


def set_clock(engine: Engine, at: datetime) -> None:
    """Make it `at`, in business time."""
    with engine.begin() as conn:
        db.shift_clock(conn, at - datetime.now(UTC))


def prompts(engine: Engine, args: argparse.Namespace) -> None:
    """Members whose own hours fall into the minute from NOW on; the clock stands an hour before it."""
    set_clock(engine, NOW - timedelta(hours=1))
    seed(engine, args.members, args.teams, args.zones)
    with engine.begin() as conn:
        conn.execute(_SPREAD, {"domains": list(DOMAINS), "n": len(DOMAINS)})
        conn.execute(text("UPDATE membership SET made_at = :at"), {"at": NOW - timedelta(days=30)})
        conn.execute(text("UPDATE schedule SET nudge_after = NULL"))  # a mail a person in the evening is what counts


def digests(engine: Engine) -> None:
    """Entries in every team, and digest hours that fall into the minute from MORNING on."""
    with engine.begin() as conn:
        conn.execute(_WRITE, {"entries": ENTRIES, "at": NOW + timedelta(hours=2)})
        conn.execute(text("UPDATE team SET entry_no = (SELECT count(*) FROM entry e WHERE e.team_id = team.id)"))
        conn.execute(_DIGESTS, {"at": MORNING})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))


def play(on: Instance, engine: Engine, visitor: Visitor, kind: str, begin: datetime, mails: int) -> Minute:
    """Let the minute that begins at `begin` come and pass; wait until nothing of `kind` is open."""
    heard, seen = stages.messages(on.notes), len(visitor.seconds)
    set_clock(engine, begin - AHEAD)
    began = time.monotonic()
    while True:
        time.sleep(0.5)
        with engine.connect() as conn:
            planned, waiting = conn.execute(_PROGRESS, {"kind": kind}).one()
        if planned >= mails and not waiting:
            break
        if time.monotonic() - began > PATIENCE:
            print(f"{kind}: {planned} of {mails} planned, {waiting} batches open after {PATIENCE:.0f} s", flush=True)
            break
    return _result(on, engine, visitor, kind, begin + MINUTE, mails, heard, seen)


_PROGRESS = text("""
    SELECT coalesce((SELECT sum(size) FROM run WHERE kind = :kind), 0),
        (SELECT count(*) FROM batch b JOIN run r ON r.id = b.run_id WHERE r.kind = :kind AND b.state = 'open')
""")


def _result(
    on: Instance, engine: Engine, visitor: Visitor, kind: str, end: datetime, mails: int, heard: int, seen: int
) -> Minute:
    with engine.connect() as conn:
        rows = conn.execute(
            text(
                "SELECT d.state, count(*) AS n, max(d.sent_at) AS last FROM delivery d JOIN run r ON r.id = d.run_id"
                " WHERE r.kind = :kind GROUP BY 1"
            ),
            {"kind": kind},
        ).all()
        runs = conn.execute(text("SELECT count(*) FROM run WHERE kind = :kind"), {"kind": kind}).scalar_one()
        count = text("SELECT count(*) FROM batch b JOIN run r ON r.id = b.run_id WHERE r.kind = :kind")
        batches = conn.execute(count, {"kind": kind}).scalar_one()
    states = {row.state: int(row.n) for row in rows}
    last = max((row.last for row in rows if row.last), default=end)
    faults = [] if states == {"sent": mails} else [f"{kind}: {states}, not {mails} sent"]
    return Minute(
        mails, int(runs), int(batches), stages.messages(on.notes) - heard, round((last - end).total_seconds(), 1),
        states, visitor.p95_ms(seen), len(visitor.seconds) - seen, [*faults, *dict.fromkeys(visitor.refused)],
    )  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Minute]:
    """The evening and the morning."""
    letters.register()
    with machine() as private:
        on = set_up(private, connections=args.connections * args.workers)
        engine = db.create_engine(on.url)
        prompts(engine, args)
        on.worker(args.workers)
        with Visitor(on, ("/teams", "/teams/1", "/deliveries", "/teams/1/today")) as visitor:
            evening = play(on, engine, visitor, "prompt", NOW, args.members)
            digests(engine)
            morning = play(on, engine, visitor, "digest", MORNING, args.members)
        engine.dispose()
    return {"prompts": evening, "digests": morning}


def main() -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=40_000)
    parser.add_argument("--teams", type=int, default=400)
    parser.add_argument("--zones", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2, help="children of the worker")
    parser.add_argument("--connections", type=int, default=20, help="to the relay, of each child")
    found = run(parser.parse_args())
    print(f"{'':24}" + "".join(f"{name:>14}" for name in found))
    for name in ("mails", "runs", "batches", "messages", "after_s", "pages", "pages_p95_ms"):
        print(f"{name:24}" + "".join(f"{getattr(minute, name):>14,}" for minute in found.values()))
    faults = [fault for minute in found.values() for fault in minute.faults]
    print("books:", "; ".join(faults) or "balanced")
    print(json.dumps({**{name: asdict(minute) for name, minute in found.items()}, "load": os.getloadavg()[0]}))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
