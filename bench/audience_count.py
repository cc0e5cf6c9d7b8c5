"""How long counting an audience takes, among a million contacts: what somebody waits for who types a query.

    python -m bench.audience_count [--contacts 1000000] [--rounds 5] [--plans DIR]

Starts a private PostgreSQL, fills it by SQL (people with attributes, tags and consent; teams with rounds; a campaign
that everybody got, with hits and replies), prints a table and, as its last line, JSON. With --plans the plan of each
query is written to a file, as PostgreSQL ran it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text

from bench.machine import DURABLE, roomy
from engine import db
from engine.campaigns.audience.queries import looking
from engine.campaigns.audience.queries.compiled import counted
from engine.campaigns.audience.reading import read
from sixpm.embedded import postgres

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BAR = 1.0  # seconds
QUERIES = {
    "everyone": "everyone",
    "one attribute": 'plan is "pro"',
    "not an attribute": 'plan is not "free"',
    "a number": "seats >= 150",
    "a date": "birthday before 30 years ago",
    "text inside": 'company contains "ent 77"',
    "domain": 'email ends with "@d7.example"',
    "a tag": 'tags contains "vip"',
    "one of three": 'zone in ("Europe/Berlin", "Asia/Tokyo", "UTC") and plan in ("pro", "team")',
    "attribute, tag, consent": 'plan is "pro" and not tags contains "vip" and consent to mail is given',
    "any of four": 'plan is "pro" or seats > 190 or tags contains "vip" or interests contains "golf"',
    "consent": "consent to mail is given",
    "pasted list": f"email in ({' '.join(f'p{n * 997}@d{n * 997 % 40}.example' for n in range(1, 301))})",
    "check-ins": "answered less than 2 of the last 5 rounds",
    "in a team": 'in team "Team 7" and not vip is yes',
    "got and did not": 'got campaign "Spring" and did not open, click or reply',
    "got and clicked": 'got campaign "Spring" and did click and consent to mail is given',
    "got, or a tag": '(got campaign "Autumn" and did not open) or tags contains "vip"',
    "did not get": 'plan is "pro" and did not get any campaign since 30 days ago',
}
_INDEXES = ("ix_contact_tags", "ix_contact_attributes")
_SEED = (
    "INSERT INTO workspace (name) VALUES ('Bench')",
    """INSERT INTO contact (workspace_id, email, email_key, name, zone, locale, made_at, tags, attributes)
    SELECT 1, 'p' || n || '@d' || n % 40 || '.example', 'p' || n || '@d' || n % 40 || '.example', 'Person ' || n,
        CASE WHEN n % 7 > 0 THEN (cast(:zones AS text[]))[1 + n % 6] END, (ARRAY['en', 'de', 'fr'])[1 + n % 3],
        cast(:now AS timestamptz) - make_interval(hours => n % 20000),
        array_remove(ARRAY[CASE WHEN n % 20 = 0 THEN 'beta' END, CASE WHEN n % 50 = 0 THEN 'vip' END], NULL),
        jsonb_build_object('plan', CASE WHEN n % 10 = 0 THEN 'pro' WHEN n % 5 = 1 THEN 'team' ELSE 'free' END,
            'seats', n % 200, 'vip', n % 50 = 0, 'birthday', to_char(date '1950-01-01' + n % 20000, 'YYYY-MM-DD'),
            'company', 'Customer department ' || n % 1000,
            'interests', to_jsonb(ARRAY[(ARRAY['golf', 'chess', 'music', 'film'])[1 + n % 4]]))
    FROM generate_series(1, :contacts) n""",
    """INSERT INTO consent (workspace_id, contact_id, channel, topic_id, state, source, at)
    SELECT 1, id, 'mail', 0, CASE WHEN id % 17 = 0 THEN 'withdrawn' ELSE 'given' END, 'import', :now
    FROM contact WHERE id % 7 > 0""",
    "INSERT INTO team (workspace_id, name) SELECT 1, 'Team ' || n FROM generate_series(1, 100) n",
    """INSERT INTO schedule (workspace_id, team_id, questions)
    SELECT 1, id, ARRAY['What did you get done today?'] FROM team""",
    """INSERT INTO membership (workspace_id, team_id, contact_id)
    SELECT 1, 1 + n % 100, n FROM generate_series(1, least(5000, :contacts)) n""",
    """INSERT INTO round (workspace_id, schedule_id, team_id, local_date, questions, state, opened_at)
    SELECT 1, s.id, s.team_id, d, s.questions, 'closed', d
    FROM schedule s, generate_series(date '2025-12-01', date '2026-03-03', '1 day') d""",
    """INSERT INTO participation (workspace_id, round_id, schedule_id, team_id, membership_id, local_date, state,
        due_at, closes_at)
    SELECT 1, r.id, r.schedule_id, r.team_id, m.id, r.local_date,
        CASE WHEN m.id % 3 = 0 OR (m.id + r.id) % 4 = 0 THEN 'missed' ELSE 'answered' END, r.opened_at, r.opened_at
    FROM round r JOIN membership m ON m.team_id = r.team_id""",
    "INSERT INTO campaign (workspace_id, name, query) VALUES (1, 'Spring', 'everyone'), (1, 'Autumn', 'everyone')",
    """INSERT INTO run (workspace_id, kind, campaign_id, part, state, made_at)
    VALUES (1, 'campaign', 1, 'launch', 'done', :now), (1, 'campaign', 2, 'launch', 'done', :now)""",
    """INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, state, sent_at,
        useful_until, queue_id, reply)
    SELECT 1, id, 1, id, 1, 1 + id / 500, 'smtp', email, CASE WHEN id % 50 = 10 THEN 'bounced' ELSE 'sent' END,
        cast(:now AS timestamptz) - interval '5 days', :now, '4bC1x' || id, '250 2.0.0 Ok: queued as 4bC1x' || id
    FROM contact""",
    """INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, state, sent_at,
        useful_until)
    SELECT 2, id, 1, id, 1, 1, 'smtp', email, 'sent', cast(:now AS timestamptz) - interval '90 days', :now
    FROM contact WHERE id % 10 = 0""",
    """INSERT INTO hit (workspace_id, run_id, seq, contact_id, link_id, at, method, taken_for)
    SELECT 1, 1, n, n, CASE WHEN n % 3 > 0 THEN 1 END, :now, 'GET', CASE WHEN n % 10 < 3 THEN 'machine' ELSE 'human' END
    FROM generate_series(1, :contacts, 4) n""",
    """INSERT INTO conversation (workspace_id, channel_key, platform, type)
    SELECT 1, 'mail.asked.' || n, 'mail', 'direct' FROM generate_series(1, :contacts / 200) n""",
    """INSERT INTO message (workspace_id, conversation_id, no, author_id, author_kind, campaign_id, kind, body,
        platform)
    SELECT 1, id, 1, id * 3, 'contact', 1, 'mail', 'Thank you.', 'mail' FROM conversation""",
)


def seed(engine: Engine, contacts: int) -> float:
    """Fill the database; how long it took. The indexes of contacts are made afterwards, as a restored dump has them."""
    started = time.perf_counter()
    zones = ["Europe/Berlin", "Asia/Tokyo", "UTC", "America/New_York", "Asia/Kolkata", "Africa/Lagos"]
    with engine.begin() as conn:
        made = {
            name: conn.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = :n"), {"n": name}).scalar_one()
            for name in _INDEXES
        }
        for name in made:
            conn.execute(text(f"DROP INDEX {name}"))
        for statement in _SEED:
            conn.execute(text(statement), {"contacts": contacts, "now": NOW, "zones": zones})
        for definition in made.values():
            conn.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    return time.perf_counter() - started


def measured(engine: Engine, typed: str, rounds: int) -> tuple[int, list[float]]:
    """How many a query means, and the seconds that each of the counts took, as the page counts."""
    took, number = [], 0
    with engine.connect() as conn:
        for _ in range(rounds):
            started = time.perf_counter()
            query = read(typed)
            with looking.bounded(conn, 60_000):
                number = looking.count(conn, query, 1, NOW)
            took.append(time.perf_counter() - started)
    return number, took


def plan(engine: Engine, typed: str) -> str:
    """The plan of a query's count, as it was run."""
    said = counted(read(typed), 1, NOW).compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
    values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in said.params.items()}
    with engine.connect() as conn, looking.bounded(conn, 60_000):
        rows = db.plain(conn, f"EXPLAIN (ANALYZE, BUFFERS, SETTINGS) {said}", values)
    return "\n".join(str(row[0]) for row in rows)


