"""Statements that find doubts: rows in doubt with the event that says why, through the index of such events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, text

from engine import db
from engine.db import Conn
from engine.outbound.kinds import TO_CHANNELS, TO_CONTACTS
from engine.outbound.settle.queries.laying import pairs
from engine.outbound.settle.which import Which

# What the event's words tell of the cause; engine.outbound.record and the transports write them.
CAUSE = (
    "CASE WHEN e.reply LIKE 'its worker %' THEN 'died' WHEN e.reply LIKE 'the worker was stopped%' THEN 'stopped'"
    " WHEN d.transport <> 'smtp' THEN 'service' ELSE 'line' END"
)
PROVIDER = "coalesce(nullif(b.provider, ''), lower(split_part(d.address, '@', 2)))"
_LAST = (
    "NOT EXISTS (SELECT FROM delivery_event n WHERE n.run_id = e.run_id AND n.seq = e.seq AND n.trigger = 'doubt'"
    " AND n.no > e.no)"
)
# `+ 0` keeps the planner from looking deliveries up by the run's id alone, which it takes for as cheap as the key:
# 0.1 ms a doubt with runs of 100 rows instead of 0.01, and the more the larger the run.
_FROM = f"""
    FROM delivery_event e
    JOIN delivery d ON d.run_id = e.run_id AND d.seq = e.seq
    JOIN run r ON r.id = e.run_id + 0
    LEFT JOIN batch b ON b.id = d.batch_id
    WHERE e.trigger = 'doubt' AND d.state = 'in_doubt' AND {_LAST}
"""
_NARROW = {
    "workspace_id": "d.workspace_id = :workspace_id",
    "run_id": "e.run_id = :run_id",
    "kind": "r.kind = :kind",
    "provider": f"{PROVIDER} = :provider",
    "cause": f"{CAUSE} = :cause",
    "rows": "(e.run_id, e.seq) IN (SELECT * FROM unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[])))",
}


def _where(which: Which) -> tuple[str, dict[str, Any]]:
    asked = {name: getattr(which, name) for name in _NARROW}
    used = {name: value for name, value in asked.items() if value not in (None, "")}
    words = "".join(f" AND {_NARROW[name]}" for name in used)
    if (rows := used.pop("rows", None)) is not None:
        used |= {"runs": db.numbers([run for run, _ in rows]), "seqs": db.numbers([seq for _, seq in rows])}
    return words, used


def listed(
    conn: Conn, which: Which, after: float, limit: int, before: tuple[int, int] | None = None
) -> Sequence[Row[Any]]:
    """Doubts, newest run first, after the row `before` (run_id, seq); `young` ones are not `after` seconds old yet."""
    words, values = _where(which)
    if before is not None:
        words += " AND (e.run_id < :before_run OR (e.run_id = :before_run AND e.seq > :after_seq))"
        values |= {"before_run": before[0], "after_seq": before[1]}
    statement = text(f"""
        SELECT p.*, coalesce(nullif(c.name, ''), ch.name, '') AS name, coalesce(y.name, '') AS relay_name,
            coalesce(y.host, '') AS relay_host,
            (SELECT count(*) FROM delivery_event s WHERE s.run_id = p.run_id AND s.seq = p.seq
                AND s.trigger = 'resend') AS resends
        FROM (
            SELECT d.run_id, d.seq, d.workspace_id, r.kind, r.state AS run_state, r.doubt_policy, d.recipient,
                d.address, d.transport, d.attempt, d.relay_id, d.queue_id, d.useful_until, e.at, e.reply,
                {CAUSE} AS cause, {PROVIDER} AS provider,
                e.written_at > clock_timestamp() - make_interval(secs => :after) AS young
            {_FROM}{words} ORDER BY e.run_id DESC, e.seq LIMIT :limit
        ) p
        LEFT JOIN membership m ON p.kind IN ('prompt', 'nudge', 'digest', 'comment') AND m.id = p.recipient
            AND m.workspace_id = p.workspace_id
        LEFT JOIN contact c ON c.workspace_id = p.workspace_id
            AND c.id = CASE WHEN p.kind IN {TO_CONTACTS} THEN p.recipient ELSE m.contact_id END
        LEFT JOIN channel ch ON p.kind IN {TO_CHANNELS} AND ch.id = p.recipient AND ch.workspace_id = p.workspace_id
        LEFT JOIN relay y ON y.workspace_id = p.workspace_id AND y.id = p.relay_id
        ORDER BY p.run_id DESC, p.seq
    """)  # noqa: S608  # fixed pieces only
    return conn.execute(statement, {**values, "after": after, "limit": limit}).all()


def chosen(conn: Conn, which: Which, after: float, limit: int) -> Sequence[Row[Any]]:
    """(run_id, seq, kind, young) of the doubts that `which` names, locked, in order."""
    words, values = _where(which)
    statement = text(f"""
        SELECT e.run_id, e.seq, r.kind, e.written_at > clock_timestamp() - make_interval(secs => :after) AS young
        {_FROM}{words} ORDER BY e.run_id, e.seq LIMIT :limit FOR UPDATE OF d
    """)  # fixed pieces only
    return conn.execute(statement, {**values, "after": after, "limit": limit}).all()


def counted(conn: Conn, which: Which, after: float) -> Sequence[Row[Any]]:
    """The doubts by (run_id, kind, provider, cause), `n` of them, `young` ones among them."""
    words, values = _where(which)
    statement = text(f"""
        SELECT e.run_id, r.kind, {PROVIDER} AS provider, {CAUSE} AS cause, count(*) AS n,
            count(*) FILTER (WHERE e.written_at > clock_timestamp() - make_interval(secs => :after)) AS young
        {_FROM}{words} GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 5 DESC
    """)  # fixed pieces only
    return conn.execute(statement, {**values, "after": after}).all()


_LAST_WORD = (
    "(SELECT x.trigger FROM delivery_event x WHERE x.run_id = delivery.run_id AND x.seq = delivery.seq"
    " ORDER BY x.no DESC LIMIT 1) IN ('mark_arrived', 'give_up')"
)


def last_word_is_a_persons(rows: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """Those of the rows whose newest event is a person's word about a doubt: nothing has followed it."""
    return and_(pairs(rows), text(_LAST_WORD))


