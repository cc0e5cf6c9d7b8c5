"""Faults wider than one recipient: a relay's breaker, a relay that wants less, a run whose sender is refused.

Here they are judged and written down; what a fault hits ends at once. No recipient is to blame, and no attempt is
burnt, but for a mail that breaks the line each time it is sent.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from engine import db, log
from engine.db import Conn
from engine.outbound import stop
from engine.outbound.desk import Desk
from engine.outbound.pace import queries
from engine.outbound.queries.claiming import Lane
from engine.transports.base import Outcome, Scope, Trouble, Verdict
from engine.transports.smtp.throttling import throttled

logger = log.get(__name__)

InPace = Callable[..., Awaitable[Any]]
Who = tuple[int, int]  # (run_id, seq)

FAULTS = 3  # lines in use that end without an answer to anybody between them: then it is the relay's fault
SUSPECT = 2  # lines that one mail may break before it makes way for the others: it is deferred
DROPS = 5  # lines that one mail may break before it is given up
LINE = ("", "421")  # a session in use that ended: no reply at all, or 421


class Troubles:
    """Takes alarms in the loop, judges them and writes them down, one at a time per lane."""

    def __init__(self, in_pace: InPace, desk: Desk) -> None:
        self._in_pace, self._desk = in_pace, desk
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._faults: Counter[str] = Counter()  # by lane, since somebody was answered
        self._drops: Counter[Who] = Counter()
        self.trying: set[str] = set()  # lanes whose breaker has rested and that this process alone tries

    def sound(self, lane: Lane, trouble: Trouble, visible: bool, now: datetime) -> None:
        """A fault of a lane."""
        words = " ".join(filter(None, (trouble.code, trouble.reply)))
        least = trouble.retry_after or 0.0
        if trouble.scope is Scope.SENDER:
            self._hold(lane, trouble, words, now)
        elif trouble.scope is Scope.RATE or throttled(trouble.code, trouble.reply):
            provider = lane.provider if visible else ""
            self._desk.end(lane.name, lane.provider if visible else None)
            self._write(
                lane.name, partial(queries.rest, lane=lane.name, provider=provider, words=words, at_least=least)
            )
            self._gave_up(lane.name)
        elif trouble.key is None or trouble.code not in LINE or self._too_many(lane, trouble):
            self._open(lane.name, words, least)

    def _hold(self, lane: Lane, trouble: Trouble, words: str, now: datetime) -> None:
        """Hold the run whose mail it was, or every run in hand where nobody knows."""
        held = self._desk.held.get(trouble.key.batch_id) if trouble.key is not None else None
        runs = {h.claimed.run_id for h in self._desk.held.values() if h.lane == lane and h.loose}
        runs = {held.claimed.run_id} if held is not None else runs
        for run_id in runs:
            self._desk.end(lane.name, run_id=run_id)
        self._write(f"{lane.name} {sorted(runs)}", partial(_hold, runs=frozenset(runs), words=words))

    def _too_many(self, lane: Lane, trouble: Trouble) -> bool:
        """Whether the relay is to blame for lines that end, and not one mail that it cannot take."""
        who = self._who(trouble.key)
        self._drops[who] += 1
        if trouble.behind is not None:
            self._suspect(self._who(trouble.behind))
        self._faults[lane.name] += self._drops[who] <= SUSPECT  # after that it is known for it
        return self._faults[lane.name] >= FAULTS

    def _suspect(self, who: Who) -> None:
        """The mail announced behind a content that got no answer may have ended the line. It makes way as any other
        that did; what it breaks when nothing is before it decides whether it is given up."""
        self._drops[who] = min(self._drops[who] + 1, DROPS - 1)

    def _who(self, key: Any) -> Who:
        held = self._desk.held.get(key.batch_id)
        return (held.claimed.run_id if held is not None else -key.batch_id), key.seq

    def _open(self, name: str, words: str, least: float) -> None:
        self._faults.pop(name, None)
        self.trying.discard(name)
        self._desk.end(name)
        self._write(name, partial(queries.open_breaker, lane=name, words=words, at_least=least))

    def _gave_up(self, name: str) -> None:
        if name in self.trying:  # it answers, so nothing is broken
            self.over(name)

    # -- outcomes

    def judged(self, outcome: Outcome) -> Outcome:
        """An outcome as it is to be reported: a mail that broke two lines makes way, one that broke five has failed."""
        if not self._drops or outcome.verdict is not Verdict.NOT_SENT:
            return outcome
        who = self._who(outcome.key)
        drops = self._drops.get(who, 0)
        if drops < SUSPECT:
            return outcome
        verdict = Verdict.DEFERRED if drops < DROPS else Verdict.FAILED
        if verdict is Verdict.FAILED:
            del self._drops[who]
        reason = f"the relay ended the connection {drops} times while it had this mail: {outcome.reply}"
        return outcome._replace(verdict=verdict, reply=reason[:500])

    @property
    def watching(self) -> bool:
        """Whether an answer is news: of a relay that is being tried, or that has lost lines."""
        return bool(self.trying or self._faults or self._drops)

    def answered(self, lane: Lane, outcome: Outcome) -> None:
        """A recipient was answered: the relay works."""
        if lane.name in self.trying:
            self.over(lane.name)
        self._faults.pop(lane.name, None)
        held = self._desk.held.get(outcome.key.batch_id)
        if self._drops and held is not None and outcome.code:
            self._drops.pop((held.claimed.run_id, outcome.key.seq), None)

    def over(self, name: str) -> None:
        """A relay that was tried has answered."""
        self.trying.discard(name)
        self._write(name, partial(queries.close_breaker, lane=name), anyway=True)

    def _write(self, name: str, step: Callable[..., None], anyway: bool = False) -> None:
        if anyway or name not in self._writing or self._writing[name].done():
            self._writing[name] = asyncio.create_task(self._written(step))

    async def _written(self, step: Callable[..., None]) -> None:
        try:
            await self._in_pace(lambda conn: step(conn, now=db.now(conn)))
        except Exception as error:  # the lane has ended anyway; the next alarm says it again
            logger.warning("trouble not recorded", error=str(error).split("\n")[0])


def _hold(conn: Conn, *, runs: frozenset[int], words: str, now: datetime) -> None:
    for run_id in sorted(runs):
        stop.hold(conn, run_id, f"the relay refuses our envelope sender: {words}", now)
