"""A year of rounds: who was asked, what they answered, and the entries that came of it.

Parts, answers and digests are temporary tables at first (`part`, `reply`, `summary`): the ledger says which run asked.
"""

from __future__ import annotations

from sqlalchemy import text

from bench.crowd import words
from bench.crowd.size import ANSWERED, SHARES, Size
from engine.db import Conn

WORKING_DAYS = 260  # of the year over which the rounds are spread

# The newest round of every team is today's, whatever weekday it is.
_DAYS = """
    CREATE TEMP TABLE working_day AS
    SELECT row_number() OVER (ORDER BY d DESC) - 1 AS n, d::date AS day
    FROM generate_series(:today - 380, :today, interval '1 day') d
    WHERE d::date = :today OR extract(isodow FROM d) < 6
"""
_ROUNDS = (
    """INSERT INTO round (id, workspace_id, schedule_id, team_id, local_date, questions, state, opened_at)
    OVERRIDING SYSTEM VALUE
    SELECT row_number() OVER (ORDER BY d.day, t.id), t.workspace_id, t.id, t.id, d.day, s.questions,
        CASE WHEN k.n = 0 THEN 'open' ELSE 'closed' END, least(d.day + time '08:00', :now)
    FROM team_plan t JOIN schedule s ON s.team_id = t.id
    CROSS JOIN generate_series(0, :rounds - 1) k (n)
    JOIN working_day d ON d.n = CASE WHEN k.n = 0 THEN 0
        ELSE floor(k.n * :spread + t.id % floor(:spread)::int) END""",
    "ANALYZE round",
    """CREATE TEMP TABLE part AS
    SELECT p.*, CASE WHEN chance < 0.08 THEN 'excused' WHEN local_date = :today THEN
            CASE WHEN chance < 0.5 THEN 'answered' WHEN chance < 0.55 THEN 'due' WHEN chance < 0.8 THEN 'asked'
            ELSE 'reminded' END
        WHEN chance < 0.08 + :answered THEN 'answered' ELSE 'missed' END AS state
    FROM (SELECT row_number() OVER (ORDER BY r.id, m.id) AS id, r.workspace_id, r.id AS round_id, r.team_id,
            m.id AS membership_id, m.contact_id, r.local_date, t.zone,
            least((r.local_date + t.prompt_at) AT TIME ZONE t.zone, :now - interval '40 minutes') AS due_at,
            pg_temp.part(r.id * 100003 + m.id, 11) AS chance
        FROM round r JOIN team_plan t ON t.id = r.team_id JOIN membership m ON m.team_id = r.team_id) p
    ORDER BY id""",
    "ANALYZE part",
)  # fmt: skip
_REPLIES = (
    """CREATE TEMP TABLE reply AS
    SELECT row_number() OVER (ORDER BY id) AS id, id AS part_id, workspace_id, round_id, team_id, membership_id,
        CASE WHEN chance < 0.45 THEN 'mail' ELSE 'web' END AS source,
        least(due_at + interval '5 hours' * chance, :now - interval '1 minute') AS at
    FROM part WHERE state = 'answered'""",
    "ANALYZE reply",
)
# As many of the newest as there shall be; then numbered as they came, team by team.
_ENTRIES = (
    """CREATE TEMP TABLE item AS
    SELECT * FROM (
        SELECT a.*, n, a.id * 8 + n AS seed FROM reply a CROSS JOIN generate_series(0, 7) n
        WHERE n <= :each - 1 + pg_temp.part(a.id, 12) AND workspace_id = :workspace
        ORDER BY a.id DESC, n LIMIT :entries) x""",
    """INSERT INTO entry (workspace_id, team_id, no, round_id, participation_id, membership_id, answer_id, kind,
        question, text, tags, at, edited_at, removed_at)
    SELECT i.workspace_id, i.team_id, row_number() OVER (PARTITION BY i.team_id ORDER BY i.id, i.n), i.round_id,
        i.part_id, i.membership_id, i.id, (ARRAY['note', 'done', 'done', 'doing', 'blocked'])[1 + i.seed % 5],
        CASE WHEN i.n < 3 THEN i.n END,
        a.words || ', ' || b.words || CASE WHEN i.seed % 4 = 0 THEN ' ' || c.words ELSE '' END
            || CASE WHEN i.n = 0 AND i.id IN (SELECT id FROM reply WHERE workspace_id = :workspace
                ORDER BY id DESC OFFSET 9 LIMIT 3) THEN ' :rare' ELSE '' END,
        CASE WHEN i.seed % 3 = 0 THEN (cast(:tags AS text[]))[tag: tag + (i.seed % 2)] ELSE '{}' END,
        i.at, CASE WHEN i.seed % 97 = 0 THEN i.at + interval '1 hour' END,
        CASE WHEN i.seed % 211 = 0 THEN i.at + interval '2 hours' END
    FROM item i
    CROSS JOIN LATERAL (SELECT (cardinality(cast(:tags AS text[])) ^ pg_temp.part(i.seed, 13))::int AS tag) g
    JOIN phrase a ON a.n = hashint8extended(i.seed, 21) & 16383
    JOIN phrase b ON b.n = hashint8extended(i.seed, 22) & 16383
    JOIN phrase c ON c.n = hashint8extended(i.seed, 23) & 16383
    ORDER BY i.id, i.n""",
    "DROP TABLE item",
)  # fmt: skip
_AFTER = (
    """UPDATE team SET entry_no = (SELECT coalesce(max(no), 0) FROM entry WHERE team_id = team.id)""",
    """INSERT INTO entry_change (workspace_id, entry_id, at, actor, what, text, kind, tags)
    SELECT workspace_id, id, coalesce(removed_at, edited_at), 'account:1',
        CASE WHEN removed_at IS NULL THEN 'edited' ELSE 'removed' END, text || ' (before)', kind, tags
    FROM entry WHERE edited_at IS NOT NULL OR removed_at IS NOT NULL""",
    "ANALYZE entry",
)
# A digest next morning, of what the round before it brought.
_SUMMARIES = (
    """CREATE TEMP TABLE summary AS
    WITH ends AS (
        SELECT r.id, r.team_id, r.local_date, coalesce(max(e.no), 0) AS until_no
        FROM round r LEFT JOIN entry e ON e.round_id = r.id GROUP BY r.id),
    ranges AS (
        SELECT id, until_no, coalesce(max(until_no) OVER before, 0) AS since_no,
            max(local_date) OVER before AS since_day
        FROM ends WINDOW before AS (PARTITION BY team_id ORDER BY local_date, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT row_number() OVER (ORDER BY p.id) AS id, p.workspace_id, p.team_id, p.membership_id, p.contact_id,
        p.local_date + 1 AS local_date, least(g.since_no, g.until_no) AS since_no, g.until_no,
        (p.local_date + 1 + time '09:00') AT TIME ZONE p.zone AS made_at
    FROM part p JOIN ranges g ON g.id = p.round_id
    WHERE p.local_date < :today AND (p.local_date + 1 + time '09:00') AT TIME ZONE p.zone < :now
        AND pg_temp.part(p.id, 14) < :digests""",
    "ANALYZE summary",
)


