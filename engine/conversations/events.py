"""What changed in conversations, as a log: numbered densely per workspace, in commit order.

A unit of work collects its changes and writes them with the last statement before its commit. The order of locks, in
one place: the rows a unit changes (several conversations in id order), then a team's entry numbers, then this.
The head of the log is locked from here to the commit, so that a reader who has seen number n has seen all before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.conversations.parts import Change
from engine.conversations.queries import logging
from engine.db import Conn


def write(conn: Conn, changes: Sequence[Change], at: datetime) -> None:
    """Number and keep what changed, in one statement; nothing may be written after it.

    Raises LookupError where a workspace has no log.
    """
    if not changes:
        return
    written = logging.insert_events(conn, changes, at)
    if written != len(changes):
        raise LookupError(f"{len(changes) - written} changes belong to a workspace that has no log.")
