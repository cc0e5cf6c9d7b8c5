"""A whole run as rows of a sheet, in pieces: memory stays flat and no snapshot is held, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.outbound.report import queries
from engine.people.principal import Principal

PIECE = 5_000  # rows read at once: 1 MB of Python objects, and some 40 ms of PostgreSQL


@dataclass(frozen=True, slots=True)
class Told:
    """One recipient of a run, as a person who keeps lists wants them."""

    seq: int
    address: str
    name: str
    state: str
    attempt: int
    code: str
    reply: str
    reason: str
    sent_at: datetime | None


def told(begin: Callable[[], AbstractContextManager[Conn]], principal: Principal, run_id: int) -> Iterator[Told]:
    """Every row of a run of the principal's workspace, in order; each piece is a transaction of its own.

    A row that changes meanwhile is told as it was or as it is, and once. Raises NotAllowed at the first row.
    """
    principal.require_admin()
    after = 0
    while True:
        with begin() as conn:
            rows = queries.piece(conn, principal.workspace_id, run_id, after, PIECE)
        for row in rows:
            yield Told(
                row.seq, row.address, row.name, row.state, row.attempt + 1, row.code, row.reply, row.reason, row.sent_at
            )
        if len(rows) < PIECE:
            return
        after = rows[-1].seq
