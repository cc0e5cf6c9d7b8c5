"""A small world in which the ledger's rules can go wrong: real statements, a scripted wire, processes that vanish.

Two worker processes of two slots each share one run. Every method is one step between two awaits of the real loop, so
dropping a process between any two of them is every crash there is. The receiver's own count is the oracle.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import text

from engine.clock import steady
from engine.db import Conn
from engine.errors import IllegalMove, Invalid
from engine.move import Raised
from engine.outbound import record, report, stop, sweep
from engine.outbound.desk import Desk
from engine.outbound.held import Flush
from engine.outbound.plan import Recipient, plan
from engine.outbound.queries import claiming
from engine.outbound.queries.claiming import Lane
from engine.outbound.settle import rest
from engine.outbound.settle.rest import Rest
from engine.people.principal import SYSTEM
from engine.transports.base import Key, Outcome, Verdict

T = TypeVar("T")
START = datetime(2026, 3, 2, 18, tzinfo=UTC)
SLOTS = 2
ROWS = 8
BATCH = 4
FOREVER = timedelta(days=1000)
PLAIN = ("250", "450", "550", "lost", "broken")


class Undone(Exception):
    """The database did not commit."""


@dataclass
class Slot:
    """A connection: what it announced, and whether its content is out."""

    key: Key | None = None
    out: bool = False


@dataclass
class Process:
    """A worker process: its desk, its connections, and a flush whose answer it has not seen yet."""

    desk: Desk
    slots: list[Slot]
    pending: tuple[Flush, dict[int, Raised]] | None = None
    said: dict[tuple[int, int], Verdict] = field(default_factory=dict)  # (seq, attempt) → what the receiver said


class World:
    """One run of ROWS rows, two processes, one receiver."""

    def __init__(self, conn: Conn, workspace_id: int) -> None:
        self.conn, self.workspace_id = conn, workspace_id
        self.now = START
        self.dice = random.Random(1)
        self.accepted: Counter[int] = Counter()
        self.zombies: list[int] = []  # seqs whose bytes may still arrive though their process is gone
        self.born = 0
        self.allowance = 0  # doubts that crashes and broken lines explain
        self.doubts_a_crash = SLOTS  # in lock step one a slot; two when pipelined
        self.processes = [self._spawn(), self._spawn()]
        self._sql("DELETE FROM delivery_event; DELETE FROM delivery; DELETE FROM batch")
        rows = [Recipient(n, n, f"{n}@x.test", START + FOREVER) for n in range(1, ROWS + 1)]
        planned = self._commit(lambda conn: plan(conn, workspace_id, "post", rows, self.now))
        assert planned is not None
        self.run_id = planned.run_id
        self._sql("UPDATE delivery SET transport = 'smtp'")

    # -- steps of a process

    def claim(self, n: int, fate: str = "commit") -> None:
        """Lease up to two batches; with fate "crash" the process is gone before it knows."""
        process = self.processes[n]
        owner = process.desk.owner
        found = self._commit(lambda conn: record.claim(conn, owner, self.now, 2, 30))
        if fate == "crash":
            self.crash(n)
            return
        for batch, rows in found:
            process.desk.lay(batch, rows, steady() + 1000)

    def take(self, n: int, s: int) -> None:
        """A free slot takes its next row and announces it."""
        process, slot = self.processes[n], self.processes[n].slots[s]
        taken = process.desk.take(Lane(f"smtp:{self.workspace_id}"), self.now) if slot.key is None else None
        if taken is not None:
            claimed, row = taken
            slot.key = Key(claimed.id, row.seq, row.attempt)

    def leave(self, n: int, s: int) -> None:
        """Content leaves if it may in this instant; hopeless rows come back."""
        process, slot = self.processes[n], self.processes[n].slots[s]
        if slot.key is None or slot.out:
            return
        if process.desk.allows(slot.key):
            slot.out = True
        elif process.desk.hopeless(slot.key):
            self._tell(n, s, Verdict.NOT_SENT)

    def reply(self, n: int, s: int, answer: str) -> None:
        """The receiver answers: 250, 450 or 550; or the line breaks, with or without the mail having arrived.

        What only a session can tell apart (ledger_pipeline.ANSWERS) comes to one of these here.
        """
        slot = self.processes[n].slots[s]
        if slot.key is None:
            return
        answer = "250" if answer not in PLAIN else answer
        if not slot.out:
            early = {"450": Verdict.DEFERRED, "550": Verdict.BOUNCED}.get(answer, Verdict.NOT_SENT)
            self._tell(n, s, early)
            return
        if answer in ("250", "lost"):
            self.accepted[slot.key.seq] += 1
        if answer in ("lost", "broken"):
            self.allowance += 1
        verdicts = {"250": Verdict.SENT, "450": Verdict.DEFERRED, "550": Verdict.BOUNCED}
        self._tell(n, s, verdicts.get(answer, Verdict.IN_DOUBT))

    def _tell(self, n: int, s: int, verdict: Verdict) -> None:
        process, slot = self.processes[n], self.processes[n].slots[s]
        assert slot.key is not None
        if verdict is not Verdict.NOT_SENT:
            process.said[slot.key.seq, slot.key.attempt] = verdict
        code = {Verdict.SENT: "250", Verdict.DEFERRED: "450", Verdict.BOUNCED: "550"}.get(verdict, "")
        process.desk.report(Outcome(slot.key, verdict, code, announced=True))
        slot.key, slot.out = None, False

    def flush(self, n: int, fate: str = "commit") -> None:
        """One flush: committed, refused, or committed without the process learning of it."""
        process = self.processes[n]
        if process.pending is not None:
            self.see(n)
            return
        what = process.desk.snapshot()
        if what is None:
            return

        def step(conn: Conn) -> dict[int, Raised]:
            return record.flush(conn, process.desk.owner, what, self.now, lambda a: a.encode(), self.dice)

        if fate == "refused":
            self._roll_back(step)
            process.desk.given_up()
            return
        raised = self._commit(step)
        if fate == "unsure":
            process.desk.given_up()
        else:
            process.pending = (what, raised)

    def see(self, n: int) -> None:
        """The answer of a committed flush reaches the process."""
        process = self.processes[n]
        if process.pending is not None:
            process.desk.applied(*process.pending)
            process.pending = None

    def renew(self, n: int) -> None:
        """Prolong the leases."""
        desk = self.processes[n].desk
        asked = desk.leases()
        if not asked:
            return
        kept = self._commit(lambda conn: claiming.renew(conn, desk.owner, asked, 30))
        desk.renewed(asked, kept, steady() + 1000)

    def let_go(self, n: int) -> None:
        """Finish or release what is ready; not while a flush is on its way."""
        process = self.processes[n]
        if process.pending is not None:
            return
        for held in process.desk.ready_to_go():
            if not held.lost:
                self._commit(lambda conn, h=held: record.let_go(conn, process.desk.owner, h, self.now))  # type: ignore[misc]
            process.desk.forget(held)

    def drain(self, n: int, on: bool) -> None:
        """The slice is over, or a new one begins."""
        self.processes[n].desk.draining = on

    # -- what happens to a process

    def crash(self, n: int) -> None:
        """The process is gone; bytes in the kernel's buffers may still arrive (H15)."""
        process = self.processes[n]
        self.allowance += self.doubts_a_crash
        self.zombies += [slot.key.seq for slot in process.slots if slot.out and slot.key is not None]
        self.processes[n] = self._spawn()
        self._sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s' WHERE owner = :o",
                  o=process.desk.owner)  # fmt: skip

    def stall(self, n: int) -> None:
        """The process sleeps past its leases and wakes; its own clock tells it so."""
        process = self.processes[n]
        self.allowance += self.doubts_a_crash
        for held in process.desk.held.values():
            held.lease_until = steady() - 1
        self._sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s' WHERE owner = :o",
                  o=process.desk.owner)  # fmt: skip

    def zombie(self) -> None:
        """Bytes of a dead process arrive."""
        if self.zombies:
            self.accepted[self.zombies.pop(0)] += 1

    # -- what people and the scheduler do

    def rescue(self) -> None:
        """The scheduler takes over what nobody claims, and ends what a cancel left behind."""
        self._commit(lambda conn: record.rescue(conn, self.now))
        self._commit(lambda conn: sweep.finish_cancelled(conn, self.now))

    def pause(self) -> None:
        self._person(lambda conn: stop.pause(conn, self.run_id, self.now, "ann"))

    def resume(self) -> None:
        self._person(lambda conn: stop.resume(conn, self.run_id, self.now, "ann"))

    def cancel(self) -> None:
        self._person(lambda conn: stop.cancel(conn, self.run_id, self.now, "ann"))

    def send_the_rest(self) -> bool:
        """A person queues again whatever did not go out; whether that opened a cancelled run."""
        which = Rest(self.workspace_id, self.run_id)
        try:
            done = self._commit(lambda conn: rest.requeue(conn, which, self.now, "ann", START + FOREVER))
        except Invalid:  # its cancel goes on
            return False
        return done.rows > 0

    def later(self, minutes: int) -> None:
        """Business time goes on, so that deferred rows fall due."""
        self.now += timedelta(minutes=minutes)

    # -- the end

    def settle(self) -> None:
        """Everybody alive ends well: flushes go through, what is out is answered, everything is finished."""
        for n in range(len(self.processes)):
            self._end_well(n)
        self._sql("UPDATE batch SET lease_until = clock_timestamp() - interval '1 s' WHERE owner IS NOT NULL")
        self.rescue()
        self.resume()
        for _ in range(12):
            self.later(150)
            self.rescue()
            self.processes[0].desk.draining = False
            self.claim(0)
            if not self.processes[0].desk.held and not self._open_batches():
                break
            self._work_off(0)
        while self.zombies:
            self.zombie()

    def _open_batches(self) -> int:
        with self.conn.begin():
            return int(self.conn.execute(text("SELECT count(*) FROM batch WHERE state = 'open'")).scalar_one())

    def _end_well(self, n: int) -> None:
        self.see(n)
        self.drain(n, True)
        for s in range(SLOTS):
            self.leave(n, s)
            self.reply(n, s, "250")
        self._rounds(n, 8)

    def _work_off(self, n: int) -> None:
        self._rounds(n, 4 * ROWS)

    def _rounds(self, n: int, most: int) -> None:
        """Everything goes well for as long as the process holds something."""
        for _ in range(most):
            if not self.processes[n].desk.held:
                return
            for s in range(SLOTS):
                self._announce(n, s)
            self._write_down(n)
            for s in range(SLOTS):
                self.leave(n, s)
                self.reply(n, s, "250")
            self._write_down(n)
            self.let_go(n)

    def _announce(self, n: int, s: int) -> None:
        """A slot takes a row as far as the 354."""
        self.take(n, s)

    def _write_down(self, n: int) -> None:
        self.flush(n)
        self.see(n)

    def rows(self) -> dict[int, tuple[str, int]]:
        """(state, attempt) by seq."""
        with self.conn.begin():
            found = self.conn.execute(
                text("SELECT seq, state, attempt FROM delivery WHERE run_id = :r"), {"r": self.run_id}
            )
            return {seq: (state, attempt) for seq, state, attempt in found}

    def close(self) -> None:
        """Nothing to end here."""

    def check_never(self) -> None:
        """True at every instant: no second copy, nothing said that is not so."""
        assert all(count <= 1 for count in self.accepted.values()), f"a second copy: {self.accepted}"
        self.check_balance()
        for seq, (state, _) in self.rows().items():
            assert state != "sent" or self.accepted[seq], f"row {seq} says sent, and nobody got it"
            assert state != "cancelled" or not self.accepted[seq], f"row {seq} says cancelled, and it was delivered"

    def check_balance(self) -> None:
        """True at every instant: the run's numbers, as the product tells them, add up to its recipients."""
        with self.conn.begin():
            [run] = report.numbers(self.conn, SYSTEM(self.workspace_id), self.run_id)
        assert run.balanced, f"{dict(run.counts)} are not {run.size}"

    def check_end(self) -> None:
        """True when all is over: nothing lost, every doubt explained, every known outcome written."""
        self.check_never()
        rows = self.rows()
        left = {seq: state for seq, (state, _) in rows.items() if state in ("queued", "deferred")}
        assert len(rows) == ROWS
        assert not left, f"lost: {left}"
        with self.conn.begin():
            doubts = self.conn.execute(text("SELECT count(*) FROM delivery_event WHERE trigger = 'doubt'")).scalar_one()
        ended = self._open_batches()
        assert doubts <= self.allowance, f"{doubts} doubts, {self.allowance} explained"
        assert not ended, "a batch is still open"
        for process in self.processes:
            for (seq, attempt), verdict in process.said.items():
                state, now_at = rows[seq]
                if now_at == attempt and verdict in (Verdict.SENT, Verdict.BOUNCED):
                    assert state != "in_doubt", f"row {seq} is in doubt, and its process knows: {verdict}"

    # -- the database

    def _spawn(self) -> Process:
        self.born += 1
        return Process(Desk(f"p{self.born}"), [Slot() for _ in range(SLOTS)])

    def _commit(self, step: Callable[[Conn], T]) -> T:
        with self.conn.begin():
            return step(self.conn)

    def _roll_back(self, step: Callable[[Conn], object]) -> None:
        try:
            with self.conn.begin():
                step(self.conn)
                raise Undone
        except Undone:
            pass

    def _person(self, act: Callable[[Conn], object]) -> None:
        try:
            self._commit(act)
        except IllegalMove:
            pass

    def _sql(self, statement: str, **values: object) -> None:
        with self.conn.begin():
            self.conn.execute(text(statement), values)
