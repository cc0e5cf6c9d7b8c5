"""What the scheduler heals: runs that are over, doubts that need nobody, rows that a cancel left behind."""

from __future__ import annotations

from datetime import datetime

from engine import move
from engine.config import Settings
from engine.db import Conn
from engine.outbound import stop
from engine.outbound.followup import FollowUp
from engine.outbound.pace import routing
from engine.outbound.queries import claiming, stopping, sweeping
from engine.outbound.settle import doubts


def claimable(conn: Conn, now: datetime, settings: Settings) -> tuple[int, ...]:
    """Some batches that could be claimed this instant, most urgent first."""
    return tuple(claiming.claimable(conn, now, 100, routing.gates(conn, now, settings)))


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


def resend_doubts(conn: Conn, now: datetime, after: float, keyed: str = "") -> FollowUp:
    """Send once more the doubts that wait for nobody: the same row, the same Message-ID, listed.

    That is at once where the relay that had the row drops copies by an idempotency header (`keyed` names the instance's
    own, with the header, where it does), else when the run's policy is resend and the doubt is `after` seconds old by
    PostgreSQL's own clock (H15). A row must still be useful, and is sent again so once.
    """
    return doubts.resend_by_policy(conn, now, after, keyed)


def reopen_runs(conn: Conn, now: datetime) -> int:
    """Open the done runs that have an open batch; returns how many.

    Somebody queued rows again while `finish_runs`, which could not see that yet, closed their run.
    """
    return len(move.many(conn, "run", "reopen", sweeping.done_with_open_batches(), now, note="rows are queued again"))


def expire_stopped(conn: Conn, now: datetime) -> int:
    """Expire what runs that are paused or held have not sent in time; returns how many rows."""
    return sum(stop.expire_rows(conn, run_id, now) for run_id in stopping.stopped_with_useless_rows(conn, now))


RESTORED = "the database was restored from a backup or moved to another server: mails sent since may be missing here"


def hold_after_restore(conn: Conn, now: datetime, reason: str = RESTORED) -> int:
    """Hold every unfinished run when the database was restored or its replica promoted; returns how many (H15).

    What the lost hours sent is not known to these rows. Until this has committed, nothing can be claimed.
    """
    if not sweeping.moved(conn):
        return 0
    return sum(stop.hold(conn, run_id, reason, now) for run_id in sweeping.unfinished_runs(conn))


def audit(conn: Conn) -> int:
    """How many open rows name a batch that is done or poisoned: 0, or the ledger is broken (H14)."""
    return sweeping.open_rows_in_ended_batches(conn)
