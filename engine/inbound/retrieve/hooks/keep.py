"""STORY keep: a letter becomes a row for each of its recipients, once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.db import Conn
from engine.inbound.retrieve.hooks.letter import Letter
from engine.inbound.retrieve.hooks.stamp import stamped
from engine.inbound.store import store
from engine.outbound.followup import FollowUp

RECIPIENTS = 100  # rows of one call; each holds the whole mail


def keep(conn: Conn, source: str, letter: Letter, authserv_id: str | None, now: datetime) -> tuple[int, FollowUp]:
    """(id of the first row, what to enqueue after the commit: nothing when the letter was here). Never commits.

    The first row decides for all, so that a call with a proof that was used before adds nothing, whoever it names.
    """
    raw, sender = stamped(letter, authserv_id), letter.sender or ""
    alone, *others = rows(letter.recipients)
    first, new = store(conn, source, letter.id, sender, alone, raw, now)
    if not new:
        return first, FollowUp()
    more = [store(conn, source, f"{letter.id} +{number}", sender, to, raw, now) for number, to in enumerate(others, 1)]
    return first, FollowUp(inbound=(first, *(ident for ident, _ in more)))


def rows(recipients: Iterable[str]) -> list[list[str]]:
    """The recipients of each row of a mail: one each, so that an answer to two of our mails is two answers; those
    above RECIPIENTS share the last, for nobody may be dropped whom the sender takes for told. At least one row."""
    each = list(dict.fromkeys(recipients))
    alone, rest = each[: RECIPIENTS - 1], each[RECIPIENTS - 1 :]
    return [[one] for one in alone] + ([rest] if rest or not alone else [])
