"""How long one tick takes that asks 40,000 members at once: 400 teams, 40 zones, hours chosen so that all fall due.

    python -m bench.rounds [--members 40000] [--teams 400] [--zones 40]

Starts a private PostgreSQL with the durability of production, prints a table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time as clock
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import available_timezones

from sqlalchemy import Engine, bindparam, event, text

from engine import db
from engine.outbound import partitions
from engine.rounds.open import open_due
from sixpm.embedded import postgres

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
MIDNIGHTS = ("Etc/", "GMT", "posix", "right")  # not what people choose


def zones(count: int) -> list[str]:
    """`count` zones, spread over the alphabet of regions."""
    named = sorted(z for z in available_timezones() if "/" in z and not z.startswith(MIDNIGHTS))
    return named[:: len(named) // count][:count]


_TEAMS = text("""
    WITH ws AS (INSERT INTO workspace (name) VALUES ('Bench') RETURNING id),
    made AS (INSERT INTO team (workspace_id, name) SELECT ws.id, 'Team ' || n FROM ws, generate_series(1, :teams) n
             RETURNING id, workspace_id)
    INSERT INTO schedule (workspace_id, team_id, questions, nudge_after, weekdays)
    SELECT workspace_id, id, ARRAY['What did you get done today?'], 120, 127 FROM made
""")
_MEMBERS = text("""
    WITH people AS (
        INSERT INTO contact (workspace_id, email, email_key, name, zone)
        SELECT (SELECT id FROM workspace), 'p' || n || '@example.org', 'p' || n || '@example.org', 'Person ' || n,
            (cast(:zones AS text[]))[(n / :teams) % :n_zones + 1]
        FROM generate_series(1, :members) n RETURNING id, workspace_id, zone
    ), teams AS (SELECT array_agg(id ORDER BY id) AS ids FROM team)
    INSERT INTO membership (workspace_id, team_id, contact_id, prompt_at, next_prompt_at, next_prompt_day)
    SELECT p.workspace_id, t.ids[p.id % :teams + 1], p.id, (l.wall)::time, l.at, (l.wall)::date
    FROM people p, teams t,
        LATERAL (SELECT cast(:now AS timestamptz) + make_interval(secs => p.id % 60) AS at) s,
        LATERAL (SELECT date_trunc('minute', s.at AT TIME ZONE p.zone) AS wall, s.at) l
""").bindparams(bindparam("now"))


def seed(engine: Engine, members: int, teams: int, zone_count: int) -> None:
    """Members whose own prompt hours, in their own zones, all fall into one minute."""
    chosen = zones(zone_count)
    with engine.begin() as conn:
        partitions.make_ahead(conn, 1)  # as the scheduler does ahead of need
        conn.execute(_TEAMS, {"teams": teams})
        values = {"members": members, "teams": teams, "zones": chosen, "n_zones": len(chosen), "now": NOW}
        conn.execute(_MEMBERS, values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))


@contextmanager
def counted(engine: Engine) -> Iterator[Counter[str]]:
    """How often each kind of statement ran meanwhile, and its seconds, by its first words."""
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    began: list[float] = []

    def before(*_: object) -> None:
        began.append(clock.perf_counter())

    def after(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        name = " ".join(statement.split())[:48]
        calls[name] += 1
        seconds[name] += clock.perf_counter() - began.pop()  # type: ignore[assignment]  # a Counter of seconds

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield calls
    for name, spent in seconds.most_common():
        print(f"{spent:8.3f} s  {calls[name]:4d} ×  {name}")


def measure(url: str, members: int, teams: int, zone_count: int) -> dict[str, float | int]:
    """Seed a fresh database and time the one tick that asks everybody, commit included."""
    db.upgrade(url)
    engine = db.create_engine(url)
    seed(engine, members, teams, zone_count)
    with counted(engine) as calls:
        began = clock.perf_counter()
        with engine.begin() as conn:
            follow_up = open_due(conn, NOW + timedelta(minutes=1))
        planned = clock.perf_counter() - began
    with engine.connect() as conn:
        row = conn.execute(text("SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM round)")).one()
    engine.dispose()
    assert row[0] == members, f"{row[0]} prompts planned for {members} members"
    return {
        "planned_s": round(planned, 2),
        "statements": sum(calls.values()),
        "members": members,
        "teams": teams,
        "zones": zone_count,
        "rounds": row[1],
        "batches": len(follow_up.batches),
    }


def main() -> None:
    """Measure once small (for the statement count) and once at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=40_000)
    parser.add_argument("--teams", type=int, default=400)
    parser.add_argument("--zones", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sixpm-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # root runs the server as somebody else
        server = postgres.start(Path(folder) / "postgres")
        try:
            results = []
            for members, teams in ((args.teams, args.teams), (args.members, args.teams)):
                name = f"bench{members}"
                db.bootstrap(server.url("postgres"), name)
                print(f"\n{members:,} members due, {teams} teams, {args.zones} zones")
                results.append(measure(server.url(name), members, teams, args.zones))
        finally:
            postgres.stop(server.folder)
    for name in results[0]:
        print(f"{name:12}" + "".join(f"{result[name]:>12}" for result in results))
    print(json.dumps(results[-1]))


if __name__ == "__main__":
    main()
