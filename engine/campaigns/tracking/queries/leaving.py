"""Unsubscriptions that came in a burst: found, held, settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from engine.db import Conn

_LOCK = 7_013_001  # of the workspaces' bursts, so that of two at once the second sees the first


def lock(conn: Conn, workspace_id: int) -> None:
    """Keep other bursts of the workspace out until the commit."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:of, :w)"), {"of": _LOCK, "w": workspace_id % 2**31})


def is_theirs(conn: Conn, workspace_id: int, contact_id: int, run_id: int, seq: int) -> bool:
    """Whether a mail of a campaign is to this person."""
    statement = text("""
        SELECT FROM delivery d JOIN run r ON r.id = d.run_id
        WHERE d.run_id = :run AND d.seq = :seq AND d.workspace_id = :w AND d.recipient = :id
          AND r.campaign_id IS NOT NULL
    """)
    values = {"run": run_id, "seq": seq, "w": workspace_id, "id": contact_id}
    return conn.execute(statement, values).first() is not None


def domain(conn: Conn, run_id: int, seq: int) -> str:
    """The domain a mail went to."""
    statement = text("SELECT lower(split_part(address, '@', 2)) FROM delivery WHERE run_id = :run AND seq = :seq")
    return str(conn.execute(statement, {"run": run_id, "seq": seq}).scalar() or "")


class Use(NamedTuple):
    """The unsubscribe link of a mail was used."""

    run_id: int
    seq: int
    at: datetime


def burst(conn: Conn, workspace_id: int, since: datetime, net: str, domain: str) -> list[Use]:
    """What machines, or whoever came too soon to have read, have done with unsubscribe links since, from this network
    or for this domain.

    An empty network or domain is nobody's.
    """
    statement = text("""
        SELECT h.run_id, h.seq, h.at FROM hit h JOIN delivery d ON d.run_id = h.run_id AND d.seq = h.seq
        WHERE h.workspace_id = :w AND h.link_id = -1 AND h.method = 'POST' AND h.at > :since
          AND (h.taken_for = 'machine' OR h.evidence -> 'why' ? 'soon')
          AND ((:net <> '' AND h.net = :net) OR (:domain <> '' AND lower(split_part(d.address, '@', 2)) = :domain))
    """)
    rows = conn.execute(statement, {"w": workspace_id, "since": since, "net": net, "domain": domain})
    return [Use(*row) for row in rows]


def hold(conn: Conn, workspace_id: int, uses: Sequence[Use], prefix: str, system: str) -> int:
    """Take back what these uses have done, and let it wait; how many. What was said before holds again.

    `prefix` begins the evidence of such a consent; run and seq follow. Its instant is that of the use: what the same
    person does with the same link at another time is their own, whether it changed their word or found it said.
    """
    statement = text("""
        WITH mail AS (
            SELECT * FROM unnest(cast(:runs AS bigint[]), cast(:seqs AS bigint[]), cast(:ats AS timestamptz[]))
                AS m(run_id, seq, at)
            WHERE NOT EXISTS (SELECT FROM hit o WHERE o.run_id = m.run_id AND o.seq = m.seq AND o.link_id = -1
                AND o.method = 'POST' AND o.taken_for <> 'machine'
                AND NOT coalesce(o.evidence -> 'why' ? 'soon', false))
        ), gone AS (
            DELETE FROM consent_event e USING mail m, delivery d
            WHERE d.run_id = m.run_id AND d.seq = m.seq AND e.workspace_id = :w AND e.contact_id = d.recipient
              AND e.state = 'withdrawn' AND e.source = 'person' AND e.at = m.at
              AND e.evidence = :prefix || m.run_id || '.' || m.seq
              AND EXISTS (SELECT FROM consent c WHERE c.contact_id = e.contact_id AND c.channel = e.channel
                AND c.topic_id = e.topic_id AND c.state = e.state AND c.at = e.at AND c.evidence = e.evidence)
            RETURNING e.id, e.contact_id, e.channel, e.topic_id, e.at, m.run_id, m.seq
        ), before AS (
            SELECT g.*, b.state AS was, b.source, b.evidence, b.at AS was_at FROM gone g LEFT JOIN LATERAL (
                SELECT * FROM consent_event e WHERE e.contact_id = g.contact_id AND e.channel = g.channel
                    AND e.topic_id = g.topic_id AND e.id < g.id ORDER BY e.id DESC LIMIT 1
            ) b ON true
        ), back AS (
            UPDATE consent c SET state = b.was, source = b.source, evidence = b.evidence, at = b.was_at FROM before b
            WHERE c.contact_id = b.contact_id AND c.channel = b.channel AND c.topic_id = b.topic_id
              AND b.was IS NOT NULL
        ), out AS (
            DELETE FROM consent c USING before b
            WHERE c.contact_id = b.contact_id AND c.channel = b.channel AND c.topic_id = b.topic_id AND b.was IS NULL
        )
        INSERT INTO leaving (workspace_id, contact_id, channel, topic_id, run_id, seq, system, at)
        SELECT :w, g.contact_id, g.channel, g.topic_id, g.run_id, g.seq, :system, g.at FROM gone g
        WHERE NOT EXISTS (SELECT FROM leaving l WHERE l.workspace_id = :w AND l.contact_id = g.contact_id
            AND l.channel = g.channel AND l.topic_id = g.topic_id AND l.settled_at IS NULL)
    """)
    values = {"w": workspace_id, "prefix": prefix, "system": system}
    columns = {"runs": [u.run_id for u in uses], "seqs": [u.seq for u in uses], "ats": [u.at for u in uses]}
    return conn.execute(statement, {**values, **columns}).rowcount


