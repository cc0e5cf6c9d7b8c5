"""What the scheduler heals: runs that are over, doubts whose policy is to resend, rows that a cancel left behind."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.outbound import stop
from engine.outbound.followup import FollowUp
from engine.outbound.queries import flushing, stopping, sweeping

LIMIT = 1000  # rows or runs one sweep takes; the next one comes in seconds


def claimable(conn: Conn, now: datetime) -> tuple[int, ...]:
    """Some batches that could be claimed this instant, most urgent first."""
    return tuple(sweeping.claimable(conn, now, 100))


def finish_runs(conn: Conn, now: datetime) -> int:
    """Close the open runs that have no open batch left; returns how many."""
    return len(move.many(conn, "run", "finish", sweeping.runs_without_open_batches(), now))


def finish_cancelled(conn: Conn, now: datetime) -> int:
    """Cancel what came back to the ledger after its run was cancelled (rows put into an "again" batch, H5)."""
    cancelled = 0
    for run_id in stopping.cancelled_with_batches(conn):
        batches = stopping.stop_batches(conn, run_id)
        cancelled += stop.cancel_rows(conn, run_id, batches, now, actor="")
    return cancelled


def resend_doubts(conn: Conn, now: datetime, after: float) -> FollowUp:
    """Send once more what is in doubt in runs whose policy is resend: the same row, the same Message-ID, listed.

    A doubt must be `after` seconds old by PostgreSQL's own clock, still useful, and never re-sent before (H15).
    """
    doubts: dict[tuple[int, str], list[int]] = defaultdict(list)
    for run_id, seq, transport in sweeping.doubts_to_resend(conn, now, after, LIMIT):
        doubts[run_id, transport].append(seq)
    batches = []
    for (run_id, transport), seqs in sorted(doubts.items()):
        batch_id = flushing.later_batch(conn, run_id, transport, now)
        values = {"batch_id": batch_id, "attempt": sweeping.next_attempt()}
        reason = "sent a second time after a doubt"
        move.deliveries(conn, "resend", flushing.these(run_id, seqs), now, reason=reason, values=values)
        move.many(conn, "run", "reopen", sweeping.done(run_id), now)
        batches.append(batch_id)
    return FollowUp(batches=tuple(batches))


def hold_after_restore(conn: Conn, now: datetime) -> int:
    """Hold every unfinished run when the database was restored or its replica promoted; returns how many (H15).

    What the lost hours sent is not known to these rows. Until this has committed, nothing can be claimed.
    """
    if not sweeping.moved(conn):
        return 0
    reason = "the database was restored from a backup or moved to another server: mails sent since may be missing here"
    return sum(stop.hold(conn, run_id, reason, now) for run_id in sweeping.unfinished_runs(conn))


def audit(conn: Conn) -> int:
    """How many open rows name a batch that is done or poisoned: 0, or the ledger is broken (H14)."""
    return sweeping.open_rows_in_ended_batches(conn)
