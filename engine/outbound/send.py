"""The sending loop of one worker process: a thread with an event loop that leases, sends, flushes and renews.

A Celery task only wakes it (`work`) and waits for at most a slice; leases live as long as their last reply. The
database is reached from three threads of one connection each, so that a blocked flush never keeps a lease from being
renewed (H9).
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from engine import clock, db, log, sealing
from engine.config import Settings, required
from engine.move import Raised
from engine.outbound import load, record
from engine.outbound.content import Makers
from engine.outbound.desk import Desk
from engine.outbound.drafts import Contents, Row
from engine.outbound.held import Held
from engine.outbound.lanes import Bell
from engine.outbound.pace import routing
from engine.outbound.pace.routing import Routed
from engine.outbound.pacer import Pacer
from engine.outbound.pulse import Pulse
from engine.outbound.queries import claiming
from engine.outbound.reach import Reach

logger = log.get(__name__)
T = TypeVar("T")

MARGIN = 5.0  # seconds taken off every lease (H3)
HOLD = 4  # batches leased at once, of one lane and in all lanes that move
MOST = 64  # batches leased at once, those of stuck lanes too
LOW = 100  # rows waiting below which more is claimed
STILL = 2.0  # seconds without a row taken after which a lane counts as stuck
CALLS = 64  # blocking calls at once, over all lanes of posts


class Sender:
    """The loop of this process. `start` after fork, `work` from tasks, `stop` once."""

    def __init__(
        self,
        settings: Settings,
        contents: Mapping[str, Contents],
        url: str | None = None,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        """`leaving` says that the process was told to stop: from then on no slice takes a row."""
        self.settings = settings
        self._leaving = leaving
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._url = url or required(settings.database_url, "database_url")
        secret = required(settings.secret_key, "secret_key")
        self._hash = partial(sealing.address_hash, secret)
        self.makers = Makers(settings, contents)
        self._pulse = Pulse(settings.flush_seconds)
        self.desk = Desk(self.owner, self.makers.refusal, self._pulse.stir)
        self._time = clock.carry(datetime.now(UTC))
        self._dice = random.Random()
        self._deadline = 0.0
        self._apart = False  # whether the last flush was refused, so that the next one goes outcome by outcome
        self._stopping = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sending loop", daemon=True)

    # -- from other threads

    def start(self) -> None:
        """Start the thread and wait until its loop runs."""
        self._thread.start()
        while not self._ready.wait(1.0):
            if not self._thread.is_alive():  # its traceback is on stderr; waiting for it would hold the task for ever
                raise RuntimeError("The sending loop did not start.")

    def work(self, seconds: float) -> bool:
        """Lease and send for at most `seconds`; True when there may be more to do. Called from a task's thread."""
        return asyncio.run_coroutine_threadsafe(self._work(seconds), self._loop).result(seconds + 30)

    def stop(self, drain: float = 5.0) -> None:
        """Take nothing new, wait `drain` seconds for replies, write what is known, release everything, end."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._stop(drain), self._loop).result(drain + 20)
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(10)

    # -- the loop

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._laid, self._flushed = Bell(), Bell()
        self._claim_lock = asyncio.Lock()
        self._reach = Reach(self._url, self._loop)
        self._loop.set_default_executor(ThreadPoolExecutor(CALLS, "call"))  # a few hung services must not hold them all
        self.pacer = Pacer(
            self.desk, self.makers, self.owner, self.settings.lease_seconds, self.now, self._reach, self._laid,
            self._flushed, self._count_slots,
        )  # fmt: skip
        steady_jobs = (self._flush_forever, self._renew_forever, self.pacer.keep)
        jobs = [asyncio.create_task(self._keep(job)) for job in steady_jobs]
        self._ready.set()
        await self._end.wait()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        self._reach.close()

    async def _keep(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job for ever. Leases renewed by a loop that no longer flushes would hold their rows for ever."""
        while True:
            try:
                await job()
            except Exception as error:
                logger.error("sending loop fault", job=job.__name__, error=repr(error)[:500])
            self.desk.given_up()
            await asyncio.sleep(1)
            self._pulse.now()

    async def _in_feed(self, step: Callable[..., T], *args: Any) -> T:
        return await self._reach.run("feed", step, *args)

    def now(self) -> datetime:
        """Business time, carried on from the last claim, at most a second ago while a slice lasts."""
        return self._time.now()

    # -- working

    async def _work(self, seconds: float) -> bool:
        self._deadline = max(self._deadline, clock.steady() + seconds)
        self.desk.draining = False
        found, look_at = True, 0.0
        while not self._stopping and not self._leaving() and (left := self._deadline - clock.steady()) > 0:
            if (found and self._room()) or clock.steady() >= look_at:
                found, look_at = await self._claim(), clock.steady() + 1.0
            if not self.desk.held:
                if not found:
                    return False
                continue
            try:
                await asyncio.wait_for(self._flushed.wait(), min(left, 1.0))
            except TimeoutError:
                continue
        self.desk.draining = True
        self._wake_all()
        return True

    def _room(self) -> bool:
        batches, rows = load.moving(self.desk, clock.steady() - STILL)
        return batches < HOLD and rows < LOW and len(self.desk.held) < MOST

    async def _claim(self) -> bool:
        """Lease more batches, most urgent first; False when there was nothing to lease."""
        async with self._claim_lock:
            lease, start = self.settings.lease_seconds, clock.steady()
            limit, crowded = min(HOLD, MOST - len(self.desk.held)), load.crowded(self.desk, HOLD)

            def step(conn: db.Conn) -> tuple[datetime, Routed]:
                now = db.now(conn)
                return now, routing.claim(conn, self.owner, now, limit, lease, self.makers.settings, crowded)

            now, claimed = await self._in_feed(step)
            self._time = clock.carry(now)
            self.pacer.troubles.trying |= claimed.tries
            for batch, rows in claimed.batches:
                if await self._load(batch, rows):
                    self.desk.lay(batch, rows, start + lease - MARGIN)
                    self.pacer.open(batch.lane)
                    self._wake_all()  # at once: the next batch's contents may take a while to load
            self._wake_all()  # though nothing was leased: a new slice goes on with what the last one kept
            return bool(claimed.batches)

    async def _load(self, batch: claiming.Claimed, rows: list[Row]) -> bool:
        """Load what a batch's contents need and open its lane; when that fails, give the lease back for a later try."""
        try:
            await self._in_feed(self.makers.load, batch, rows)
            if batch.relay is not None:
                self.makers.mail_transport(batch.lane)  # its settings may be those of no relay
        except Exception as error:  # a fault of ours, of the settings or of the database: no recipient is to blame
            logger.error("contents not loaded", batch=batch.id, kind=batch.kind, error=repr(error)[:500])
            self.makers.forget(batch)
            await self._give_back(batch)
            return False
        return True

    async def _give_back(self, batch: claiming.Claimed) -> None:
        def step(conn: db.Conn) -> bool:
            return claiming.give_back_later(conn, self.owner, batch.id, batch.epoch, db.now(conn))

        try:
            await self._in_feed(step)
        except Exception as error:  # the other batches of this claim are leased too, and must be laid all the same
            logger.warning("lease not given back", batch=batch.id, error=str(error).split("\n")[0])

    def _count_slots(self, slots: int) -> None:
        self._pulse.enough = max(1, slots * 3 // 4)

    def _wake_all(self) -> None:
        self._laid.ring()
        self._flushed.ring()
        self._pulse.now()

    # -- flushing

    async def _flush_forever(self) -> None:
        """Flush when something was taken or learnt, a moment later, so that what comes together goes together."""
        while True:
            await self._pulse.beat()
            await self._flush()
            await self._let_go()

    async def _flush(self) -> None:
        what = self.desk.snapshot()
        if what is None:
            return

        now = self.now()

        write = record.flush_apart if self._apart else record.flush

        def step(conn: db.Conn) -> dict[int, Raised]:
            return write(conn, self.owner, what, now, self._hash, self._dice)

        try:
            plain = not (what.others or self._apart)
            raised = await (self._reach.statement(step) if plain else self._reach.run("flush", step))
            self._apart = False
        except Exception as error:  # whatever it was, every outcome stays on the desk and is written again
            self._apart = not db.passing(error)  # one of them may be to blame
            self.desk.given_up()
            logger.warning("flush failed", error=str(error).split("\n")[0])
            await asyncio.sleep(0.25)
            self._pulse.now()
            return
        self.desk.applied(what, raised)
        self._flushed.ring()

    async def _let_go(self) -> None:
        """Finish or release what is ready; on the flush's own thread, for loading contents may keep the feed busy.

        From here on nothing of such a batch is taken, whatever slice begins: its rows may be somebody else's as soon
        as this commits, and after a commit nobody heard of they may be that already.
        """
        for held in self.desk.ready_to_go():
            held.ending = True
            try:
                if not held.lost:
                    await self._reach.run("flush", partial(_let_go_now, owner=self.owner, held=held))
            except Exception as error:  # tried again at the next turn; until then the lease is ours
                logger.warning("release failed", batch=held.claimed.id, error=str(error).split("\n")[0])
                await asyncio.sleep(0.25)
                self._pulse.now()
                continue
            self.desk.forget(held)
            self.makers.forget(held.claimed)
            self._flushed.ring()

    # -- leases

    async def _renew_forever(self) -> None:
        lease = self.settings.lease_seconds
        while True:
            asked, start = self.desk.leases(), clock.steady()
            try:
                kept = await self._reach.run("lease", partial(_renew, owner=self.owner, asked=asked, lease=lease))
                self.desk.renewed(asked, kept, start + lease - MARGIN)
            except Exception as error:  # the lease runs on by the steady clock, and ends by it if need be
                logger.warning("renewal failed", error=str(error).split("\n")[0])
            self.pacer.close_idle()
            self._wake_all()
            await asyncio.sleep(lease / 3)

    # -- stopping

    async def _stop(self, drain: float) -> None:
        self._stopping = True
        self.desk.draining = True
        self._wake_all()
        until = clock.steady() + drain
        while clock.steady() < until and self.desk.held:
            await asyncio.sleep(0.05)
        await self.pacer.close()
        self.desk.doubt_what_is_out("the worker was stopped while it waited for the answer")
        until = clock.steady() + drain
        while clock.steady() < until and (self.desk.held or self.desk.unwritten):
            self._pulse.now()
            await asyncio.sleep(0.02)
        await self.pacer.give_up()


def _renew(conn: db.Conn, owner: str, asked: list[tuple[int, int]], lease: float) -> set[int]:
    for queue in ("send", "bulk"):  # a long slice keeps the canary waiting; this says that somebody is at it
        db.beat(conn, f"queue:{queue}", owner)
    return claiming.renew(conn, owner, asked, lease) if asked else set()


def _let_go_now(conn: db.Conn, owner: str, held: Held) -> bool:
    return record.let_go(conn, owner, held, db.now(conn))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # it has no wheel for some platforms
        return asyncio.new_event_loop
    return uvloop.new_event_loop
