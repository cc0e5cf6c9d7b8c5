"""When one worker of several is deaf: the others were given canary after canary, and it, idle all the while, nothing.

How many in a row is proof depends on how the broker shares. RabbitMQ takes the consumers of a queue that have room in
turn (https://www.rabbitmq.com/docs/consumer-priority), and an idle worker has room, for it is given as many messages at
once as it has children: of K it gets every K-th. Of 260 canaries three workers got 87, 87 and 86, and none missed more
than two in a row. 8 K in a row cannot be chance.

In PostgreSQL the pollers race. Of 260 canaries three workers of one machine got 100, 85 and 75, and one missed 12
in a row: about what dice do. By dice one of two workers misses 16 in a row after 2^-16 of the canaries it gets;
with one every 10 s that is 1.6 million a year, 24 false alarms. No number heals that, for a worker with a longer line
to the database may lose every race. So there a poll that was answered is an own sign as well (engine.tasks.polls): it
comes every second or two, and a deaf worker makes none.

One canary in 10 s from each scheduler: with one scheduler it takes 80 s for each living worker of the queue, 3 minutes
with two, 13 with ten. Nothing here reads this machine's wall clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import clock

EACH = 8  # canaries in a row that the others took, for every living worker of the queue
GAP = 15.0  # seconds between two looks after which it was asleep


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of one queue: canaries taken from it ever, the other workers of it that live, and `own`, which
    changes with every sign of life of this worker."""

    queue: str
    canaries: int
    others: int
    own: object


@dataclass
class Alone:
    """Remembers, by queue, the last own sign and how many canaries had been taken by then."""

    _marks: dict[str, Look] = field(default_factory=dict)
    _at: float = field(default_factory=clock.steady)

    def deaf(self, at: float, looks: Sequence[Look], working: bool) -> list[str]:
        """The queues that only this worker does not hear. `at`: seconds of the steady clock; `working`: any child."""
        if working or at - self._at > GAP:
            self._marks.clear()
        self._at = at
        return [look.queue for look in looks if self._missed(look) >= EACH * (look.others + 1) and look.others]

    def _missed(self, look: Look) -> int:
        mark = self._marks.get(look.queue)
        if mark is None or mark.own != look.own:
            mark = self._marks[look.queue] = look
        return look.canaries - mark.canaries
