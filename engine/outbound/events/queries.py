"""The statements about provider events: kept once, matched to deliveries, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.db import Conn
from engine.models import Delivery, ProviderEvent

Pair = tuple[int, int]  # (run_id, seq)


class Waiting(NamedTuple):
    """A kept event of which something may still come."""

    source: str
    event_id: str
    kind: str
    workspace_id: int | None
    run_id: int | None
    seq: int | None
    remote_id: str
    address: str
    code: str
    words: str
    dead: bool
    taken_at: datetime


_COLUMNS = ", ".join(f"e.{name}" for name in Waiting._fields)


def keep(conn: Conn, rows: Sequence[Mapping[str, Any]]) -> list[Waiting]:
    """Keep events, each once by (source, event_id); those that are new."""
    if not rows:
        return []
    e = ProviderEvent
    made = insert(e).values(list(rows)).on_conflict_do_nothing(index_elements=["source", "event_id"])
    answer = made.returning(*(getattr(e, name) for name in Waiting._fields))
    return [Waiting(*row) for row in conn.execute(answer)]


def unsettled(conn: Conn, limit: int) -> list[Waiting]:
    """Events of which something may still come, the oldest first; those another one works on are left out."""
    statement = text(
        f"SELECT {_COLUMNS} FROM provider_event e WHERE NOT e.settled ORDER BY e.taken_at"  # noqa: S608  # our columns
        " LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
    return [Waiting(*row) for row in conn.execute(statement, {"limit": limit})]


class About(NamedTuple):
    """The delivery an event is about, locked unless it is open."""

    workspace_id: int
    state: str
    address: str


def about(conn: Conn, pairs: Sequence[Pair], open_states: Sequence[str]) -> dict[Pair, About]:
    """The mail deliveries by (run_id, seq). Those past the flush are locked, in one order for everybody."""
    statement = text(
        "SELECT d.run_id, d.seq, d.workspace_id, d.state, d.address FROM delivery d"
        " JOIN unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[])) AS a(run_id, seq)"
        " ON a.run_id = d.run_id AND a.seq = d.seq"
        " WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND d.transport = 'smtp'"
    )
    values = {"runs": db.numbers([run for run, _ in pairs]), "seqs": db.numbers([seq for _, seq in pairs])}
    found = {(row.run_id, row.seq): About(*row[2:]) for row in conn.execute(statement, values)}
    past = sorted(pair for pair, row in found.items() if row.state not in open_states)
    if past:
        values = {"runs": db.numbers([run for run, _ in past]), "seqs": db.numbers([seq for _, seq in past])}
        locked = text(f"{statement.text} ORDER BY d.run_id, d.seq FOR UPDATE OF d")
        found |= {(row.run_id, row.seq): About(*row[2:]) for row in conn.execute(locked, values)}
    return found


def by_remote_id(conn: Conn, events: Sequence[Waiting], since: datetime) -> dict[tuple[str, str], Pair]:
    """(run_id, seq) by (source, event_id) for events that name no delivery of ours: by the provider's id for the mail.

    Ids are kept in remote_id, or stand in the reply to the mail (queue_id). That one has no index, so it is looked for
    among the deliveries to the address since `since` alone; a relay's own workspace bounds both.
    """
    statement = text("""
        WITH asked AS (
            SELECT * FROM unnest(cast(:sources AS text[]), cast(:ids AS text[]), cast(:remotes AS text[]),
                cast(:keys AS text[]), cast(:spaces AS bigint[]))
                AS a(source, event_id, remote_id, email_key, workspace_id)
            WHERE remote_id <> ''
        ), people AS (
            SELECT a.source, a.event_id, a.remote_id, c.workspace_id, c.id FROM asked a
            JOIN workspace w ON a.workspace_id IS NULL OR w.id = a.workspace_id
            JOIN contact c ON c.workspace_id = w.id AND c.email_key = a.email_key
        ), recipients AS (
            SELECT source, event_id, remote_id, workspace_id, id FROM people
            UNION ALL
            SELECT p.source, p.event_id, p.remote_id, p.workspace_id, m.id FROM people p
            JOIN membership m ON m.contact_id = p.id
        )
        SELECT a.source, a.event_id, r.run_id, r.seq FROM asked a
        JOIN remote_id r ON r.transport = 'smtp' AND r.remote_id = a.remote_id
        WHERE a.workspace_id IS NULL OR a.workspace_id = r.workspace_id
        UNION ALL
        SELECT r.source, r.event_id, d.run_id, d.seq FROM recipients r
        JOIN delivery d ON d.recipient = r.id AND d.workspace_id = r.workspace_id AND d.queue_id = r.remote_id
        WHERE d.transport = 'smtp' AND d.run_id >= (SELECT coalesce(min(id), 0) FROM run WHERE made_at > :since)
    """)
    values = {
        "sources": db.texts([e.source for e in events]),
        "ids": db.texts([e.event_id for e in events]),
        "remotes": db.texts([e.remote_id for e in events]),
        "keys": db.texts([e.address.casefold() for e in events]),
        "spaces": db.numbers([e.workspace_id for e in events]),
        "since": since,
    }
    return {(row.source, row.event_id): (row.run_id, row.seq) for row in conn.execute(statement, values)}


def settle(conn: Conn, rows: Sequence[tuple[str, str, int | None, int | None, int | None, bool]]) -> None:
    """Write what is known of events now: (source, event_id, workspace_id, run_id, seq, settled) each."""
    if not rows:
        return
    sources, ids, spaces, runs, seqs, settled = zip(*rows, strict=True)
    conn.execute(
        text(
            "UPDATE provider_event e SET workspace_id = a.workspace_id, run_id = a.run_id, seq = a.seq,"
            " settled = a.settled = 1 FROM unnest(cast(:sources AS text[]), cast(:ids AS text[]),"
            " cast(:spaces AS bigint[]), cast(:runs AS bigint[]), cast(:seqs AS bigint[]), cast(:settled AS bigint[]))"
            " AS a(source, event_id, workspace_id, run_id, seq, settled)"
            " WHERE e.source = a.source AND e.event_id = a.event_id"
        ),
        {
            "sources": db.texts(sources),
            "ids": db.texts(ids),
            "spaces": db.numbers(spaces),
            "runs": db.numbers(runs),
            "seqs": db.numbers(seqs),
            "settled": db.numbers([int(value) for value in settled]),
        },
    )


def drop_settled(conn: Conn, before: datetime, limit: int) -> int:
    """Remove settled events taken before `before`, at most `limit` of each source, the oldest first; how many.

    Goes from source to source through their index; there is none on the time alone. By ctid, because a join on the key
    is planned for as many rows as might go, and then reads the whole table each time.
    """
    statement = text("""
        WITH RECURSIVE each(source) AS (
            SELECT min(source) FROM provider_event
            UNION ALL
            SELECT (SELECT min(p.source) FROM provider_event p WHERE p.source > each.source) FROM each
            WHERE each.source IS NOT NULL
        )
        DELETE FROM provider_event e WHERE e.settled AND e.ctid = ANY(ARRAY(
            SELECT o.ctid FROM each CROSS JOIN LATERAL (
                SELECT p.ctid FROM provider_event p
                WHERE p.source = each.source AND p.taken_at < :before AND p.settled ORDER BY p.taken_at LIMIT :limit
            ) o
        ))
    """)
    return conn.execute(statement, {"before": before, "limit": limit}).rowcount


def among(pairs: Sequence[Pair]) -> ColumnElement[bool]:
    """These deliveries, for engine.move."""
    return tuple_(Delivery.run_id, Delivery.seq).in_(pairs)


def said(column: str, kind: str) -> ColumnElement[Any]:
    """What the newest event of `kind` about a delivery says in `column`, as a value for engine.move."""
    e = ProviderEvent
    about_it = (e.run_id == Delivery.run_id, e.seq == Delivery.seq, e.kind == kind)
    newest = select(getattr(e, column)).where(*about_it).order_by(e.at.desc()).limit(1)
    return func.coalesce(newest.scalar_subquery(), "")


def first_sent(now: datetime) -> ColumnElement[Any]:
    """`sent_at` of a delivery that is now known to have been sent: as it was, else `now`."""
    return func.coalesce(Delivery.sent_at, now)
