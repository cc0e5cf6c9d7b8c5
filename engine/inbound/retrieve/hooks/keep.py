"""STORY keep: a letter becomes a row for each of its recipients, once, whatever is repeated."""

from __future__ import annotations

from datetime import datetime

from engine.db import Conn
from engine.inbound.retrieve.hooks.letter import Letter
from engine.inbound.retrieve.hooks.stamp import stamped
from engine.inbound.store import store
from engine.outbound.followup import FollowUp

RECIPIENTS = 100


def keep(conn: Conn, source: str, letter: Letter, authserv_id: str | None, now: datetime) -> tuple[int, FollowUp]:
    """(id of the first row, what to enqueue after the commit: nothing when the letter was here). Never commits.

    The first row decides for all, so that a call with a proof that was used before adds nothing, whoever it names.
    """
    raw, sender = stamped(letter, authserv_id), letter.sender or ""
    recipients = list(dict.fromkeys(letter.recipients))[:RECIPIENTS]
    first, new = store(conn, source, letter.id, sender, recipients[:1], raw, now)
    if not new:
        return first, FollowUp()
    more = [
        store(conn, source, f"{letter.id} +{number}", sender, [address], raw, now)
        for number, address in enumerate(recipients[1:], 1)
    ]
    return first, FollowUp(inbound=(first, *(ident for ident, _ in more)))
