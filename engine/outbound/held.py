"""What lies on a desk: leased batches, outcomes that are learnt, and the snapshot of both that a flush writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.clock import steady
from engine.outbound.drafts import Row
from engine.outbound.queries.claiming import Claimed, Lane
from engine.transports.base import Outcome, Verdict


@dataclass(slots=True)
class Held:
    """A leased batch. `top` is the highest seq taken, `permit` the horizon that a committed flush returned."""

    claimed: Claimed
    waiting: deque[Row]
    top: int
    permit: int
    lease_until: float
    loose: dict[int, Row] = field(default_factory=dict)  # taken, nothing learnt yet
    out: set[int] = field(default_factory=set)  # loose rows whose content may have left
    stopped: bool = False  # somebody set `stop` in the database (H11)
    ending: bool = False  # we take no more of it: the transport rests, its run is held, the slice is over
    lost: bool = False
    moved: float = field(default_factory=steady)  # when a row of it was taken last
    anew: bool = False  # slots may still have rows of an earlier lease of it in hand

    lane: Lane = field(init=False)  # which slots serve it
    key: tuple[int, int] = field(init=False)  # order of taking: urgency first, then age

    def __post_init__(self) -> None:
        self.lane = self.claimed.lane
        self.key = self.claimed.urgency, self.claimed.id


class Learnt(NamedTuple):
    """An outcome with all that the flush needs to write it."""

    claimed: Claimed
    row: Row
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Flush:
    """One snapshot: what to raise, and what has been learnt. `asked` is (batch_id, epoch, top).

    `plain` are first attempts that were accepted, of batches that are asked for; `others` have more to them: refusals,
    repeats, remote ids, leases that are lost.
    """

    asked: tuple[tuple[int, int, int], ...]
    plain: tuple[Learnt, ...]
    others: tuple[Learnt, ...]

    @classmethod
    def of(cls, asked: tuple[tuple[int, int, int], ...], learnt: Iterable[Learnt]) -> Flush:
        """A snapshot, its outcomes parted."""
        epochs = {batch_id: epoch for batch_id, epoch, _ in asked}
        plain: list[Learnt] = []
        others: list[Learnt] = []
        for x in learnt:
            o = x.outcome
            fits = o.verdict is Verdict.SENT and not x.row.attempt and o.remote_id is None and o.reply.isprintable()
            (plain if fits and epochs.get(x.claimed.id) == x.claimed.epoch else others).append(x)
        return cls(asked, tuple(plain), tuple(others))

    @property
    def learnt(self) -> tuple[Learnt, ...]:
        """All outcomes."""
        return self.plain + self.others
