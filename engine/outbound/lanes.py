"""The slots of one lane: what stands between the desk and the transports, for mail and for posts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from engine import log
from engine.clock import steady
from engine.outbound.desk import Desk, Lane
from engine.outbound.drafts import Row
from engine.outbound.queries.claiming import Claimed
from engine.transports import failure
from engine.transports.base import (
    Alarm,
    Key,
    Mail,
    Outcome,
    Post,
    Report,
    SendTransport,
    StreamTransport,
    Verdict,
)

logger = log.get(__name__)

MakeMail = Callable[[Claimed, Row], Mail]
MakePost = Callable[[Claimed, Row], tuple[SendTransport, Post]]
Now = Callable[[], datetime]


class Bell:
    """Wakes everybody who waits, each time it is rung."""

    def __init__(self) -> None:
        self._rung: asyncio.Future[None] | None = None
        self._wakes: dict[int, Callable[[], None]] = {}
        self._no = 0

    def ring(self) -> None:
        """Wake all."""
        if self._rung is not None and not self._rung.done():
            self._rung.set_result(None)
        self._rung = None
        for wake in [*self._wakes.values()]:
            wake()

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called at every ring, until what this returns is called."""
        self._no = no = self._no + 1
        self._wakes[no] = wake

        def deaf() -> None:
            self._wakes.pop(no, None)

        return deaf

    async def wait(self) -> None:
        """Wait for the next ring."""
        if self._rung is None:
            self._rung = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._rung)


class DeskPermit:
    """The permit of a desk: waits from flush to flush."""

    def __init__(self, desk: Desk, flushed: Bell) -> None:
        self._desk, self._flushed = desk, flushed

    def allows(self, key: Key) -> bool:
        """Whether content may leave in this very instant (H3)."""
        return self._desk.allows(key)

    def hopeless(self, key: Key) -> bool:
        """Whether no flush will ever permit it."""
        return self._desk.hopeless(key)

    async def wait(self, key: Key) -> bool:
        """Wait for a flush to permit it; False when none ever will."""
        while not self._desk.permitted(key):
            if self._desk.hopeless(key):
                return False
            await self._flushed.wait()
        return True


class DeskSource:
    """Gives a slot its next mail, rendered at that moment. A row that cannot be rendered fails with the reason."""

    def __init__(
        self, desk: Desk, lane: Lane, make: MakeMail, now: Now, laid: Bell, flushed: Bell, report: Report
    ) -> None:
        self._desk, self._lane, self._make = desk, lane, make
        self._now, self._laid, self._flushed, self._report = now, laid, flushed, report
        self.closed = False

    def close(self) -> None:
        """Give nothing more: slots end with the mail they have in hand."""
        self.closed = True
        self._laid.ring()

    async def next(self) -> Mail | None:
        """The next mail, or None once closed; waits while there is none. A row that is taken is returned at once."""
        while not self.closed:
            if (mail := self.take()) is not None:
                return mail
            await self._laid.wait()
        return None

    def take(self) -> Mail | None:
        """The next mail if there is one now."""
        while not self.closed and (taken := self._desk.take(self._lane, self._now())) is not None:
            try:
                return self._make(*taken)
            except Exception as error:  # whatever a template or header does wrong is this row's outcome
                self._report(unmade(*taken, error))
        return None

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when a batch was laid, a lease or a permit has changed."""
        deaf = self._laid.listen(wake), self._flushed.listen(wake)

        def end() -> None:
            for one in deaf:
                one()

        return end


def unmade(claimed: Claimed, row: Row, error: Exception) -> Outcome:
    """The outcome of a row whose content could not be made."""
    logger.warning("content not made", run=row.run_id, seq=row.seq, error=repr(error))
    text = f"it could not be made: {type(error).__name__}: {error}"
    return Outcome(Key(claimed.id, row.seq, row.attempt), Verdict.FAILED, reply=text[:500])


async def mail_slot(
    transport: StreamTransport, source: DeskSource, permit: DeskPermit, report: Report, alarm: Alarm
) -> None:
    """One connection slot until its source closes: a session after the other, each opened for its first mail."""
    while not source.closed:
        await transport.run(source, permit, report, alarm)


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
            transport, post = make(claimed, row)
        except Exception as error:  # a channel that is gone, a secret that cannot be opened: this row's outcome
            report(unmade(claimed, row, error))
            continue
        await _post(transport, post, permit, report, alarm)


async def _post(transport: SendTransport, post: Post, permit: DeskPermit, report: Report, alarm: Alarm) -> None:
    if not await permit.wait(post.key) or not permit.allows(post.key):
        report(Outcome(post.key, Verdict.NOT_SENT, reply="its content may not leave any more"))
        return
    try:
        outcome, trouble = await asyncio.to_thread(failure.call, transport, post)
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


class Slots:
    """The running slots of one lane. A slot that dies of a fault of ours is started again after a second."""

    def __init__(
        self, lane: Lane, count: int, slot: Slot, relay: object = None, source: DeskSource | None = None
    ) -> None:
        self.lane, self.relay, self.source = lane, relay, source
        self.used = steady()  # when the desk last had a batch of the lane
        self.tasks = [asyncio.create_task(self._keep(slot), name=f"slot {lane} {n}") for n in range(count)]

    async def _keep(self, slot: Slot) -> None:
        while self.source is None or not self.source.closed:
            try:
                await slot()
            except Exception as error:  # the row was reported by the transport; the slot must live on
                logger.error("slot failed", lane=str(self.lane), error=repr(error))
            await asyncio.sleep(1)

    async def retire(self) -> None:
        """Let each end with the mail it has in hand, which is neither lost nor in doubt, and wait."""
        if self.source is None:
            await self.close()
            return
        self.source.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def close(self) -> None:
        """Cancel them all and wait; each reports the row it has in hand."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
