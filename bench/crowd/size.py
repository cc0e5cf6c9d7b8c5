"""How many of everything there are, and how many people each team has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

NEIGHBOUR = 10  # the second workspace has a tenth of everything, on top
SMALLEST, LARGEST = 10, 200  # people of a team
SKEW = 3.75  # most teams are small: with it 100 teams between 10 and 200 have 5,000 people
SHARES = {"prompt": 0.50, "digest": 0.33, "nudge": 0.10, "post": 0.06, "notice": 0.01}  # of the deliveries
ASKED, ANSWERED = 0.92, 0.66  # of those in a round; the rest is away, or does not answer


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of the workspace that is measured."""

    teams: int = 100
    people: int = 5_000
    entries: int = 500_000
    deliveries: int = 1_000_000

    @property
    def rounds(self) -> int:
        """Rounds of each team: as many as its prompts have deliveries."""
        return max(2, -(-int(self.deliveries * SHARES["prompt"]) // int(self.people * ASKED)))

    @property
    def neighbour(self) -> Size:
        """The other workspace's numbers."""
        small = (max(2, n // NEIGHBOUR) for n in (self.teams, self.people, self.entries, self.deliveries))
        return Size(*small)


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A team and which people it has: contacts from `first` to `last`, both included."""

    id: int
    workspace_id: int
    first: int
    last: int


def teams(size: Size) -> list[TeamPlan]:
    """The teams of both workspaces; people are numbered through."""
    found: list[TeamPlan] = []
    for workspace_id, of in ((1, size), (2, size.neighbour)):
        after = found[-1].last if found else 0
        heads = _heads(of)
        lasts = list(accumulate(heads, initial=after))
        found += [TeamPlan(len(found) + n + 1, workspace_id, lasts[n] + 1, lasts[n + 1]) for n in range(len(heads))]
    return found


def _heads(size: Size) -> list[int]:
    """People by team, the smallest first; their sum is exact."""
    span = LARGEST - SMALLEST
    wished = [SMALLEST + span * ((n + 0.5) / size.teams) ** SKEW for n in range(size.teams)]
    ends = [round(end * size.people / sum(wished)) for end in accumulate(wished, initial=0.0)]
    return [max(1, end - start) for start, end in pairwise(ends)]


@dataclass(frozen=True, slots=True)
class Made:
    """What was seeded: to find one's way with."""

    size: Size
    now: datetime
    secret: str
