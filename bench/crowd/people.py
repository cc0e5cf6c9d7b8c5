"""Workspaces, teams with their schedules, people, who may sign in, and channels."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import text

from bench.crowd.size import Size, teams
from engine.db import Conn

ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo",
         "America/Sao_Paulo", "UTC"]  # fmt: skip
FIRST = "Ada Ben Carla Dmitri Emi Farid Gita Hana Ines Jonas Kofi Lena Marek Nadia Omar Priya Quinn Rosa Sven Tara"
LAST = "Abel Brandt Costa Dietz Endo Farah Gomez Haas Ito Jansen Keller Lopez Meyer Novak Okafor Patel Roth Silva Toth"
DOMAINS = ["gmail.com", "outlook.com", "acme.example", "yahoo.com", "north.example", "south.example"]
KINDS = ["slack", "discord", "teams", "mattermost", "telegram", "webhook"]
NEIGHBOURS_SECOND = 12  # one person in twelve is in the team after theirs too

# pg_temp.part(id, salt): a number from 0 to 1 that is the same each time.
CHANCE = """
    CREATE FUNCTION pg_temp.part(n bigint, salt int) RETURNS float8 IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN (hashint8extended(n, salt) & 1073741823)::float8 / 1073741824
"""
_TEAMS = """
    CREATE TEMP TABLE team_plan AS
    SELECT t.*, (cast(:zones AS text[]))[1 + (t.id * 7 % cardinality(cast(:zones AS text[])))::int] AS zone,
        time '17:00' + (t.id % 5) * interval '15 minutes' AS prompt_at
    FROM unnest(cast(:id AS bigint[]), cast(:workspace_id AS bigint[]), cast(:first AS bigint[]),
        cast(:last AS bigint[])) AS t (id, workspace_id, first, last);
