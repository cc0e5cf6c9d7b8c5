"""Faults wider than one recipient: a transport that backs off, a run whose sender is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from engine import log
from engine.db import Conn
from engine.outbound import retry, stop
from engine.outbound.desk import Desk, Lane
from engine.outbound.queries import flushing
from engine.transports.base import Scope, Trouble

logger = log.get(__name__)

InFeed = Callable[..., Awaitable[Any]]


class Troubles:
    """Takes alarms in the loop and writes them down, one at a time per lane."""

    def __init__(self, in_feed: InFeed, desk: Desk) -> None:
        self._in_feed, self._desk = in_feed, desk
        self._writing: dict[Lane, asyncio.Task[None]] = {}

    def sound(self, lane: Lane, trouble: Trouble, now: datetime) -> None:
        """End what the fault hits at once, and record it. No recipient is to blame, and no attempt is burnt."""
        runs = {h.claimed.run_id for h in self._desk.held.values() if h.lane == lane and h.loose}
        self._desk.end(lane)
        if lane not in self._writing or self._writing[lane].done():
            step = partial(_write, lane=lane, trouble=trouble, runs=frozenset(runs), now=now)
            self._writing[lane] = asyncio.create_task(self._write(step))

    def over(self, lane: Lane) -> None:
        """The transport of a lane has accepted something again."""
        step = partial(_works, lane=lane)
        self._writing[lane] = asyncio.create_task(self._write(step))

    async def _write(self, step: Callable[[Conn], None]) -> None:
        try:
            await self._in_feed(step)
        except Exception as error:  # the lane has ended anyway; the next alarm says it again
            logger.warning("trouble not recorded", error=str(error).split("\n")[0])


def _write(conn: Conn, *, lane: Lane, trouble: Trouble, runs: frozenset[int], now: datetime) -> None:
    workspace_id, transport = lane
    words = " ".join(filter(None, (trouble.code, trouble.reply)))
    if trouble.scope is Scope.SENDER:
        for run_id in sorted(runs):
            stop.hold(conn, run_id, f"the relay refuses our envelope sender: {words}", now)
        return
    failures = flushing.failures(conn, workspace_id, transport)
    rest = max(retry.back_off(failures), timedelta(seconds=trouble.retry_after or 0))
    flushing.back_off(conn, workspace_id, transport, now + rest, words, now)


def _works(conn: Conn, *, lane: Lane) -> None:
    flushing.works_again(conn, *lane)
