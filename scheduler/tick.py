"""The tick: everything that falls due is planned here; the rows say when, this only looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from engine import db, log
from engine.campaigns.watching import start_due
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.rounds.checkin import close_due, nudge_due, settle_asked
from engine.rounds.digest import digests_due
from engine.rounds.open import open_due
from engine.rounds.pausing import resume_due
from engine.rounds.posting import channel_digests_due

logger = log.get(__name__)

Transaction = Callable[[], AbstractContextManager[Conn]]
Step = Callable[[Conn, datetime], FollowUp]

STEPS: tuple[Step, ...] = (
    resume_due, open_due, settle_asked, nudge_due, close_due, digests_due, channel_digests_due,
    start_due,
)  # fmt: skip


def tick(transaction: Transaction) -> tuple[FollowUp, bool]:
    """Resume teams, open rounds, settle and close parts, plan nudges and digests, start campaigns: a transaction each.

    So one fault stops one step: it is logged and due again at the next tick; then the second value is False. Twice, or
    by two at once, plans nothing twice.
    """
    left, whole = FollowUp(), True
    for step in STEPS:
        try:
            with transaction() as conn:
                left += step(conn, db.now(conn))
        except Exception as error:  # the database may be away; nothing is lost by waiting for it
            whole = False
            logger.warning("step failed", step=step.__name__, error=str(error).split("\n")[0])
    return left, whole
