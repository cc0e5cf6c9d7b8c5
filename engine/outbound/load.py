"""What a desk has in hand, lane by lane: what its process asks for when it claims, and what it tells the pace."""

from __future__ import annotations

from typing import NamedTuple

from engine.outbound.desk import Desk
from engine.outbound.kinds import BULK
from engine.outbound.queries.claiming import ANY, Lane


def moving(desk: Desk, since: float) -> tuple[int, int]:
    """(batches, rows that may be taken) of the lanes that have moved since `since`; a stuck one counts for nothing,
    else a few of them would keep everybody else's mail from being leased."""
    lanes = {h.lane for h in desk.held.values() if h.moved >= since}
    busy = [h for h in desk.held.values() if h.lane in lanes]
    return len(busy), sum(len(h.waiting) for h in busy if desk.may_take(h))


def crowded(desk: Desk, most: int) -> list[tuple[str, str, int]]:
    """(lane, provider, urgency) of lanes with `most` batches: only what is more urgent is wanted there."""
    urgencies: dict[Lane, list[int]] = {}
    told = {h.lane.name for h in desk.held.values() if h.lane.provider}
    for held in desk.held.values():
        urgencies.setdefault(held.lane, []).append(held.claimed.urgency)
    full = [(lane, min(found)) for lane, found in urgencies.items() if len(found) >= most]
    return [(lane.name, lane.provider if lane.name in told else ANY, least) for lane, least in full]


class Wanted(NamedTuple):
    """`rows` of a lane that wait or are taken, the urgency of the first of them, and how many of them are bulk mail."""

    rows: int
    urgency: int
    bulk: int


def wants(desk: Desk) -> dict[Lane, Wanted]:
    """What there is to send, by lane."""
    found: dict[Lane, Wanted] = {}
    for held in desk.held.values():
        rows = len(held.loose) + (len(held.waiting) if desk.may_take(held) else 0)
        if rows:
            before, urgency, bulk = found.get(held.lane, (0, held.claimed.urgency, 0))
            bulk += rows if held.claimed.kind in BULK else 0
            found[held.lane] = Wanted(before + rows, min(urgency, held.claimed.urgency), bulk)
    return found


def lanes(desk: Desk) -> set[Lane]:
    """The lanes of all batches on the desk."""
    return {h.lane for h in desk.held.values()}
