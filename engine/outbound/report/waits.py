"""Why rows of a run wait: the sentences of its open batches, each with the rows it holds for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.config import Settings
from engine.db import Conn
from engine.outbound.pace import why
from engine.outbound.pace.why import Why
from engine.outbound.report import queries

MOST = 8  # sentences that are told apart: receivers put words of their own into each deferral


@dataclass(frozen=True, slots=True)
class Wait:
    """Why `rows` of a run wait, and the first instant at which that may change where one is known."""

    rows: int
    why: Why


def waits(conn: Conn, settings: Settings, workspace_id: int, run_id: int, now: datetime) -> tuple[Wait, ...]:
    """Why the open rows of a run wait, most rows first; together they are all its open rows."""
    return of_rows(conn, settings, workspace_id, queries.open_batches(conn, workspace_id, run_id), now)


def of_rows(
    conn: Conn, settings: Settings, workspace_id: int, rows: Mapping[int, int], now: datetime
) -> tuple[Wait, ...]:  # fmt: skip
    """Why rows wait, of which so many are in each of these batches."""
    found = why.of_batches(conn, settings, workspace_id, list(rows), now)
    grouped: dict[str, Wait] = {}
    for batch_id, said in found.items():
        grouped[said.words] = _with(grouped.get(said.words), rows[batch_id], said)
    ordered = sorted(grouped.values(), key=lambda wait: -wait.rows)
    if len(ordered) <= MOST:
        return tuple(ordered)
    rest: Wait | None = None
    for wait in ordered[MOST - 1 :]:
        rest = _with(rest, wait.rows, Why("for other reasons, each in the list", wait.why.at))
    return (*ordered[: MOST - 1], *filter(None, [rest]))


def _with(wait: Wait | None, rows: int, said: Why) -> Wait:
    if wait is None:
        return Wait(rows, said)
    instants = [at for at in (wait.why.at, said.at) if at is not None]
    return Wait(wait.rows + rows, Why(said.words, min(instants, default=None)))
