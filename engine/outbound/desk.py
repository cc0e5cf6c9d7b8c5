"""The desk of one worker process: what it leases, what it has taken, what it has learnt and not yet written down.

Pure bookkeeping of rules H1 to H5 and H11 to H13 of docs/delivery.md: no clock but the steady one, no socket, no
database. The sending loop and the property test drive the same object, so a crash is this object being dropped.

Words: a row is *taken* when a slot has it as its next, *out* when its first content byte may have been written, and
*learnt* when its outcome is known but not yet in the database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime

from engine.clock import steady
from engine.move import Raised
from engine.outbound.drafts import Row
from engine.outbound.held import Flush, Held, Learnt
from engine.outbound.queries.claiming import Claimed, Lane
from engine.transports.base import Key, Outcome, Verdict

Refusal = Callable[[Claimed, Row], tuple[Verdict, str] | None]


def _nothing_refused(claimed: Claimed, row: Row) -> None:
    """No row is refused."""


def _nothing_told(waiting: int) -> None:
    """Nobody needs to know."""


class Desk:
    """Everything one process holds. Not thread-safe: only the loop's thread touches it."""

    def __init__(
        self, owner: str, refusal: Refusal | None = None, changed: Callable[[int], None] = _nothing_told
    ) -> None:
        """`changed` is called whenever a row was taken or an outcome learnt, so that a flush is worth its while.

        It is told how many rows were taken since the last snapshot: each waits for its permit.
        """
        self.owner = owner
        self._changed = changed
        self.held: dict[int, Held] = {}
        self.draining = False
        self._front: dict[Lane, deque[tuple[Held, Row]]] = {}
        self._current: dict[Lane, Held] = {}  # where the last row of a lane came from
        self._learnt: list[Learnt] = []
        self._strays: list[Learnt] = []  # learnt about batches that are lost: proof (H13)
        self._ghosts: dict[Key, Learnt] = {}  # rows of lost batches that we have leased anew since
        self._in_hand: set[Key] = set()  # rows that slots hold, whatever has become of their leases since
        self._flushing = False
        self._fresh = 0  # rows taken since the last snapshot
        self._refusal: Refusal = refusal or _nothing_refused

    # -- leases

    def lay(self, claimed: Claimed, rows: Iterable[Row], lease_until: float) -> None:
        """Put a freshly claimed batch on the desk. `lease_until` is steady time, the margin already taken off."""
        before = self.held.get(claimed.id)
        if before is not None:
            self._lose(before)
            for row in before.loose.values():
                key = Key(claimed.id, row.seq, row.attempt)
                self._ghosts[key] = Learnt(before.claimed, row, Outcome(key, Verdict.IN_DOUBT))
        held = self.held[claimed.id] = Held(claimed, deque(rows), claimed.horizon, claimed.horizon, lease_until)
        held.anew = any(key.batch_id == claimed.id for key in self._in_hand)
        self._current.pop(held.lane, None)

    def leases(self) -> list[tuple[int, int]]:
        """(batch_id, epoch) of what should be renewed."""
        return [(h.claimed.id, h.claimed.epoch) for h in self.held.values() if not h.lost]

    def renewed(self, asked: Iterable[tuple[int, int]], kept: set[int], lease_until: float) -> None:
        """Take the answer of a renewal: what was asked for and not kept is lost."""
        self._current.clear()
        for batch_id, epoch in asked:
            held = self.held.get(batch_id)
            if held is None or held.claimed.epoch != epoch:
                continue
            if batch_id in kept:
                held.lease_until = lease_until
            else:
                self._lose(held)

    # -- taking

    def take(self, lane: Lane, now: datetime) -> tuple[Claimed, Row] | None:
        """The next row of a lane, or None. Rows that came back go first (H4); else seq order in the urgentest batch.

        Rows found past their useful_until or refused (suppressed, allow-list) get their outcome here and are passed
        over: this is the last look before a row can leave.
        """
        while (found := self._next(lane)) is not None:
            held, row = found
            verdict, reason = self._verdict(held, row, now)
            key = Key(held.claimed.id, row.seq, row.attempt)
            if verdict is None:
                self._in_hand.add(key)
                return held.claimed, row
            self.report(Outcome(key, verdict, reply=reason))
        return None

    def _next(self, lane: Lane) -> tuple[Held, Row] | None:
        if self.draining:
            return None
        for place, (held, row) in enumerate(self._front.get(lane, ())):
            if self.may_take(held):
                del self._front[lane][place]
                return held, row
        urgent = self._most_urgent(lane)
        if urgent is None:
            return None
        row = urgent.waiting.popleft()
        urgent.top, urgent.moved = max(urgent.top, row.seq), steady()
        urgent.loose[row.seq] = row
        self._fresh += 1
        self._changed(self._fresh)
        return urgent, row

    def _most_urgent(self, lane: Lane) -> Held | None:
        """The batch the next row comes from: the one of the last row, until it is over or another one is laid."""
        found = self._current.get(lane)
        if found is not None and found.waiting and not found.anew and self.may_take(found):
            return found
        found = None
        for held in self.held.values():
            if not held.waiting or held.lane != lane or (found is not None and found.key <= held.key):
                continue
            if self.may_take(held) and (not held.anew or self._free(held)):
                found = held
        if found is not None:
            self._current[lane] = found
        return found

    def may_take(self, held: Held) -> bool:
        """Whether rows of a batch may be taken now."""
        ended = held.lost or held.stopped or held.ending or self.draining
        return not ended and steady() < held.lease_until

    def _free(self, held: Held) -> bool:
        """Whether no slot still has the next row from an earlier lease: two with one key would share one permit."""
        row = held.waiting[0]
        return Key(held.claimed.id, row.seq, row.attempt) not in self._in_hand

    def _verdict(self, held: Held, row: Row, now: datetime) -> tuple[Verdict | None, str]:
        if row.useful_until <= now:
            return Verdict.EXPIRED, "no longer useful when its turn came"
        return self._refusal(held.claimed, row) or (None, "")

    # -- the permit

    def permitted(self, key: Key) -> bool:
        """Whether content of `key` might leave now: taken, at or below the permit, leased."""
        held = self.held.get(key.batch_id)
        if held is None or held.lost or key.seq not in held.loose or held.loose[key.seq].attempt != key.attempt:
            return False
        return key.seq <= held.permit and steady() < held.lease_until

    def allows(self, key: Key) -> bool:
        """The same in the very instant in which content is written (H3); marks the row as out when it may."""
        if not self.permitted(key):
            return False
        self.held[key.batch_id].out.add(key.seq)
        return True

    def hopeless(self, key: Key) -> bool:
        """Whether waiting for the permit of `key` is useless: lost, forgotten, above a stop, or its lease over."""
        held = self.held.get(key.batch_id)
        if held is None or held.lost or key.seq not in held.loose or steady() >= held.lease_until:
            return True
        return (held.stopped or held.ending) and key.seq > held.permit  # draining or not, what is taken may still leave

    # -- learning

    def report(self, outcome: Outcome) -> None:
        """Take an outcome from the wire, synchronously, before the slot takes its next row (H1)."""
        key = outcome.key
        self._changed(self._fresh)
        self._in_hand.discard(key)
        held = self.held.get(key.batch_id)
        row = held.loose.get(key.seq) if held is not None else None
        if held is None or row is None or row.attempt != key.attempt:
            self._report_ghost(outcome)
            return
        held.out.discard(key.seq)
        if outcome.verdict is Verdict.NOT_SENT and not held.lost:
            self._front.setdefault(held.lane, deque()).append((held, row))
            return
        del held.loose[key.seq]
        learnt = Learnt(held.claimed, row, outcome)
        (self._strays if held.lost else self._learnt).append(learnt)

    def _report_ghost(self, outcome: Outcome) -> None:
        ghost = self._ghosts.pop(outcome.key, None)
        if ghost is not None:
            self._strays.append(Learnt(ghost.claimed, ghost.row, outcome))

    def doubt_what_is_out(self, reply: str) -> None:
        """Call every row whose content may have left and that got no answer in doubt: the process is stopping."""
        for held in self.held.values():
            for seq in sorted(held.out & held.loose.keys()):
                key = Key(held.claimed.id, seq, held.loose[seq].attempt)
                self.report(Outcome(key, Verdict.IN_DOUBT, reply=reply))

    # -- flushing

    def snapshot(self) -> Flush | None:
        """Horizons and outcomes of one instant, read in one go (H2); None when there is nothing to write.

        One flush at a time: raises RuntimeError when the last one was neither applied nor given up.
        """
        if self._flushing:
            raise RuntimeError("one flush at a time (H2)")
        self._fresh = 0
        learnt = (*self._learnt, *self._strays)
        told = {item.claimed.id for item in self._learnt}
        asked = tuple(
            (h.claimed.id, h.claimed.epoch, h.top)
            for h in self.held.values()
            if not h.lost and (h.top > h.permit or h.claimed.id in told)
        )
        if not asked and not learnt:
            return None
        self._flushing = True
        return Flush.of(asked, learnt)

    def applied(self, flush: Flush, raised: dict[int, Raised]) -> None:
        """Take the answer of a *committed* flush: permits, stops, losses; forget the outcomes it wrote."""
        self._flushing = False
        for batch_id, epoch, _ in flush.asked:
            held = self.held.get(batch_id)
            if held is None or held.claimed.epoch != epoch:
                continue
            if batch_id not in raised:
                self._lose(held)
                continue
            held.permit = raised[batch_id].horizon
            if raised[batch_id].stop:
                self._stop(held)
        written = {id(item) for item in flush.learnt}
        self._learnt = [item for item in self._learnt if id(item) not in written]
        self._strays = [item for item in self._strays if id(item) not in written]

    def given_up(self) -> None:
        """The flush failed, or nobody knows whether it committed: keep everything and flush again (H13)."""
        self._flushing = False

    def _lose(self, held: Held) -> None:
        held.lost = True
        held.waiting.clear()
        for row in self._unfront(held):  # it had come back; no slot will ever report it again
            del held.loose[row.seq]
            key = Key(held.claimed.id, row.seq, row.attempt)
            self._strays.append(Learnt(held.claimed, row, Outcome(key, Verdict.NOT_SENT)))
        self._strays += [item for item in self._learnt if item.claimed.id == held.claimed.id]
        self._learnt = [item for item in self._learnt if item.claimed.id != held.claimed.id]

    def _stop(self, held: Held) -> None:
        """Forget what is above the horizon: somebody else may have moved those rows (H11)."""
        held.stopped = True
        held.waiting.clear()
        for seq in [seq for seq in held.loose if seq > held.permit]:
            del held.loose[seq]
        held.top = min(held.top, held.permit)
        self._unfront(held, above=held.permit)

    def _unfront(self, held: Held, above: int = 0) -> list[Row]:
        front = self._front.pop(held.lane, deque())
        gone = [row for h, row in front if h is held and row.seq > above]
        if len(front) > len(gone):
            self._front[held.lane] = deque((h, row) for h, row in front if h is not held or row.seq <= above)
        return gone

    # -- letting go

    def end(self, name: str, provider: str | None = None, run_id: int | None = None) -> None:
        """Take no more rows of a relay's lanes, of one of them, or of one run in it; its batches are let go when what
        is out has answered."""
        for held in self.held.values():
            hit = held.lane.name == name and provider in (None, held.lane.provider)
            if hit and run_id in (None, held.claimed.run_id):
                held.ending = True

    def ready_to_go(self) -> list[Held]:
        """Batches to finish or release: nothing is out, all outcomes are written, and the horizon is committed.

        That is a batch with no row left; a lost one; or one that ends, whose only loose rows came back without having
        left: those move to an "again" batch (H5). A horizon still on its way to the database would make false doubts
        of rows that this release forgets, so it is waited for.
        """
        fronted: dict[int, set[int]] = {}
        for front in self._front.values():
            for held, row in front:
                fronted.setdefault(held.claimed.id, set()).add(row.seq)
        unwritten = {item.claimed.id for item in self._learnt}
        return [
            h
            for h in self.held.values()
            if (h.lost and not h.loose)
            or (
                not h.lost
                and h.top <= h.permit
                and h.claimed.id not in unwritten
                and (self._over(h, fronted.get(h.claimed.id, set())))
            )
        ]

    def _over(self, held: Held, fronted: set[int]) -> bool:
        if held.stopped or held.ending or self.draining:
            return held.loose.keys() <= fronted
        return not held.loose and not held.waiting

    def forget(self, held: Held) -> None:
        """Take a lease off the desk, never a newer one of the same batch; its strays stay until they are written."""
        self._unfront(held)
        if self._current.get(held.lane) is held:
            del self._current[held.lane]
        if self.held.get(held.claimed.id) is held:
            del self.held[held.claimed.id]

    @property
    def unwritten(self) -> int:
        """How many outcomes the database does not have yet."""
        return len(self._learnt) + len(self._strays)
