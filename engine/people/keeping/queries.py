"""The statements that keep and take away. Each takes the oldest first, and leaves what somebody may still need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise

from sqlalchemy import text

from engine.db import Conn

COUNTED = 10_000  # rows that a preview counts to
Take = Callable[[Conn, datetime, "int | None", int], int]

# What each thing is, as a table with its workspace and its instant, and which rows of it may go at all.
_MAY_GO = {
    "raw_mail": (
        "inbound x",
        "x.received_at",
        "octet_length(x.raw) > 0 AND x.state IN ('routed', 'noted', 'repeated')",
    ),
    "parsed_mail": (
        "inbound x",
        "x.received_at",
        "x.parsed IS NOT NULL AND x.state IN ('routed', 'noted', 'repeated')",
    ),
    "deliveries": (
        "run x",
        "x.made_at",
        """x.state IN ('done', 'cancelled')
        AND NOT EXISTS (SELECT FROM delivery d WHERE d.run_id = x.id AND d.state IN ('in_doubt', 'queued', 'deferred'))
        AND NOT EXISTS (SELECT FROM batch b WHERE b.run_id = x.id AND b.state = 'open')
        AND (x.kind <> 'digest' OR NOT EXISTS (
            SELECT FROM digest g WHERE g.run_id = x.id AND NOT EXISTS (
                SELECT FROM digest n JOIN delivery d ON d.run_id = n.run_id AND d.seq = n.seq
                WHERE n.membership_id = g.membership_id AND n.local_date > g.local_date
                  AND d.state IN ('sent', 'delivered'))))
        AND (x.kind <> 'post' OR NOT EXISTS (
            SELECT FROM channel_digest g WHERE g.run_id = x.id AND NOT EXISTS (
                SELECT FROM channel_digest n WHERE n.channel_id = g.channel_id AND n.local_date > g.local_date)))""",
    ),
    "acts": ("act x", "x.at", "true"),
    "provider_events": ("provider_event x", "x.taken_at", "x.settled"),
    "hits": ("hit x", "x.at", "true"),
    "sessions": ("session x", "x.seen_at", "true"),
    "messages": ("message x", "x.at", "x.deleted_at IS NULL"),
    "comments": ("comment x", "x.at", "x.entry_id IS NULL"),
    "entries": (
        "entry x",
        "x.at",
        """EXISTS (SELECT FROM participation p WHERE p.id = x.participation_id
            AND p.state NOT IN ('due', 'asked', 'reminded'))""",
    ),
}


def chosen(conn: Conn, workspace_id: int) -> dict[str, int]:
    """The workspace's own numbers of days."""
    found = conn.execute(text("SELECT what, days FROM retention WHERE workspace_id = :w"), {"w": workspace_id})
    return {row.what: row.days for row in found}


def save(conn: Conn, workspace_id: int, days: Mapping[str, int | None]) -> None:
    """Put these numbers in place of those that were there."""
    conn.execute(text("DELETE FROM retention WHERE workspace_id = :w"), {"w": workspace_id})
    own = {what: number for what, number in days.items() if number is not None}
    statement = text(
        "INSERT INTO retention (workspace_id, what, days)"
        " SELECT :w, * FROM unnest(cast(:whats AS text[]), cast(:days AS int[]))"
    )
    conn.execute(statement, {"w": workspace_id, "whats": list(own), "days": list(own.values())})


def due(conn: Conn, workspace_id: int, what: str, before: datetime) -> tuple[int, datetime | None] | None:
    """(how many, up to COUNTED and one more; the oldest) of what may go and is older; None where there is none."""
    table, at, may_go = _MAY_GO[what]
    statement = text(f"""
        SELECT count(*), min(at) FROM (SELECT {at} AS at FROM {table}
            WHERE x.workspace_id = :w AND {at} < :before AND {may_go} LIMIT :most) found
    """)  # noqa: S608  # constants of this module
    row = conn.execute(statement, {"w": workspace_id, "before": before, "most": COUNTED + 1}).one()
    return (int(row[0]), row[1]) if row[0] else None


def _ids(conn: Conn, what: str, now: datetime, default: int | None, most: int, *, rule: str = "") -> list[int]:
    """The oldest rows of a thing that are due by their workspace's number, else by the default; locked.

    `rule`: the thing whose number it is, where that is another.
    """
    table, at, may_go = _MAY_GO[what]
    statement = text(f"""
        SELECT x.id FROM {table} LEFT JOIN retention r ON r.workspace_id = x.workspace_id AND r.what = :what
        WHERE {at} < cast(:now AS timestamptz) - make_interval(days => coalesce(r.days, :default)) AND {may_go}
        ORDER BY x.id LIMIT :most FOR UPDATE OF x SKIP LOCKED
    """)  # noqa: S608  # constants of this module
    values = {"what": rule or what, "now": now, "default": default or 36_500, "most": most}
    return [int(number) for number in conn.execute(statement, values).scalars()]


