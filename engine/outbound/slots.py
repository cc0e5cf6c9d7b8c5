"""The slots of one lane: tasks that each hold at most one connection, or make one call at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine import log
from engine.clock import steady
from engine.outbound.desk import Desk
from engine.outbound.lanes import Bell, DeskPermit, DeskSource, MakePost, Now, unmade
from engine.outbound.posting import Posting
from engine.outbound.queries.claiming import Lane
from engine.transports.base import (
    Alarm,
    Outcome,
    Report,
    StreamTransport,
    Trouble,
    Verdict,
)

logger = log.get(__name__)

PAUSE = 0.1  # seconds after a session that met a fault, doubled for each one after it, at most LONGEST
LONGEST = 5.0


async def mail_slot(
    transport: StreamTransport, source: DeskSource, permit: DeskPermit, report: Report, alarm: Alarm
) -> None:
    """One connection slot until its source closes: a session after the other, each opened for its first mail."""
    faults = 0

    def heard(trouble: Trouble) -> None:
        nonlocal faults
        faults += 1
        alarm(trouble)

    while not source.closed:
        before = faults
        await transport.run(source, permit, report, heard)
        faults = faults if faults > before else 0
        if faults and not source.closed:  # what breaks every session must not be tried as fast as the line allows
            await asyncio.sleep(min(PAUSE * 2 ** min(faults - 1, 10), LONGEST))


async def post_slot(
    desk: Desk, lane: Lane, make: MakePost, now: Now, laid: Bell, permit: DeskPermit, report: Report, alarm: Alarm
) -> None:
    """One slot for posts: each waits for its permit, then its blocking call runs in a thread."""
    while True:
        taken = desk.take(lane, now())
        if taken is None:
            await laid.wait()
            continue
        claimed, row = taken
        try:
            posting = make(claimed, row)
        except Exception as error:  # a channel that is gone, a secret that cannot be opened: this row's outcome
            report(unmade(claimed, row, error))
            continue
        await _post(posting, permit, report, alarm)


async def _post(posting: Posting, permit: DeskPermit, report: Report, alarm: Alarm) -> None:
    transport, post = posting.transport, posting.post
    if not await permit.wait(post.key) or not permit.allows(post.key):
        report(Outcome(post.key, Verdict.NOT_SENT, reply="its content may not leave any more"))
        return
    try:
        outcome, trouble = await asyncio.to_thread(posting.send)
    except Exception as error:  # an adapter's fault after the call began: nobody knows what arrived
        logger.error("transport fault", transport=transport.name, error=repr(error))
        report(Outcome(post.key, Verdict.IN_DOUBT, reply=repr(error)[:500]))
        return
    finally:
        transport.close()
    report(outcome)
    if trouble is not None:
        alarm(trouble)


Slot = Callable[[], Awaitable[None]]
Made = tuple[Slot, DeskSource | None]


class Slots:
    """The running slots of one lane. A slot that dies of a fault of ours is started again after a second."""

    def __init__(self, lane: Lane, make: Callable[[], Made], relay: object = None) -> None:
        """`make` gives a new slot, and the source that ends it."""
        self.lane, self.relay = lane, relay
        self.used = steady()  # when the desk last had a batch of the lane
        self._make = make
        self._running: dict[asyncio.Task[None], DeskSource | None] = {}
        self._retired = False

    @property
    def alive(self) -> int:
        """How many there are, those that are ending too: each may have a connection."""
        return len(self._running)

    def resize(self, count: int) -> None:
        """Have `count` slots. One too many ends with the mail it has in hand, which is neither lost nor in doubt."""
        going = [task for task, source in self._running.items() if source is not None and source.closed]
        staying = [task for task in self._running if task not in going]
        for task in staying[count:]:
            self._end(task)
        for _ in range(count - self.alive if not self._retired else 0):
            slot, source = self._make()
            task = asyncio.create_task(self._keep(slot, source), name=f"slot {self.lane}")
            self._running[task] = source
            task.add_done_callback(lambda done: self._running.pop(done, None))

    def _end(self, task: asyncio.Task[None]) -> None:
        source = self._running[task]
        if source is not None:
            source.close()
        else:
            task.cancel()

    async def _keep(self, slot: Slot, source: DeskSource | None) -> None:
        while source is None or not source.closed:
            try:
                await slot()
            except Exception as error:  # the row was reported by the transport; the slot must live on
                logger.error("slot failed", lane=str(self.lane), error=repr(error))
                await asyncio.sleep(1)

    async def retire(self) -> None:
        """Let each end with the mail it has in hand, and wait."""
        self._retired = True
        for task in [*self._running]:
            self._end(task)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Cancel them all and wait; each reports the row it has in hand."""
        self._retired = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
