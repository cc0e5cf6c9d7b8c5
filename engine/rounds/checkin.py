"""Sweeps that carry each member's part on: asked when the prompt was accepted, reminded, missed; then the round closes.

Each may run twice or late: what it finds is what the rows say now.
"""

from __future__ import annotations

from datetime import datetime

from engine import move
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient
from engine.rounds import posting, queries
from engine.rounds.mailing import plan_runs
from engine.rounds.mails import nudge_mails, prompt_mails
from engine.rounds.queries import checking


def settle_asked(conn: Conn, now: datetime) -> FollowUp:
    """Due parts whose prompt the receiver accepted are asked; nothing to send."""
    if accepted := checking.accepted_prompts(conn):
        move.many(conn, "participation", "ask", queries.parts(accepted), now)
    return FollowUp()


def nudge_due(conn: Conn, now: datetime) -> FollowUp:
    """Remind everybody who was asked, has not answered, and whose nudge is due; the batches to send."""
    found = {part.id: part for part in checking.unanswered(conn, now)}
    if not found:
        return FollowUp()
    moved = {row.id for row in move.many(conn, "participation", "remind", queries.parts(list(found)), now)}
    chosen = [part for part in found.values() if part.id in moved]
    mailed = plan_runs(
        conn,
        "nudge",
        [(p.workspace_id, Recipient(p.membership_id, p.id, p.address, p.closes_at)) for p in chosen],
        now,
    )
    checking.write_nudges(conn, mailed.about, mailed.run_id, mailed.seq)
    return mailed.follow_up


def close_due(conn: Conn, now: datetime) -> FollowUp:
    """Parts whose answer window is over are missed; rounds in which nothing can happen any more close.

    What channels are told of those that closed is to be sent.
    """
    if overdue := checking.overdue(conn, now):
        move.many(conn, "participation", "miss", queries.parts(overdue), now)
    if finished := checking.finished_rounds(conn, now):
        closed = move.many(conn, "round", "close", queries.rounds(finished), now)
        return posting.plan_round_posts(conn, [row.id for row in closed], now)
    return FollowUp()


__all__ = ["close_due", "nudge_due", "nudge_mails", "prompt_mails", "settle_asked"]