def _engine(base: Path) -> tuple[postgres.Server, Engine]:
    server = postgres.start(base / "postgres", settings={**DURABLE, **roomy()})
    url = server.url("postgres")
    db.upgrade(url)
    return server, db.create_engine(url, prepares=False)


def run(contacts: int, rounds: int, plans: Path | None) -> dict[str, float]:
    """The median seconds of each query; prints the table."""
    with tempfile.TemporaryDirectory(prefix="sixpm-bench-") as name:
        base = Path(name)
        base.chmod(0o711)
        server, engine = _engine(base)
        try:
            print(
                f"{contacts:,} contacts, made in {seed(engine, contacts):.0f} s; the median of {rounds} counts\n",
                flush=True,
            )
            print("| query | people | median ms | slowest ms |\n| --- | ---: | ---: | ---: |")
            return {label: _line(engine, label, rounds, plans) for label in QUERIES}
        finally:
            engine.dispose()
            postgres.stop(server.folder)


def _line(engine: Engine, label: str, rounds: int, plans: Path | None) -> float:
    number, took = measured(engine, QUERIES[label], rounds)
    median = statistics.median(took)
    print(f"| {label} | {number:,} | {median * 1000:,.0f} | {max(took) * 1000:,.0f} |", flush=True)
    if plans is not None:
        plans.mkdir(parents=True, exist_ok=True)
        (plans / f"{label.replace(' ', '-').replace(',', '')}.txt").write_text(plan(engine, QUERIES[label]))
    return median


def main() -> None:
    """Measure, and say whether the bar was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plans", type=Path)
    args = parser.parse_args()
    took = run(args.contacts, args.rounds, args.plans)
    slowest = max(took, key=took.__getitem__)
    said = {"contacts": args.contacts, "count_s": round(took[slowest], 3), "slowest": slowest, "bar_s": BAR,
            "met": took[slowest] <= BAR}  # fmt: skip
    print(f"\n{json.dumps(said)}")


if __name__ == "__main__":
    main()