"""
_PEOPLE = (
    "INSERT INTO workspace (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Acme'), (2, 'Neighbour')",
    """INSERT INTO team (id, workspace_id, name, zone, made_at) OVERRIDING SYSTEM VALUE
    SELECT id, workspace_id, (ARRAY['Support', 'Platform', 'Sales', 'Design', 'Field', 'Finance', 'Research'])
        [1 + id % 7] || ' ' || id, zone, :now - interval '400 days' FROM team_plan""",
    """INSERT INTO schedule (id, workspace_id, team_id, questions, weekdays, prompt_at, nudge_after, made_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, workspace_id, id, (ARRAY['What did you get done today?', 'What is next?', 'What is in your way?'])
        [1:1 + id % 3], 127, prompt_at, 120, :now - interval '400 days' FROM team_plan""",
    """INSERT INTO contact (id, workspace_id, email, email_key, name, zone, made_at) OVERRIDING SYSTEM VALUE
    SELECT p.id, p.workspace_id, p.email, p.email, p.first || ' ' || p.last, p.zone, :now - interval '390 days'
    FROM (SELECT n AS id, t.workspace_id, f AS first, l AS last,
            CASE WHEN n % 9 = 0 THEN (cast(:zones AS text[]))[1 + n % 8] END AS zone,
            lower(f || '.' || l) || n || '@' || (cast(:domains AS text[]))[1 + (n * 5 % 6)::int] AS email
        FROM team_plan t, generate_series(t.first, t.last) n,
            LATERAL (SELECT (cast(:firsts AS text[]))[1 + n % cardinality(cast(:firsts AS text[]))] AS f,
                (cast(:lasts AS text[]))[1 + (n / 7) % cardinality(cast(:lasts AS text[]))] AS l) names) p""",
    """INSERT INTO membership (workspace_id, team_id, contact_id, role, paused_at, paused_by, left_at, next_prompt_at,
        next_prompt_day, next_digest_at, next_digest_day, made_at)
    SELECT workspace_id, team_id, contact_id, role, CASE WHEN chance < 0.02 THEN :now - interval '9 days' END,
        CASE WHEN chance < 0.02 THEN 'person' END, CASE WHEN chance > 0.97 THEN :now - interval '30 days' END,
        CASE WHEN live THEN :now + interval '1 day' * (0.1 + chance) END, CASE WHEN live THEN :today + 1 END,
        CASE WHEN live THEN :now + interval '1 day' * (0.6 + chance) END, CASE WHEN live THEN :today + 1 END,
        :now - interval '390 days'
    FROM (SELECT t.workspace_id, t.id AS team_id, n AS contact_id, c.chance, c.chance BETWEEN 0.02 AND 0.97 AS live,
            CASE WHEN n = t.first THEN 'manager' WHEN n % 40 = 0 THEN 'observer' ELSE 'member' END AS role
        FROM team_plan t, generate_series(t.first, t.last) n,
            LATERAL (SELECT CASE WHEN n = t.first THEN 0.5 ELSE pg_temp.part(n, 1) END AS chance) c
        UNION ALL
        SELECT o.workspace_id, o.id, n, 0.5, true, 'member'
        FROM team_plan t JOIN team_plan o ON o.id = t.id + 1 AND o.workspace_id = t.workspace_id,
            generate_series(t.first, t.last) n WHERE n % :second = 0) m
    ORDER BY team_id, contact_id""",
    """INSERT INTO account (workspace_id, contact_id, role, password_hash, made_at)
    SELECT workspace_id, id, CASE WHEN id = first THEN 'owner' WHEN id % 500 = 2 THEN 'admin' ELSE 'user' END, :hash,
        :now - interval '380 days'
    FROM (SELECT id, workspace_id, min(id) OVER (PARTITION BY workspace_id) AS first FROM contact) c
    WHERE id = first OR pg_temp.part(id, 2) < 0.6 OR id IN (SELECT team_plan.first FROM team_plan) ORDER BY id""",
    """INSERT INTO session (workspace_id, account_id, epoch, how, agent, address, made_at, seen_at)
    SELECT workspace_id, id, 1, 'password', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        '192.0.2.' || id % 250, :now - n * interval '3 days', :now - n * interval '2 days'
    FROM account, generate_series(1, 4) n""",
    """INSERT INTO channel (id, workspace_id, team_id, kind, name, state, failure, gets, made_at)
    OVERRIDING SYSTEM VALUE
    SELECT t.id * 2 + n, t.workspace_id, t.id, (cast(:kinds AS text[]))[1 + (t.id + n) % 6],
        '#team-' || t.id || '-' || n,
        CASE WHEN n = 1 AND t.id % 10 = 0 THEN 'failing' ELSE 'active' END,
        CASE WHEN n = 1 AND t.id % 10 = 0 THEN 'channel_not_found' ELSE '' END, '{entries,round,digest}',
        :now - interval '300 days'
    FROM team_plan t, generate_series(0, 1) n WHERE n = 0 OR t.id % 2 = 0""",
    """INSERT INTO away (workspace_id, contact_id, first_day, last_day)
    SELECT workspace_id, id, :today - n * 90 + (id % 60)::int, :today - n * 90 + (id % 60)::int + 7
    FROM contact, generate_series(0, 2) n WHERE pg_temp.part(id, 3) < 0.5""",
    """INSERT INTO day_off (workspace_id, team_id, day, reason, made_by, made_at)
    SELECT workspace_id, id, :today + n * 20 - 100, CASE WHEN n % 2 = 0 THEN 'Holiday' ELSE '' END, 'account:1',
        :now - interval '100 days' FROM team_plan, generate_series(0, 9) n""",
    """INSERT INTO invitation (workspace_id, contact_id, role, team_id, invited_by, made_at, sent_at, useful_until,
        accepted_at)
    SELECT m.workspace_id, m.contact_id, 'user', m.team_id, 'account:1', :now - interval '3 days',
        :now - interval '2 days', :now + interval '11 days',
        CASE WHEN a.id IS NOT NULL THEN :now - interval '1 day' END
    FROM membership m LEFT JOIN account a ON a.contact_id = m.contact_id
    WHERE m.contact_id % :second <> 0 AND pg_temp.part(m.contact_id, 4) < 0.2""",
)  # fmt: skip


def make(conn: Conn, size: Size, values: dict[str, object]) -> None:
    """Everybody. `team_plan` stays until the transaction ends."""
    planned = [asdict(team) for team in teams(size)]
    columns = {name: [team[name] for team in planned] for name in ("id", "workspace_id", "first", "last")}
    lists = {"zones": ZONES, "firsts": FIRST.split(), "lasts": LAST.split(), "domains": DOMAINS, "kinds": KINDS}
    conn.execute(text(CHANCE))
    conn.execute(text(_TEAMS), {**columns, **lists})
    for statement in _PEOPLE:
        conn.execute(text(statement), {**values, **lists, "second": NEIGHBOURS_SECOND})
    conn.execute(text("ANALYZE team_plan, membership, contact, account, channel"))