def _empty_raw(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    ids = _ids(conn, "raw_mail", now, default, most)
    return conn.execute(text("UPDATE inbound SET raw = '' WHERE id = ANY(:ids)"), {"ids": ids}).rowcount


def _empty_parsed(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    ids = _ids(conn, "parsed_mail", now, default, most)
    statement = text("UPDATE inbound SET parsed = NULL, subject = '' WHERE id = ANY(:ids)")
    return conn.execute(statement, {"ids": ids}).rowcount


def _acts(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    ids = _ids(conn, "acts", now, default, most)
    return conn.execute(text("DELETE FROM act WHERE id = ANY(:ids)"), {"ids": ids}).rowcount


def _sessions(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    ids = _ids(conn, "sessions", now, default, most)
    return conn.execute(text("DELETE FROM session WHERE id = ANY(:ids)"), {"ids": ids}).rowcount


def _hits(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    ids = _ids(conn, "hits", now, default, most)
    return conn.execute(text("DELETE FROM hit WHERE id = ANY(:ids)"), {"ids": ids}).rowcount


def _provider_events(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    """Those that no delivery is known of belong to no workspace: the default holds for them."""
    statement = text("""
        DELETE FROM provider_event WHERE (source, event_id) IN (
            SELECT x.source, x.event_id FROM provider_event x
            LEFT JOIN retention r ON r.workspace_id = x.workspace_id AND r.what = 'provider_events'
            WHERE x.settled
              AND x.taken_at < cast(:now AS timestamptz) - make_interval(days => coalesce(r.days, :default))
            ORDER BY x.taken_at LIMIT :most)
    """)
    return conn.execute(statement, {"now": now, "default": default or 36_500, "most": most}).rowcount


def _messages(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    """Their words and subjects; the numbered rows stay, since numbers are dense and readers go by them."""
    statement = text("""
        UPDATE message SET body = '', subject = '', deleted_at = :now WHERE (conversation_id, no) IN (
            SELECT x.conversation_id, x.no FROM message x
            LEFT JOIN retention r ON r.workspace_id = x.workspace_id AND r.what = 'messages'
            WHERE x.deleted_at IS NULL
              AND x.at < cast(:now AS timestamptz) - make_interval(days => coalesce(r.days, :default))
            ORDER BY x.at LIMIT :most FOR UPDATE OF x SKIP LOCKED)
    """)
    return conn.execute(statement, {"now": now, "default": default or 36_500, "most": most}).rowcount


def drop_actions(conn: Conn, before: datetime, most: int) -> int:
    """Forget writes of before; sent once more, they would be done once more."""
    statement = text("""
        DELETE FROM action WHERE (workspace_id, actor_id, action_id) IN (
            SELECT workspace_id, actor_id, action_id FROM action WHERE at < :before LIMIT :most)
    """)
    return conn.execute(statement, {"before": before, "most": most}).rowcount


def drop_events(conn: Conn, before: datetime, most: int) -> int:
    """Forget what a workspace's log says of before; its head then says from where on it is whole."""
    statement = text("""
        WITH old AS (
            SELECT workspace_id, seq FROM event WHERE at < :before ORDER BY workspace_id, seq LIMIT :most
        ), locked AS MATERIALIZED (
            SELECT workspace_id FROM ws_head WHERE workspace_id IN (SELECT workspace_id FROM old)
            ORDER BY workspace_id FOR UPDATE
        ), marked AS (
            UPDATE ws_head h SET min_seq = o.seq
            FROM (SELECT old.workspace_id, max(seq) AS seq FROM old JOIN locked USING (workspace_id) GROUP BY 1) o
            WHERE h.workspace_id = o.workspace_id
        )
        DELETE FROM event e USING old WHERE e.workspace_id = old.workspace_id AND e.seq = old.seq
    """)
    return conn.execute(statement, {"before": before, "most": most}).rowcount


def _entries(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    """Entries with their histories and comments; answers that have no entry left lose their words. And what was said
    about days, by the same rule."""
    on_days = _ids(conn, "comments", now, default, most, rule="entries")
    conn.execute(text("DELETE FROM comment WHERE id = ANY(:ids)"), {"ids": on_days})
    ids = _ids(conn, "entries", now, default, most)
    if not ids:
        return 0
    found = conn.execute(text("SELECT DISTINCT answer_id FROM entry WHERE id = ANY(:ids)"), {"ids": ids}).scalars()
    answers = list(found)
    conn.execute(text("DELETE FROM entry_change WHERE entry_id = ANY(:ids)"), {"ids": ids})
    conn.execute(text("DELETE FROM comment WHERE entry_id = ANY(:ids)"), {"ids": ids})
    gone = conn.execute(text("DELETE FROM entry WHERE id = ANY(:ids)"), {"ids": ids}).rowcount
    statement = text(
        "UPDATE answer a SET text = '', cut = '' WHERE a.id = ANY(:ids)"
        " AND NOT EXISTS (SELECT FROM entry e WHERE e.answer_id = a.id)"
    )
    conn.execute(statement, {"ids": answers})
    return gone


_RUNS = "run_id = ANY(:runs)"
_OF_RUNS = (
    ("correction", _RUNS), ("remote_id", _RUNS), ("delivery_event", _RUNS), ("delivery", _RUNS), ("tally", _RUNS),
    ("tallied", _RUNS), ("hit", _RUNS), ("hit_count", _RUNS), ("run_count", _RUNS),
    ("leaving", f"{_RUNS} AND settled_at IS NOT NULL"),
    ("history", "noun = 'batch' AND object_id IN (SELECT id FROM batch WHERE run_id = ANY(:runs))"),
    ("batch", _RUNS), ("history", "noun = 'run' AND object_id = ANY(:runs)"), ("run", "id = ANY(:runs)"),
)  # fmt: skip


def _deliveries(conn: Conn, now: datetime, default: int | None, most: int) -> int:
    """Whole runs, the oldest first, until so many rows are full; one at least, however large it is.

    A run in pieces would show numbers that do not add up. Its partition goes when its last run has gone.
    """
    ids = _ids(conn, "deliveries", now, default, 200)
    statement = text("""
        SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id) - size AS before FROM run WHERE id = ANY(:ids)) r
        WHERE before < :most ORDER BY id
    """)
    runs = list(conn.execute(statement, {"ids": ids, "most": most}).scalars())
    if not runs:
        return 0
    gone = 0
    for table, which in _OF_RUNS:
        done = conn.execute(text(f"DELETE FROM {table} WHERE {which}"), {"runs": runs})  # noqa: S608  # constants
        gone += done.rowcount if table == "delivery" else 0
    return gone


TAKE: Mapping[str, Take] = {
    "raw_mail": _empty_raw, "parsed_mail": _empty_parsed, "deliveries": _deliveries, "acts": _acts,
    "provider_events": _provider_events, "hits": _hits, "sessions": _sessions, "messages": _messages,
    "entries": _entries,
}  # fmt: skip


def told(conn: Conn, what: str, now: datetime, rows: int, more: bool) -> None:
    """Write down that a pass ran, and what went; passes of one hour are added up."""
    statement = text("""
        INSERT INTO tidying AS t (what, ran_at, took_at, rows, more)
        VALUES (:what, :now, CASE WHEN :rows > 0 THEN cast(:now AS timestamptz) END, :rows, :more)
        ON CONFLICT (what) DO UPDATE SET ran_at = excluded.ran_at, more = excluded.more,
            took_at = coalesce(excluded.took_at, t.took_at),
            rows = CASE WHEN excluded.took_at IS NULL THEN t.rows
                        WHEN t.took_at > excluded.took_at - interval '1 hour' THEN t.rows + excluded.rows
                        ELSE excluded.rows END
    """)
    conn.execute(statement, {"what": what, "now": now, "rows": rows, "more": more})


def drained(conn: Conn) -> int | None:
    """The first run of the oldest partition of deliveries that lies wholly before the oldest run and has no row."""
    oldest = conn.scalar(text("SELECT min(id) FROM run"))
    if oldest is None:
        return None
    listed = text("""
        SELECT (regexp_match(c.relname, '^delivery_p([0-9]+)$'))[1]::bigint AS first FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'delivery'::regclass ORDER BY 1
    """)
    firsts = [int(first) for first in conn.execute(listed).scalars() if first is not None]
    for first, after in pairwise(firsts):
        if after <= oldest:
            empty = text(f"SELECT NOT EXISTS (SELECT FROM delivery_p{first})")  # noqa: S608  # a number
            return first if conn.scalar(empty) else None
    return None


def drop_partition(conn: Conn, first: int) -> None:
    """Drop a range of runs from the ledger; gives up after 2 s where somebody reads it, to be tried again."""
    conn.execute(text("SET LOCAL lock_timeout = '2s'"))
    for table in ("delivery", "delivery_event"):
        conn.execute(text(f"DROP TABLE IF EXISTS {table}_p{first}"))
