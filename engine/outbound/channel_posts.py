"""How the posts of a channel fared: the last one, those that failed, and these sent once more when it is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.kinds import KINDS
from engine.outbound.queries import channel_posts as queries
from engine.outbound.settle import rest
from engine.outbound.settle.which import Rest

SHOWN = 20
RECENT = timedelta(days=7)  # older news is no longer sent
MOST = 50  # runs at once, each a handful of statements; who has more says it again


@dataclass(frozen=True, slots=True)
class Failure:
    """A post that was not taken, or that nobody knows of: what the service said to it, and when."""

    run_id: int
    seq: int
    kind: str
    state: str
    said: str
    at: datetime


def last_posts(conn: Conn, workspace_id: int, team_id: int) -> Mapping[int, datetime]:
    """When each channel of a team took its last post, by channel; those that never did are left out."""
    return {int(row.id): row.sent_at for row in queries.last_posts(conn, workspace_id, team_id)}


def failures(conn: Conn, workspace_id: int, channel_id: int) -> Sequence[Failure]:
    """The last posts of a channel that failed, wait for another try, or are in doubt; newest first."""
    rows = queries.failures(conn, workspace_id, channel_id, SHOWN)
    return [Failure(r.run_id, r.seq, r.kind, r.state, r.reply or r.reason or r.code, r.at) for r in rows]


def unsent(conn: Conn, workspace_id: int, channel_id: int, now: datetime) -> int:
    """How many posts of the last week `send_again` would send, at most MOST runs of them."""
    return sum(len(seqs) for _, seqs in queries.unsent(conn, workspace_id, channel_id, now - RECENT, MOST))


def send_again(conn: Conn, workspace_id: int, channel_id: int, now: datetime, actor: str) -> tuple[int, FollowUp]:
    """Send the posts that failed once more, oldest first: how many, and the batches to send.

    None that was accepted or is in doubt is among them, and no digest: the next one says it all. Twice finds none.
    """
    sent, followup = 0, FollowUp()
    for run_id, seqs in queries.unsent(conn, workspace_id, channel_id, now - RECENT, MOST):  # a run for each answer
        some = Rest(workspace_id, run_id, states=queries.AGAIN, seqs=tuple(seqs))
        done = rest.requeue(conn, some, now, actor, now + KINDS["post"].again, "its channel works again")
        sent, followup = sent + done.rows, followup + done.followup
    return sent, followup
