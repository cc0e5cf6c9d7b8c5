"""What the mail says that tells an entry's author, or whose comment was answered, what somebody wrote about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from engine.db import Conn
from engine.outbound.drafts import Draft, MailDraft
from engine.outbound.drafts import Row as Delivery
from engine.rounds import words
from engine.rounds.queries import commented

REPLY_DAYS = timedelta(days=30)
ENTRY = 600  # letters of an entry that are shown above what was written about it


def comment_mails(conn: Conn, workspace_id: int, rows: Sequence[Delivery]) -> Mapping[int, Draft]:
    """A mail by seq; `about` is the first comment that it tells of.

    None where all of them were removed while it waited, or their entries, and to who paused or left.
    """
    told: dict[int, list[Any]] = {}
    for one in commented.told(conn, workspace_id, [(row.about, row.recipient) for row in rows]):
        told.setdefault(one.n, []).append(one)
    return {rows[n].seq: _draft(comments) for n, comments in told.items()}


def _draft(comments: Sequence[Any]) -> MailDraft:
    first = comments[0]
    keys = ((first.prompt_run_id, first.prompt_seq), (first.nudge_run_id, first.nudge_seq))
    return MailDraft(
        "comment",
        {
            "subject": words.thread_subject(first.team, first.local_date, first.questions),
            "team": first.team,
            "day": words.day(first.local_date),
            "writer": first.writer,
            "own": first.own,
            "comments": [{"author": one.author, "entry": _shortened(one.entry), "text": one.text} for one in comments],
        },
        to_name=first.to_name,
        membership_id=first.membership_id,
        list_id=f"team-{first.team_id}",
        list_name=first.team,
        after=tuple((run, seq) for run, seq in keys if run is not None and seq is not None),
        reply_until=first.at.date() + REPLY_DAYS,
    )


def _shortened(entry: str) -> str:
    return entry if len(entry) <= ENTRY else entry[:ENTRY].rsplit(" ", 1)[0] + "…"
