"""The rescue: leases that are over, runs that are done, doubts to resend, mails that nobody read."""

from __future__ import annotations

from datetime import datetime

from engine import log
from engine.config import Settings
from engine.db import Conn
from engine.inbound.queries.waiting import waiting_inbound
from engine.outbound import record, sweep
from engine.outbound.followup import FollowUp

logger = log.get(__name__)

OLD_MAIL = 10.0  # seconds a mail may wait before the sweep offers it again


def rescue(conn: Conn, now: datetime, settings: Settings) -> FollowUp:
    """Heal what hints and workers left behind; what can be claimed or read now."""
    record.rescue(conn, now)
    sweep.finish_cancelled(conn, now)
    sweep.resend_doubts(conn, now, settings.doubt_resend_seconds)
    sweep.finish_runs(conn, now)
    return FollowUp(sweep.claimable(conn, now), tuple(waiting_inbound(conn, now, OLD_MAIL)))


def audit(conn: Conn) -> None:
    """Say loudly when an open row names a batch that has ended: it would never be sent."""
    if lost := sweep.audit(conn):
        logger.error("open rows in ended batches", rows=lost)