def make(conn: Conn, size: Size, values: dict[str, object]) -> None:
    """Rounds, parts, answers, entries, and what digests there were."""
    spread = max(1.0, (WORKING_DAYS - 1) / size.rounds)
    shared = {**values, "rounds": size.rounds, "spread": spread, "answered": ANSWERED, "tags": list(words.TAGS)}
    conn.execute(text(_DAYS), shared)
    for statement in _ROUNDS:
        conn.execute(text(statement), shared)
    for statement in _REPLIES:
        conn.execute(text(statement), shared)
    conn.execute(
        text("CREATE TEMP TABLE phrase AS SELECT n - 1 AS n, words FROM unnest(cast(:all AS text[])) WITH ORDINALITY"
             " AS w (words, n)"),
        {"all": words.phrases()},
    )  # fmt: skip
    for workspace, of in ((1, size), (2, size.neighbour)):
        _entries(conn, shared | {"workspace": workspace}, of)
    for statement in _AFTER:
        conn.execute(text(statement), shared)
    parts = conn.execute(text("SELECT count(*) FROM part WHERE local_date < :today"), values).scalar_one()
    wanted = SHARES["digest"] * (size.deliveries + size.neighbour.deliveries)
    for statement in _SUMMARIES:
        conn.execute(text(statement), shared | {"digests": wanted / max(1, parts)})


def _entries(conn: Conn, values: dict[str, object], size: Size) -> None:
    answers = conn.execute(text("SELECT count(*) FROM reply WHERE workspace_id = :workspace"), values).scalar_one()
    each = 1.03 * size.entries / max(1, answers)  # a little more, of which the newest are taken
    for statement in _ENTRIES:
        said = statement.replace(":rare", words.RARE)
        conn.execute(text(said), {**values, "each": each, "entries": size.entries})
