"""The tick: everything that falls due is planned here; the rows say when, this only looks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from engine import db, log
from engine.campaigns.reminding import remind_due
from engine.campaigns.watching import start_due
from engine.campaigns.wording import as_mailed
from engine.conversations import individual
from engine.conversations.hearing import digests_due as conversations_due
from engine.conversations.queries.individual import due as untold
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
    resume_due, open_due, settle_asked, nudge_due, close_due, digests_due, channel_digests_due, conversations_due,
    start_due, remind_due,
)  # fmt: skip


def tick(transaction: Transaction) -> tuple[FollowUp, bool]:
    """Resume teams, open rounds, settle and close parts, plan nudges and digests, start campaigns and remind of
    them: a transaction each.

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


BATCHES = 20  # of one pass: 10,000 recipients


def tell(transaction: Transaction) -> int:
    """Put what individual campaigns have mailed into their recipients' conversations, a batch in a transaction.

    Returns how many messages that made. Twice, or by two at once, writes nothing twice; a batch that raises is logged,
    and due again.
    """
    with transaction() as conn:
        batches = untold(conn, BATCHES)
    made = 0
    for batch_id in batches:
        try:
            with transaction() as conn:
                made += individual.tell_batch(conn, batch_id, db.now(conn), as_mailed)
        except Exception as error:
            logger.warning("batch not told", batch=batch_id, error=str(error).split("\n")[0])
    return made
