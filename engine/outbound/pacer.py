"""The lanes that one process has open: as many slots for each as the rows allow that all workers share.

About once a second it says what it has to send and what it was answered, and hears how many connections and messages
it may have (engine.outbound.pace). A process that cannot ask gives its connections up before anybody else gets them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from engine import db, log
from engine.clock import steady
from engine.outbound import load
from engine.outbound.content import Makers
from engine.outbound.desk import Desk
from engine.outbound.lanes import Bell, DeskPermit, DeskSource
from engine.outbound.load import Wanted
from engine.outbound.pace import keeping, queries
from engine.outbound.pace.keeping import Ask, Grant
from engine.outbound.pace.tokens import Gate
from engine.outbound.queries.claiming import Lane
from engine.outbound.reach import Reach
from engine.outbound.slots import Made, Slots, mail_slot, post_slot
from engine.outbound.trouble import Troubles
from engine.people.relays import RelaySettings
from engine.transports.base import Outcome, Scope, Trouble, Verdict

logger = log.get(__name__)

POSTS = 4  # slots of a lane of posts, in each process
IDLE = 60.0  # seconds without a batch after which a lane's slots end
EVERY = 1.0  # seconds between two askings
SOON = 0.1  # the same while connections change hands
SETTLING = 5  # askings that soon after a lane has got work: what others hold too much, they hear of at their next one
MARGIN = 5.0  # seconds taken off the seats' time, as off a lease
NOTHING = Wanted(0, 9, 0)  # of a lane without work
ANSWERS = (Verdict.SENT, Verdict.DEFERRED, Verdict.BOUNCED)


@dataclass(slots=True)
class Open:
    """One lane with its slots. `good` and `bad` are answers since the last asking.

    `quick`: how many askings come soon; `idle`: it had nothing to send at the last one.
    """

    slots: Slots
    relay: RelaySettings | None
    gate: Gate = field(default_factory=Gate)
    good: int = 0
    bad: int = 0
    quick: int = SETTLING
    idle: bool = False


class Pacer:
    """Belongs to the sending loop's thread."""

    def __init__(
        self, desk: Desk, makers: Makers, owner: str, lease: float, now: Callable[[], datetime], reach: Reach,
        laid: Bell, flushed: Bell, counted: Callable[[int], None],
    ) -> None:  # fmt: skip
        """`counted` is told how many slots there are whenever that may have changed."""
        self._desk, self._makers, self._owner, self._lease = desk, makers, owner, lease
        self._now, self._reach, self._laid, self._flushed = now, reach, laid, flushed
        self._counted = counted
        self.troubles = Troubles(partial(reach.run, "pace"), desk)
        self.lanes: dict[Lane, Open] = {}
        self.closing: dict[asyncio.Task[None], Slots] = {}
        self._permit = DeskPermit(desk, flushed)
        self._nudged = asyncio.Event()
        self._seated = False  # whether rows say that we have seats
        self._until = 0.0

    # -- lanes

    def open(self, lane: Lane) -> None:
        """Have slots for a lane that has something to send; new ones where its relay's settings have changed."""
        relay = self._makers.relay(lane)
        before = self.lanes.get(lane)
        if before is not None and before.relay == relay:
            self._nudge_for(lane, before)
            return
        make = self._mail(lane) if relay is not None else self._posts(lane)
        if before is not None:
            self._retire(lane)  # new mail, new relay
        gate = Gate()
        self.lanes[lane] = Open(Slots(lane, partial(make, gate), relay), relay, gate)
        if relay is None:
            self.lanes[lane].slots.resize(1 if lane.name in self.troubles.trying else POSTS)
        self._count()
        self._nudged.set()

    def _count(self) -> None:
        self._counted(sum(found.slots.alive for found in self.lanes.values()))

    def _nudge_for(self, lane: Lane, found: Open) -> None:
        if found.idle:
            found.idle, found.quick = False, SETTLING
            self._nudged.set()
        none = found.relay is not None and not found.slots.alive
        if none or (found.gate.capped and not found.gate.left) or lane.name in self.troubles.trying:
            self._nudged.set()

    def _mail(self, lane: Lane) -> Callable[[Gate], Made]:
        transport = self._makers.mail_transport(lane)

        def make(gate: Gate) -> Made:
            source = DeskSource(
                self._desk, lane, self._makers.mail, self._now, self._laid, self._flushed, self.report, gate
            )
            return partial(mail_slot, transport, source, self._permit, self.report, partial(self.alarm, lane)), source

        return make

    def _posts(self, lane: Lane) -> Callable[[Gate], Made]:
        slot = partial(
            post_slot, self._desk, lane, self._makers.post, self._now, self._laid, self._permit, self.report,
            partial(self.alarm, lane),
        )  # fmt: skip
        return lambda _: (slot, None)

    def _retire(self, lane: Lane) -> None:
        slots = self.lanes.pop(lane).slots
        task = asyncio.create_task(slots.retire())
        self.closing[task] = slots
        task.add_done_callback(lambda done: self.closing.pop(done, None))

    def close_idle(self) -> None:
        """End the slots of lanes without work for a while: with thousands of workspaces they would add up."""
        for lane in load.lanes(self._desk) & self.lanes.keys():
            self.lanes[lane].slots.used = steady()
        for lane in [lane for lane, found in self.lanes.items() if steady() - found.slots.used > IDLE]:
            self._retire(lane)

    async def close(self) -> None:
        """Cancel all slots and wait; what they had in hand is reported."""
        for slots in [*(found.slots for found in self.lanes.values()), *self.closing.values()]:
            await slots.close()
        await asyncio.gather(*self.closing)

    async def give_up(self) -> None:
        """The process ends: others may have its connections, and try what it was trying."""
        tried = sorted(self.troubles.trying)

        def step(conn: db.Conn) -> None:
            queries.give_up_seats(conn, self._owner)
            for lane in tried:  # one, where there is any
                queries.give_up_trying(conn, lane, db.now(conn))

        try:
            await self._reach.run("pace", step)
        except Exception as error:  # they run out by themselves
            logger.warning("seats not given up", error=str(error).split("\n")[0])

    # -- answers

    def report(self, outcome: Outcome) -> None:
        """Take an outcome from a slot (H1)."""
        held = self._desk.held.get(outcome.key.batch_id)
        self._desk.report(self.troubles.judged(outcome))
        if outcome.verdict is Verdict.NOT_SENT:
            asyncio.get_running_loop().call_soon(self._laid.ring)  # an idle slot may take it at once
        elif held is not None and outcome.verdict in ANSWERS and outcome.code != "421":
            if (found := self.lanes.get(held.lane)) is not None:
                found.good += 1
            if self.troubles.watching:
                self.troubles.answered(held.lane, outcome)

    def alarm(self, lane: Lane, trouble: Trouble) -> None:
        """Take a fault wider than one recipient."""
        logger.warning("trouble", lane=lane.name, scope=trouble.scope, code=trouble.code, reply=trouble.reply)
        found = self.lanes.get(lane)
        if found is not None and trouble.scope is not Scope.SENDER:
            found.bad += 1
        relay = self._makers.relay(lane)
        self.troubles.sound(lane, trouble, relay is not None and relay.visible, self._now())
        self._laid.ring()
        self._flushed.ring()
        self._nudged.set()

    # -- asking

    async def keep(self) -> None:
        """Ask about once a second, and at once when a lane has work and no slots."""
        while True:
            try:
                await asyncio.wait_for(self._nudged.wait(), EVERY)
            except TimeoutError:
                pass
            self._nudged.clear()
            await self._ask()
            await asyncio.sleep(SOON / 2)  # with a hundred lanes that settle, else it would do nothing but ask

    async def _ask(self) -> None:
        asks = self._asks()
        if not asks and not self._seated:
            return
        started = steady()
        try:
            grants = await self._reach.run("pace", partial(_keep, owner=self._owner, asks=asks, lease=self._lease))
        except Exception as error:  # nobody else gets these seats before their time is over
            logger.warning("pace not kept", error=str(error).split("\n")[0])
            if steady() > self._until:
                for found in self.lanes.values():
                    found.slots.resize(0)
            await asyncio.sleep(0.25)
            return
        self._until = started + self._lease - MARGIN
        self._seated = any(ask.using or grants[ask.lane].seats for ask in asks)
        for ask in asks:
            self._take(ask, grants[ask.lane])
        self._count()
        self._laid.ring()

    def _asks(self) -> list[Ask]:
        wants = load.wants(self._desk)
        asks = [self._ask_of(lane, found, wants.get(lane, NOTHING)) for lane, found in self.lanes.items()]
        gone: dict[Lane, Slots] = {s.lane: s for s in self.closing.values() if s.lane not in self.lanes}
        for lane, slots in gone.items():
            if isinstance(slots.relay, RelaySettings):
                asks.append(Ask(lane, slots.relay, *NOTHING, self._using(lane)))
        return asks

    def _ask_of(self, lane: Lane, found: Open, wanted: Wanted) -> Ask:
        good, found.good = found.good, 0
        bad, found.bad = found.bad, 0
        found.idle = not wanted.rows
        gate = found.gate
        back = gate.lost() if wanted.rows else gate.give_back()
        using, trying = self._using(lane), lane.name in self.troubles.trying
        return Ask(lane, found.relay, *wanted, using, gate.left, back, good, bad, trying)

    def _using(self, lane: Lane) -> int:
        here = self.lanes.get(lane)
        return (here.slots.alive if here else 0) + sum(s.alive for s in self.closing.values() if s.lane == lane)

    def _take(self, ask: Ask, grant: Grant) -> None:
        found = self.lanes.get(ask.lane)
        if found is None or found.relay != ask.relay:
            return
        if grant.stop:
            self._desk.end(*ask.lane)
        if ask.relay is None:
            found.slots.resize(1 if ask.trying else POSTS)
            return
        found.gate.lay(grant.chunk)
        old = self._using(ask.lane) - found.slots.alive  # slots to a relay of before that still end
        found.slots.resize(max(0, grant.seats - old))
        if ask.wanted and found.quick:
            found.quick -= 1
            asyncio.get_running_loop().call_later(SOON, self._nudged.set)
        if grant.chunk is not None and found.gate.left == 0 and ask.wanted and not grant.stop:
            asyncio.get_running_loop().call_later(EVERY / 4, self._nudged.set)


def _keep(conn: db.Conn, *, owner: str, asks: list[Ask], lease: float) -> dict[Lane, Grant]:
    return keeping.keep(conn, owner, asks, db.now(conn), lease)
