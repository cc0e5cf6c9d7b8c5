"""What stands between the desk and the transports: where slots get their mails, and the permit to send them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from engine import log
from engine.outbound.desk import Desk
from engine.outbound.drafts import Row
from engine.outbound.pace.tokens import Gate
from engine.outbound.posting import Posting
from engine.outbound.queries.claiming import Claimed, Lane
from engine.transports.base import Key, Mail, Outcome, Report, Verdict

logger = log.get(__name__)

MakeMail = Callable[[Claimed, Row], Mail]
MakePost = Callable[[Claimed, Row], Posting]
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
        self, desk: Desk, lane: Lane, make: MakeMail, now: Now, laid: Bell, flushed: Bell, report: Report,
        gate: Gate | None = None,
    ) -> None:  # fmt: skip
        """`gate` says whether the relay may have another message yet."""
        self._desk, self._lane, self._make = desk, lane, make
        self._gate, self._timer = gate or Gate(), False
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
        while not self.closed and self._may() and (taken := self._desk.take(self._lane, self._now())) is not None:
            try:
                mail = self._make(*taken)
                self._gate.spend()
                return mail
            except Exception as error:  # whatever a template or header does wrong is this row's outcome
                self._report(unmade(*taken, error))
        return None

    def _may(self) -> bool:
        """Whether the relay may have a message now; if it may soon, this source is woken then."""
        if not self._gate.capped:
            return True
        seconds = self._gate.wait()
        if seconds and not self._timer:
            self._timer = True
            asyncio.get_running_loop().call_later(seconds, self._turn)
        return seconds == 0

    def _turn(self) -> None:
        self._timer = False
        self._laid.ring()

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
