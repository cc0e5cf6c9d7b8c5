"""Statements of a campaign's report beside its rows: runs, hits, links, answers, who left, one page of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import Row, Select, column, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from engine import db
from engine.campaigns.report.queries.lists import NOT_MEANT, Rows, Scope
from engine.db import Conn
from engine.models import Contact, Delivery
from engine.outbound.stop import NEVER


def runs(conn: Conn, workspace_id: int, campaign_id: int) -> Sequence[Row[Any]]:
    """A campaign's sends, oldest first: the run, what was counted of it last, and what is tracked."""
    statement = text("""
        SELECT r.id, r.part, r.state, r.reason, r.size, r.made_at,
            w.track_links AND coalesce(c.track_links, true) AS links,
            w.track_opens AND coalesce(c.track_opens, true) AS opens,
            k.counts, k.waits, k.lately, k.again, extract(epoch FROM clock_timestamp() - k.at)::float8 AS ago,
            set_config('jit', 'off', true)  -- compiling what comes next takes longer than running it
        FROM campaign c JOIN workspace w ON w.id = c.workspace_id
        JOIN run r ON r.campaign_id = c.id AND r.workspace_id = c.workspace_id
        LEFT JOIN run_count k ON k.run_id = r.id
        WHERE c.workspace_id = :w AND c.id = :c AND r.kind = 'campaign' AND r.id >= c.run_id
            AND r.part <> ALL(cast(:not AS text[]))
        ORDER BY r.id
    """)
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "not": list(NOT_MEANT)}).all()


class HitRow(Protocol):
    """How many mails: `what` is open, click, link, or url, which is a link's own row with n = 0."""

    what: str
    link_id: int
    url: str
    hour: datetime | None  # of links none
    taken_for: str
    n: int


def hits(conn: Conn, of: Scope) -> Sequence[HitRow]:
    """The mails that were opened and clicked; and the links."""
    statement = text("""
        SELECT what, link_id, '' AS url, CASE WHEN what <> 'link' THEN hour END AS hour, taken_for,
            sum(n)::bigint AS n
        FROM hit_count WHERE run_id = ANY(cast(:runs AS bigint[])) AND workspace_id = :w
        GROUP BY 1, 2, 4, 5 HAVING sum(n) > 0
        UNION ALL
        (SELECT 'url', id, url, NULL, '', 0 FROM link WHERE workspace_id = :w AND campaign_id = :c
         ORDER BY id LIMIT 500)
    """)
    values = {"runs": db.numbers(of.runs), "w": of.workspace_id, "c": of.campaign_id}
    found: Any = conn.execute(statement, values).all()
    return cast(Sequence[HitRow], found)


# Batches that wait for the same are one: of those whose time has not come there may be thousands.
_OPEN = text("""
    SELECT (array_agg(id ORDER BY next_at, id))[1] AS one, array_agg(id) AS ids FROM batch
    WHERE run_id = ANY(cast(:runs AS bigint[])) AND state = 'open'
    GROUP BY run_id, transport, provider, coalesce(lease_until > clock_timestamp(), false), CASE
        WHEN next_at >= :never THEN 'never' WHEN next_at <= :now THEN 'now' WHEN window_at IS NOT NULL THEN 'later'
        ELSE next_at::text END
    ORDER BY min(next_at), 1 LIMIT 100
""")


def waiting(conn: Conn, runs: Sequence[int], now: datetime) -> list[tuple[int, list[int]]]:
    """Open batches that wait for the same: one of them, and all."""
    values = {"runs": db.numbers(runs), "now": now, "never": NEVER}
    return [(int(row.one), list(row.ids)) for row in conn.execute(_OPEN, values)]


_ANSWERS = """
    WITH said AS (
        SELECT m.conversation_id, m.no, m.author_id, m.at, m.body FROM message m
        WHERE m.workspace_id = :w AND m.campaign_id = :c AND m.author_kind = 'contact' AND m.deleted_at IS NULL
    ), newest AS (SELECT * FROM said ORDER BY at DESC, conversation_id LIMIT :limit)
    SELECT jsonb_build_object('all', (SELECT count(*) FROM said), 'newest', coalesce(jsonb_agg(to_jsonb(a)
        ORDER BY a.at DESC, a.conversation_id), '[]'::jsonb))
    FROM (
        SELECT n.conversation_id, n.no, n.at, left(n.body, 300) AS body, v.status, c.id AS contact_id,
            coalesce(nullif(c.name, ''), c.email) AS name
        FROM newest n JOIN conversation v ON v.id = n.conversation_id AND v.workspace_id = :w
        JOIN contact c ON c.id = n.author_id AND c.workspace_id = :w
    ) a
"""


def answers(conn: Conn, of: Scope, lists: Sequence[Rows], limit: int) -> tuple[Sequence[Mapping[str, Any]], list[int]]:
    """The newest answers; how many there are, and how many rows each of some lists has. One statement."""
    asked = text(_ANSWERS).bindparams(w=of.workspace_id, c=of.campaign_id, limit=limit).columns(column("said", JSONB))
    counts = [select(func.count()).select_from(rows.subquery()).scalar_subquery() for rows in lists]
    said, *numbers = conn.execute(select(asked.scalar_subquery(), *counts)).one()
    return said["newest"], [int(said["all"]), *map(int, numbers)]


def url(conn: Conn, workspace_id: int, campaign_id: int, link_id: int) -> str:
    """The address of a campaign's link; empty where it has no such one."""
    statement = text("SELECT url FROM link WHERE workspace_id = :w AND campaign_id = :c AND id = :id")
    return conn.execute(statement, {"w": workspace_id, "c": campaign_id, "id": link_id}).scalar() or ""


After = tuple[int, int]  # run_id and seq of the last one that was told


def page(conn: Conn, rows: Rows, after: After | None, limit: int) -> Sequence[Row[Any]]:
    """The next people of a list, in the order of runs and rows: who, how their mail stands, and when it was taken."""
    return conn.execute(_page(rows, after, limit)).all()


def _page(rows: Rows, after: After | None, limit: int) -> Select[Any]:
    found = rows.subquery("found")
    picked: Select[Any] = select(found.c.contact_id, found.c.run_id, found.c.seq)
    if after is not None:
        picked = picked.where(tuple_(found.c.run_id, found.c.seq) > after)
    few = picked.order_by(found.c.run_id, found.c.seq).limit(limit).subquery("few")
    d, c = Delivery, Contact
    return (
        select(
            few.c.run_id, few.c.seq, c.id.label("contact_id"), c.name, d.address, c.email, d.state, d.code, d.reply,
            d.reason, d.sent_at, d.attempt, c.erased_at,
        )
        .join(c, c.id == few.c.contact_id)
        .outerjoin(d, (d.run_id == few.c.run_id) & (d.seq == few.c.seq))
        .order_by(few.c.run_id, few.c.seq)
    )  # fmt: skip