def settled(conn: Conn, workspace_id: int, limit: int) -> Sequence[Row[Any]]:
    """What people said about doubts of the last 7 days and may take back, newest first."""
    statement = text("""
        SELECT DISTINCT ON (l.no) d.run_id, d.seq, r.kind, d.address, d.state, l.at, l.actor, l.trigger, l.no
        FROM delivery_event e
        JOIN delivery d ON d.run_id = e.run_id AND d.seq = e.seq
        JOIN run r ON r.id = d.run_id
        JOIN LATERAL (SELECT x.no, x.at, x.actor, x.trigger FROM delivery_event x
                      WHERE x.run_id = d.run_id AND x.seq = d.seq ORDER BY x.no DESC LIMIT 1) l ON true
        WHERE e.trigger = 'doubt' AND e.written_at > clock_timestamp() - interval '7 days'
          AND d.workspace_id = :w AND d.state IN ('sent', 'failed') AND l.trigger IN ('mark_arrived', 'give_up')
        ORDER BY l.no DESC LIMIT :limit
    """)
    return conn.execute(statement, {"w": workspace_id, "limit": limit}).all()


# Whether the relay that had the row drops a second copy by its key: the one that the row names, while it goes first.
# A row that names none was with the instance's, which counts while the workspace has none of its own, and is `:keyed`
# where that drops copies. What came into doubt sooner than `after` seconds after a change of the header or the server
# may have left without the key.
_DROPS_COPIES = """
    d.transport = 'smtp' AND CASE
        WHEN d.relay_id IS NULL
            THEN EXISTS (SELECT FROM keyed k WHERE k.relay = :keyed AND k.relay <> ''
                         AND k.at < e.written_at - make_interval(secs => :after))
                AND NOT EXISTS (SELECT FROM relay y WHERE y.workspace_id = d.workspace_id)
        ELSE EXISTS (SELECT FROM relay y WHERE y.workspace_id = d.workspace_id AND y.id = d.relay_id
                     AND y.rank = 0 AND y.idempotency_header <> ''
                     AND y.keyed_at < e.written_at - make_interval(secs => :after))
    END
"""


def note_keyed(conn: Conn, keyed: str) -> None:
    """Write down what the instance's relay is, and since when, where that has changed."""
    statement = text(
        "INSERT INTO keyed (id, relay) SELECT 1, :keyed WHERE NOT EXISTS (SELECT FROM keyed WHERE relay = :keyed)"
        " ON CONFLICT (id) DO UPDATE SET relay = excluded.relay, at = now()"
    )
    conn.execute(statement, {"keyed": keyed})


def to_resend(conn: Conn, now: datetime, after: float, keyed: str, limit: int) -> list[tuple[int, int]]:
    """(run_id, seq) of doubts that need nobody: useful, never re-sent, and their relay drops copies, or their run's
    policy is resend and they are `after` seconds old by PostgreSQL's own clock."""
    statement = text(f"""
        SELECT e.run_id, e.seq {_FROM}
          AND e.written_at > clock_timestamp() - interval '7 days' AND d.useful_until > :now
          AND r.state IN ('open', 'done')
          AND ((r.doubt_policy = 'resend' AND e.written_at < clock_timestamp() - make_interval(secs => :after))
               OR ({_DROPS_COPIES}))
          AND NOT EXISTS (SELECT FROM delivery_event p
                          WHERE p.run_id = e.run_id AND p.seq = e.seq AND p.trigger = 'resend')
        ORDER BY e.run_id, e.seq LIMIT :limit FOR UPDATE OF d SKIP LOCKED
    """)  # noqa: S608  # fixed pieces only
    values = {"now": now, "after": after, "keyed": keyed, "limit": limit}
    return [(int(run), int(seq)) for run, seq in conn.execute(statement, values)]
