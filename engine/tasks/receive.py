"""The inbound task: reads waiting mails, one transaction each."""

from __future__ import annotations

from typing import Any

from engine import log
from engine.outbound.followup import FollowUp
from engine.tasks import hints, process
from engine.tasks.app import celery_app
from engine.tasks.stories import receive_failed, receive_one

logger = log.get(__name__)


@celery_app.task(name="receive")  # type: ignore[untyped-decorator]
def receive(inbound_ids: list[int], v: int = 1, **_: Any) -> None:
    """Read each mail and do what it says.

    Twice is harmless: a mail that is no longer `received` is left alone. Never is healed by the sweep of waiting mails.
    """
    left = FollowUp()
    for inbound_id in inbound_ids:
        try:
            left += receive_one(inbound_id, process.reader(), process.reading())
        except Exception as error:  # one mail's fault must not keep the others; it is offered again, five times
            logger.exception("mail not received", inbound=inbound_id)
            receive_failed(inbound_id, error)
    hints.enqueue(left)  # a broker takes some hundred hints a second: one for all of them
