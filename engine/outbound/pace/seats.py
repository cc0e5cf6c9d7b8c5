"""Who may have how many of a relay's connections. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Place = tuple[str, str]  # (provider, owner)


class Want(NamedTuple):
    """What one process has to send through a relay to one provider: messages, and the urgency of the first."""

    place: Place
    messages: int
    urgency: int


def share(wants: Iterable[Want], total: int, allowed: Mapping[str, int]) -> dict[Place, int]:
    """Fair parts of `total` connections: one each in turn, the most urgent first, none more than it has messages for.

    `allowed` limits providers; one that is not named has no limit of its own.
    """
    waiting = sorted((want for want in wants if want.messages > 0), key=lambda want: (want.urgency, want.place))
    given = {want.place: 0 for want in waiting}
    free = {want.place[0]: allowed.get(want.place[0], total) for want in waiting}
    while total > 0 and waiting:
        left: list[Want] = []
        for want in waiting:
            provider = want.place[0]
            if total <= 0 or free[provider] <= 0:
                continue
            given[want.place] += 1
            free[provider] -= 1
            total -= 1
            if given[want.place] < want.messages:
                left.append(want)
        waiting = left
    return given


def kept(fair: int, using: int, spare: int) -> int:
    """How many a process should have that uses `using`: its fair part, and what it has as long as nobody wants it."""
    return max(fair, min(using, fair + spare))


def learn(allowed: float, good: int, bad: int, most: int) -> float:
    """What a provider's answers earn: about one connection more for as many successes as there are connections, one
    less for as many refusals (Postfix's concurrency feedback, SCHEDULER_README: 1/concurrency each)."""
    after = math.sqrt(allowed * allowed + 2 * good) - bad / max(allowed, 1.0)
    return min(max(after, 1.0), float(max(most, 1)))
