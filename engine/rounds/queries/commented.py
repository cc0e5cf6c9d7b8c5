"""The statement behind the mails that tell of comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.rounds.queries import PAUSED

# `about` is the first comment that the mail tells its recipient of; the others are those of the same run on entries of
# the recipient. A mail about somebody else's entry, to one whose comment was answered, tells of that one alone.
_COMMENTS = text(f"""
    SELECT k.n - 1 AS n, c.id, c.text, c.at, e.id AS entry_id, e.text AS entry, e.membership_id = m.id AS own,
        coalesce(nullif(a.name, ''), a.email) AS author, coalesce(nullif(w.name, ''), w.email) AS writer,
        t.id AS team_id, t.name AS team, r.local_date, r.questions, m.id AS membership_id, me.name AS to_name,
        p.prompt_run_id, p.prompt_seq, p.nudge_run_id, p.nudge_seq
    FROM unnest(cast(:about AS bigint[]), cast(:recipient AS bigint[])) WITH ORDINALITY AS k(about, recipient, n)
    JOIN comment o ON o.id = k.about
    JOIN comment c ON c.run_id = o.run_id AND c.removed_at IS NULL
    JOIN entry e ON e.id = c.entry_id AND e.removed_at IS NULL
    JOIN round r ON r.id = e.round_id
    JOIN team t ON t.id = e.team_id
    JOIN membership m ON m.id = k.recipient AND m.left_at IS NULL
        AND NOT {PAUSED.format(day="cast(:today AS date)")}
    JOIN contact me ON me.id = m.contact_id
    JOIN membership am ON am.id = e.membership_id JOIN contact a ON a.id = am.contact_id
    JOIN membership wm ON wm.id = c.membership_id JOIN contact w ON w.id = wm.contact_id
    LEFT JOIN participation p ON p.membership_id = m.id AND p.round_id = e.round_id
    WHERE o.workspace_id = :ws AND (c.id = o.id OR e.membership_id = m.id)
    ORDER BY k.n, c.id
""")  # noqa: S608  # fixed pieces only


def told(conn: Conn, workspace_id: int, pairs: Sequence[tuple[int, int]]) -> Sequence[Row[Any]]:
    """What each mail of (comment, recipient) tells: its comments, `n` the place of the pair; none of who left or is
    paused, or of what was removed."""
    values = {
        "ws": workspace_id, "about": [about for about, _ in pairs], "recipient": [to for _, to in pairs],
        "today": db.now(conn).date(),
    }  # fmt: skip
    return conn.execute(_COMMENTS, values).all()
