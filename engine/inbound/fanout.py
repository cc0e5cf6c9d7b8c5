"""An answer goes to the team's channels that get entries: one run of kind `post`, a delivery per active channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.db import Conn
from engine.inbound.queries import answers
from engine.inbound.queries.answers import Said
from engine.inbound.queries.whose import Part
from engine.outbound import mending
from engine.outbound.drafts import Draft, PostDraft, Row
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan

USEFUL = timedelta(days=1)  # yesterday's news is on the page and in the digest


def posts(conn: Conn, part: Part, answer_id: int, now: datetime) -> FollowUp:
    """Plan the posts of an answer; the batches to claim once it is committed."""
    channels = answers.active_channels(conn, part.workspace_id, part.team_id)
    recipients = [Recipient(c.id, answer_id, c.name, now + USEFUL, c.kind) for c in channels]
    planned = plan(conn, part.workspace_id, "post", recipients, now)
    if planned is None:
        return FollowUp()
    answers.write_post_run(conn, answer_id, planned.run_id)
    return FollowUp(batches=planned.batch_ids)


def posts_to_mend(conn: Conn, workspace_id: int, entry_ids: Sequence[int], now: datetime) -> FollowUp:
    """Plan corrections of every post that tells of an entry which was just edited, removed or restored.

    Call it in the transaction that changed the entries, after that. Twice plans two; each says what is so when it is
    sent, and the older one, if it still waits, nothing.
    """
    answers.lock_told(conn, workspace_id, entry_ids)
    return mending.mend(conn, workspace_id, answers.told(conn, workspace_id, entry_ids), now)


def answer_posts(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of runs of kind `post`: a draft by seq; answers whose entries are all removed have none."""
    said = answers.said(conn, workspace_id, [row.about for row in rows])
    return {row.seq: _draft(said[row.about]) for row in rows if row.about in said and said[row.about].entries}


def answers_now(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """What posts that are out are to say now: the same, and of an answer that was removed just that."""
    said = answers.said(conn, workspace_id, [row.about for row in rows])
    return {row.seq: _now(said[row.about]) for row in rows if row.about in said}


def _now(said: Said) -> PostDraft:
    if said.entries:
        return _draft(said)
    return PostDraft(f"{said.author} · {said.team}: the answer was removed.", _data(said), withdrawn=True)


def _draft(said: Said) -> PostDraft:
    lines = [f"{said.author} · {said.team}", *(f"- {entry['text']}" for entry in said.entries)]
    return PostDraft("\n".join(lines), _data(said))


def _data(said: Said) -> dict[str, Any]:
    """What a webhook gets: ids are stable, times are ISO 8601 in UTC."""
    return {
        "type": "answer.created",
        "answer": {"id": said.answer_id, "at": said.at.isoformat(), "entries": said.entries},
        "author": {"membership_id": said.author_id, "name": said.author},
        "team": {"id": said.team_id, "name": said.team},
        "round": {"id": said.round_id, "date": said.day.isoformat()},
    }
