"""Whether somebody's mails of teams are tracked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from engine.db import Conn


def wanting(conn: Conn, workspace_id: int, membership_ids: Sequence[int]) -> set[int]:
    """Which of these memberships are of people whose mails may be tracked."""
    statement = text("""
        SELECT m.id FROM membership m JOIN contact c ON c.id = m.contact_id
        WHERE m.workspace_id = :w AND m.id = ANY(cast(:ids AS bigint[])) AND c.tracked
    """)
    return set(conn.execute(statement, {"w": workspace_id, "ids": list(membership_ids)}).scalars())


def tracked_member(conn: Conn, workspace_id: int, run_id: int, seq: int, membership_id: int) -> bool:
    """Whether a mail of a team to this member is one whose links are counted."""
    statement = text("""
        SELECT FROM delivery d JOIN run r ON r.id = d.run_id JOIN workspace w ON w.id = d.workspace_id
        JOIN membership m ON m.id = d.recipient AND m.workspace_id = d.workspace_id
        JOIN contact c ON c.id = m.contact_id
        WHERE d.run_id = :run AND d.seq = :seq AND d.workspace_id = :w AND d.recipient = :member
          AND r.kind IN ('prompt', 'nudge', 'digest') AND w.track_checkins AND c.tracked
    """)
    values = {"run": run_id, "seq": seq, "w": workspace_id, "member": membership_id}
    return conn.execute(statement, values).first() is not None
