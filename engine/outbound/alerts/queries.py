"""Statements of the alerts: what is wrong, the incidents there are, and whom to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.outbound.queries.claiming import FREE, OF_OWN, OWN, SHUT, Gates

# Lanes whose trouble may be that of a group of batches: the workspace's own relays, else the instance's; of posts one.
_LANES = """
    CASE WHEN g.transport <> 'smtp' THEN p.lane = g.transport || ':' || g.workspace_id
         WHEN EXISTS (SELECT FROM relay y WHERE y.workspace_id = g.workspace_id)
             THEN p.lane IN (SELECT 'relay:' || y.id FROM relay y WHERE y.workspace_id = g.workspace_id)
         ELSE p.lane = 'instance' OR p.lane LIKE 'instance:%' END
"""


def overdue(conn: Conn, now: datetime, before: datetime, gates: Gates) -> Sequence[Row[Any]]:
    """(kind, n, age in seconds) of batches due before an instant that nobody takes, and nobody takes others beside.

    A lane where somebody holds a lease is worked on, however long its queue; one that the gates shut waits for a
    reason of its own, which the kinds "stuck" and "health" tell of.
    """
    statement = text(f"""
        WITH {OWN}
        SELECT r.kind, count(*) AS n, extract(epoch FROM cast(:now AS timestamptz) - min(b.next_at))::float8 AS age
        FROM batch b JOIN run r ON r.id = b.run_id {OF_OWN}
        WHERE b.state = 'open' AND r.state = 'open' AND NOT b.stop AND b.next_at < :before
          AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
          AND NOT EXISTS (SELECT FROM batch o WHERE o.state = 'open' AND o.workspace_id = b.workspace_id
                          AND o.transport = b.transport AND o.lease_until > clock_timestamp())
          AND {FREE}
        GROUP BY 1 ORDER BY 1
    """)  # noqa: S608  # fixed pieces only
    return conn.execute(statement, {"now": now, "before": before, **gates.values()}).all()


def stuck(conn: Conn, now: datetime, before: datetime, gates: Gates) -> Sequence[Row[Any]]:
    """(workspace_id, transport, runs, first, age, reason) of open runs that were due before, and have not moved since.

    One that waits for its pace is not stuck; one whose relay's breaker is open is, and its words are the reason.
    """
    statement = text(f"""
        WITH {OWN}, g AS (
            SELECT b.workspace_id, b.transport, count(DISTINCT r.id) AS runs, min(r.id) AS first,
                extract(epoch FROM cast(:now AS timestamptz) - min(greatest(t.moved_at, b.next_at)))::float8 AS age
            FROM run r JOIN tallied t ON t.run_id = r.id JOIN batch b ON b.run_id = r.id AND b.state = 'open' {OF_OWN}
            WHERE r.state = 'open' AND t.moved_at < :before AND b.next_at < :before AND NOT {SHUT}
            GROUP BY 1, 2
        )
        SELECT g.*, (SELECT p.reason FROM pace p WHERE p.failures > 0 AND p.reason <> '' AND {_LANES}
                     ORDER BY p.breaker = 'closed', p.at DESC LIMIT 1) AS reason
        FROM g ORDER BY 1, 2
    """)  # noqa: S608  # fixed pieces only
    values = replace(gates, broken=()).values()  # a breaker is trouble, no pace
    return conn.execute(statement, {"now": now, "before": before, **values}).all()


def held(conn: Conn) -> Sequence[Row[Any]]:
    """(workspace_id, runs, first, reason) of workspaces with held runs."""
    statement = text(
        "SELECT workspace_id, count(*) AS runs, min(id) AS first, max(reason) AS reason FROM run"
        " WHERE state = 'held' GROUP BY 1 ORDER BY 1"
    )
    return conn.execute(statement).all()


def old_doubts(conn: Conn, after: float) -> Sequence[Row[Any]]:
    """(workspace_id, n, age) of doubts older than so many seconds in runs that hold, of the last 30 days."""
    statement = text("""
        SELECT d.workspace_id, count(DISTINCT (d.run_id, d.seq)) AS n,
            extract(epoch FROM clock_timestamp() - min(e.written_at))::float8 AS age
        FROM delivery_event e JOIN delivery d ON d.run_id = e.run_id AND d.seq = e.seq JOIN run r ON r.id = e.run_id
        WHERE e.trigger = 'doubt' AND e.written_at < clock_timestamp() - make_interval(secs => :after)
          AND e.written_at > clock_timestamp() - interval '30 days'
          AND d.state = 'in_doubt' AND r.doubt_policy = 'hold'
        GROUP BY 1 ORDER BY 1
    """)
    return conn.execute(statement, {"after": after}).all()


def held_leaving(conn: Conn, now: datetime) -> Sequence[Row[Any]]:
    """(workspace_id, n, age, system) of unsubscriptions that wait for an admin; `system` is where most came from."""
    statement = text("""
        SELECT workspace_id, count(*) AS n, extract(epoch FROM cast(:now AS timestamptz) - min(at))::float8 AS age,
            mode() WITHIN GROUP (ORDER BY system) AS system
        FROM leaving WHERE settled_at IS NULL GROUP BY 1 ORDER BY 1
    """)
    return conn.execute(statement, {"now": now}).all()


# ---- incidents ------------------------------------------------------------------------------------------------------


def see(conn: Conn, facts: Sequence[Any], now: datetime) -> None:
    """Open an incident for each fact that has none. One that was gone is back; untold, it has to last anew."""
    statement = text("""
        INSERT INTO incident (workspace_id, kind, about, words, opened_at)
        SELECT w, k, a, s, :now FROM unnest(cast(:w AS bigint[]), cast(:k AS text[]), cast(:a AS text[]),
            cast(:s AS text[])) AS f(w, k, a, s)
        ON CONFLICT (kind, about) WHERE over_at IS NULL DO UPDATE SET gone_at = NULL, words = excluded.words,
            opened_at = CASE WHEN incident.told_at IS NULL AND incident.gone_at IS NOT NULL THEN excluded.opened_at
                             ELSE incident.opened_at END
    """)
    values = {
        "w": [f.workspace_id for f in facts], "k": [f.kind for f in facts], "a": [f.about for f in facts],
        "s": [f.words for f in facts], "now": now,
    }  # fmt: skip
    conn.execute(statement, values)


def miss(conn: Conn, kinds: Sequence[str], seen: Sequence[tuple[str, str]], now: datetime) -> None:
    """Mark as gone the open incidents of these kinds whose (kind, about) was not seen."""
    statement = text("""
        UPDATE incident SET gone_at = :now WHERE over_at IS NULL AND gone_at IS NULL AND kind = ANY(:kinds)
          AND NOT EXISTS (SELECT FROM unnest(cast(:k AS text[]), cast(:a AS text[])) AS s(k, a)
                          WHERE s.k = kind AND s.a = about)
    """)
    values = {"k": [k for k, _ in seen], "a": [a for _, a in seen], "kinds": list(kinds), "now": now}
    conn.execute(statement, values)


def close(conn: Conn, before: datetime, now: datetime) -> None:
    """End the incidents that have been gone since before an instant."""
    statement = text("UPDATE incident SET over_at = :now WHERE over_at IS NULL AND gone_at <= :before")
    conn.execute(statement, {"before": before, "now": now})


def open_abouts(conn: Conn) -> set[tuple[str, str]]:
    """(kind, about) of the incidents that are open."""
    return {
        (row.kind, row.about) for row in conn.execute(text("SELECT kind, about FROM incident WHERE over_at IS NULL"))
    }


def to_tell(conn: Conn, before: datetime) -> Sequence[Row[Any]]:
    """Incidents to be told now, oldest first: those that lasted, and those told that are over."""
    statement = text("""
        SELECT id, workspace_id, kind, words, opened_at, over_at FROM incident
        WHERE (told_at IS NULL AND over_at IS NULL AND gone_at IS NULL AND opened_at <= :before)
           OR (told_at IS NOT NULL AND told_over_at IS NULL AND over_at IS NOT NULL)
        ORDER BY id FOR UPDATE
    """)
    return conn.execute(statement, {"before": before}).all()


def told(conn: Conn, ids: Sequence[int], now: datetime) -> None:
    """Write down that these incidents were told as they stand: open, or over."""
    statement = text("""
        UPDATE incident SET told_at = coalesce(told_at, :now),
            told_over_at = CASE WHEN over_at IS NOT NULL THEN :now ELSE told_over_at END
        WHERE id = ANY(:ids)
    """)
    conn.execute(statement, {"ids": list(ids), "now": now})


def to_post(conn: Conn) -> Sequence[Row[Any]]:
    """Incidents whose chat message is due: told and open, or posted and over."""
    statement = text("""
        SELECT id, workspace_id, kind, words, opened_at, over_at FROM incident
        WHERE (posted_at IS NULL AND told_at IS NOT NULL AND over_at IS NULL)
           OR (posted_at IS NOT NULL AND posted_over_at IS NULL AND over_at IS NOT NULL)
        ORDER BY id
    """)
    return conn.execute(statement).all()


def posted(conn: Conn, ids: Sequence[int], now: datetime) -> None:
    """Write down that the chat service took the message about these."""
    statement = text("""
        UPDATE incident SET posted_at = coalesce(posted_at, :now),
            posted_over_at = CASE WHEN over_at IS NOT NULL THEN :now ELSE posted_over_at END
        WHERE id = ANY(:ids)
    """)
    conn.execute(statement, {"ids": list(ids), "now": now})


def latest(conn: Conn, workspace_id: int | None, limit: int) -> Sequence[Row[Any]]:
    """Incidents, open ones first, then the latest: a workspace's and the instance's, or (None) all."""
    statement = text("""
        SELECT id, workspace_id, kind, words, opened_at, told_at, over_at FROM incident
        WHERE cast(:w AS bigint) IS NULL OR workspace_id = :w OR workspace_id IS NULL
        ORDER BY over_at IS NOT NULL, opened_at DESC LIMIT :limit
    """)
    return conn.execute(statement, {"w": workspace_id, "limit": limit}).all()


# ---- people ---------------------------------------------------------------------------------------------------------


def admins(conn: Conn, workspace_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """(workspace_id, contact_id) of the owners and admins of these workspaces."""
    statement = text("""
        SELECT workspace_id, contact_id FROM account
        WHERE workspace_id = ANY(cast(:ids AS bigint[])) AND role IN ('owner', 'admin') ORDER BY 1, 2
    """)
    return conn.execute(statement, {"ids": list(workspace_ids)}).all()


def first_workspace(conn: Conn) -> int | None:
    """The workspace that was made first: the instance's own."""
    found: int | None = conn.execute(text("SELECT min(id) FROM workspace")).scalar_one()
    return found
