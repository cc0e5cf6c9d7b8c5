"""Statements about the posts of channels: the last that was taken, and those that were not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.kinds import TO_CHANNELS

AGAIN = ("failed", "bounced", "expired")

# A recipient's number may be a person's too: the transport tells them apart, and the index begins with the recipient.
_LAST = text("""
    SELECT c.id, d.sent_at FROM channel c
    JOIN LATERAL (
        SELECT d.sent_at FROM delivery d
        WHERE d.recipient = c.id AND d.transport = c.kind AND d.workspace_id = c.workspace_id AND d.sent_at IS NOT NULL
        ORDER BY d.run_id DESC LIMIT 1
    ) d ON true
    WHERE c.workspace_id = :w AND c.team_id = :t
""")


def last_posts(conn: Conn, workspace_id: int, team_id: int) -> Sequence[Row[Any]]:
    """(id, sent_at) of each channel of a team that ever took a post."""
    return conn.execute(_LAST, {"w": workspace_id, "t": team_id}).all()


_FAILURES = text(f"""
    SELECT p.*, coalesce(e.at, p.made_at) AS at
    FROM (
        SELECT d.run_id, d.seq, r.kind, r.made_at, d.state, d.code, d.reply, d.reason
        FROM channel c
        JOIN delivery d ON d.recipient = c.id AND d.transport = c.kind AND d.workspace_id = c.workspace_id
        JOIN run r ON r.id = d.run_id AND r.kind IN {TO_CHANNELS}
        WHERE c.workspace_id = :w AND c.id = :id AND d.state IN ('failed', 'bounced', 'expired', 'deferred', 'in_doubt')
            AND NOT (r.kind = 'correction' AND d.state = 'expired')
        ORDER BY d.run_id DESC, d.seq LIMIT :limit
    ) p
    LEFT JOIN LATERAL (
        SELECT e.at FROM delivery_event e WHERE e.run_id = p.run_id AND e.seq = p.seq ORDER BY e.no DESC LIMIT 1
    ) e ON true
    ORDER BY p.run_id DESC, p.seq
""")  # noqa: S608  # fixed pieces only


def failures(conn: Conn, workspace_id: int, channel_id: int, limit: int) -> Sequence[Row[Any]]:
    """The newest posts of a channel that were not taken. A correction that expired had nothing left to say."""
    return conn.execute(_FAILURES, {"w": workspace_id, "id": channel_id, "limit": limit}).all()


_UNSENT = text(f"""
    SELECT d.run_id, array_agg(d.seq ORDER BY d.seq) AS seqs
    FROM channel c
    JOIN delivery d ON d.recipient = c.id AND d.transport = c.kind AND d.workspace_id = c.workspace_id
    JOIN run r ON r.id = d.run_id AND r.kind IN {TO_CHANNELS} AND r.kind <> 'digest_post' AND r.state <> 'cancelled'
    WHERE c.workspace_id = :w AND c.id = :id AND r.made_at > :after AND d.state = ANY(cast(:states AS text[]))
        AND NOT (r.kind = 'correction' AND d.state = 'expired')
        AND 'give_up' IS DISTINCT FROM (SELECT x.trigger FROM delivery_event x
                                        WHERE x.run_id = d.run_id AND x.seq = d.seq ORDER BY x.no DESC LIMIT 1)
    GROUP BY d.run_id ORDER BY d.run_id LIMIT :limit
""")  # noqa: S608  # fixed pieces only


def unsent(conn: Conn, workspace_id: int, channel_id: int, after: datetime, limit: int) -> list[tuple[int, list[int]]]:
    """(run_id, seqs) of the posts of a channel, planned after that instant, that can be sent once more; oldest first.

    What a person gave up after a doubt may have arrived, and is left out.
    """
    values = {"w": workspace_id, "id": channel_id, "after": after, "limit": limit, "states": db.texts(AGAIN)}
    return [(int(row.run_id), list(row.seqs)) for row in conn.execute(_UNSENT, values)]
