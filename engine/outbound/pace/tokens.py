"""Messages that one process may send, taken in chunks from the rows that all share, and spent one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import steady

AHEAD = 1.0  # seconds for which messages are taken ahead
CHUNK = 200  # messages taken at once where only the day is capped
LATE = 0.25  # seconds after which a message that was not sent in its turn has lost it: else it would come in a burst


@dataclass(frozen=True, slots=True)
class Chunk:
    """`messages` that may be sent, the first in `start` seconds, one every `every` seconds."""

    messages: int
    start: float = 0.0
    every: float = 0.0


def take(rate: int, free_at: datetime | None, now: datetime, wanted: int) -> tuple[Chunk, datetime]:
    """A chunk of at most `wanted` of `rate` messages a second, and the instant from which the next ones are free.

    Turns follow each other over all processes, so that no second has more, whoever sends. An instant further ahead
    than anybody takes is of a clock that was set back.
    """
    at = now if free_at is None or free_at < now or free_at > now + timedelta(seconds=5 * AHEAD) else free_at
    start = (at - now).total_seconds()
    messages = max(0, min(wanted, int((AHEAD - start) * rate)))
    return Chunk(messages, start, 1 / rate), at + timedelta(seconds=messages / rate)


class Gate:
    """What one process has in hand for one lane. Open, until somebody lays a chunk."""

    def __init__(self) -> None:
        self.capped = False
        self._left = 0
        self._next = 0.0
        self._every = 0.0
        self._lost = 0

    @property
    def left(self) -> int:
        """Messages in hand."""
        return self._left

    def lay(self, chunk: Chunk | None) -> None:
        """Take a chunk on top of what is there; None: no cap holds."""
        self.capped = chunk is not None
        if chunk is None:
            self._left = 0
        elif chunk.messages:
            self._next = steady() + chunk.start if not self._left else self._next
            self._left += chunk.messages
            self._every = chunk.every

    def wait(self) -> float | None:
        """Seconds until the next message may go: 0 for now, None while there is none in hand."""
        if not self.capped:
            return 0.0
        since = steady() - LATE - self._next
        if self._every and since > 0:
            late = min(int(since / self._every) + 1, self._left)
            self._left, self._lost, self._next = self._left - late, self._lost + late, self._next + late * self._every
        if not self._left:
            return None
        return max(0.0, self._next - steady())

    def spend(self) -> None:
        """One message is on its way."""
        if self.capped and self._left:
            self._left -= 1
            self._next += self._every

    def lost(self) -> int:
        """Messages whose turn went by; told once."""
        lost, self._lost = self._lost, 0
        return lost

    def give_back(self) -> int:
        """Messages that nobody will send, those that went by too; none is left."""
        left, self._left = self._left, 0
        return left + self.lost()