def waits(conn: Conn, workspace_id: int, contact_id: int, channel: str, topic_id: int) -> bool:
    """Whether somebody's unsubscription waits for an admin's word."""
    statement = text("""
        SELECT FROM leaving WHERE workspace_id = :w AND contact_id = :id AND channel = :channel AND topic_id = :topic
            AND settled_at IS NULL
    """)
    values = {"w": workspace_id, "id": contact_id, "channel": channel, "topic": topic_id}
    return conn.execute(statement, values).first() is not None


def left_themselves(
    conn: Conn, workspace_id: int, contact_id: int, channel: str, topic_id: int, now: datetime
) -> None:  # fmt: skip
    """What waited is settled: the person said it again, by themselves."""
    statement = text("""
        UPDATE leaving SET settled_at = :now, settled = 'left' WHERE workspace_id = :w AND contact_id = :id
            AND channel = :channel AND topic_id = :topic AND settled_at IS NULL
    """)
    values = {"w": workspace_id, "id": contact_id, "channel": channel, "topic": topic_id, "now": now}
    conn.execute(statement, values)


def listed(conn: Conn, workspace_id: int, some: int) -> Sequence[Any]:
    """What waits, by receiving system, topic and channel: how many, since when, the last row, some of the people."""
    statement = text("""
        SELECT l.system, l.channel, l.topic_id, coalesce(t.name, '') AS topic, count(*) AS n, min(l.at) AS since,
            max(l.id) AS last,
            (array_agg(coalesce(nullif(c.name, ''), c.email) ORDER BY l.id))[1 : cast(:some AS int)] AS people
        FROM leaving l JOIN contact c ON c.id = l.contact_id LEFT JOIN topic t ON t.id = l.topic_id
        WHERE l.workspace_id = :w AND l.settled_at IS NULL
        GROUP BY l.system, l.channel, l.topic_id, t.name ORDER BY min(l.at), l.system LIMIT 100
    """)
    return conn.execute(statement, {"w": workspace_id, "some": some}).all()


def settle(
    conn: Conn, workspace_id: int, system: str, channel: str, topic_id: int, last: int, word: str, now: datetime
) -> list[int]:
    """Settle what a page has shown of one system; the contacts it was about."""
    statement = text("""
        UPDATE leaving SET settled_at = :now, settled = :word
        WHERE workspace_id = :w AND system = :system AND channel = :channel AND topic_id = :topic AND id <= :last
          AND settled_at IS NULL RETURNING contact_id
    """)
    values = {"w": workspace_id, "system": system, "channel": channel, "topic": topic_id, "last": last}
    return list(conn.execute(statement, {**values, "word": word, "now": now}).scalars())
