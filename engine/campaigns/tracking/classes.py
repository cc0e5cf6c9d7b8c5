"""Who asked for what a mail links to: a person, or a machine. A pure function over all the hits of one delivery.

A strong sign makes a machine: HEAD, the hidden link, a known agent, all links at once. Of weak ones (a known network,
no agent, so soon after the mail was taken that nobody has read it) one makes a likely machine and two make a machine.
Who came with a machine from the same network within a minute is one too, or likely one if it calls itself otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.campaigns.tracking.machines import Known
from engine.outbound.tracked import HIDDEN, PIXEL

Class = Literal["human", "likely", "machine"]

LEAVE, PREFERENCES = -1, -2  # in the place of a link's id: pages of ours that every mail leads to
SOON = timedelta(seconds=10)  # after the mail was taken
AT_ONCE = timedelta(seconds=2)
COMPANY = timedelta(seconds=60)
MANY = 3  # links at once that are nobody's clicks, however many the mail has

_OURS = frozenset({LEAVE, PREFERENCES})  # all that a mail without tracked links leads to

# Why, as pages say it.
WHY = {
    "head": "It asked with HEAD, which shows nobody anything.",
    "hidden": "It followed the link that nobody sees.",
    "agent": "Its agent is known.",
    "prefetch": "It fetched the picture ahead, as Apple and Google do.",
    "at_once": "It followed the links all at once.",
    "net": "It is in a network of mail scanners.",
    "soon": "It came within seconds after the mail was taken.",
    "no_agent": "It does not say what it is.",
    "company": "It came with a machine, from the same network.",
    "near": "It came from the network of a machine, within a minute.",
}
_STRONG = frozenset({"head", "hidden", "agent", "prefetch", "at_once", "company"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One hit. `place`: a link's id, HIDDEN, PIXEL, LEAVE or PREFERENCES."""

    at: datetime
    method: str
    agent: str
    net: str
    place: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a hit is taken for, and the names of why."""

    taken_for: Class
    why: tuple[str, ...] = ()


def classes(hits: Sequence[Seen], taken_at: datetime | None, links: int, known: Known) -> list[Judged]:
    """What each hit of one delivery is taken for, in the order given.

    `taken_at`: when the receiving server took the mail; None while that is not known. `links`: how many it has.
    """
    signs = [set(_own(hit, taken_at, known)) for hit in hits]
    for n in _at_once(hits, links):
        signs[n].add("at_once")
    machines = [hit for hit, found in zip(hits, signs, strict=True) if found & _STRONG]
    for hit, found in zip(hits, signs, strict=True):
        if not found & _STRONG:
            found.update(_with(hit, machines))
    return [_judged(found) for found in signs]


def _own(hit: Seen, taken_at: datetime | None, known: Known) -> list[str]:
    """The signs that a hit has by itself."""
    kind, found = known.kind(hit.agent), []
    if hit.method == "HEAD":
        found.append("head")
    if hit.place == HIDDEN and hit.place is not PIXEL:
        found.append("hidden")
    if kind == "scanner":
        found.append("agent")
    if kind == "prefetch" and hit.place is PIXEL:
        found.append("prefetch")
    if kind != "proxy" and known.whose(hit.net):
        found.append("net")
    if not hit.agent.strip() and hit.method != "POST":  # a provider that posts for its user need not say who it is
        found.append("no_agent")
    if taken_at is None or hit.at < taken_at + SOON:
        found.append("soon")
    return found


def _at_once(hits: Sequence[Seen], links: int) -> set[int]:
    """The hits in spans of two seconds in which all links were followed, or too many for a person.

    From any network, since scanners have many. A POST is not among them: who unsubscribes while a scanner is busy
    elsewhere is themselves.
    """
    follows = (n for n, hit in enumerate(hits) if hit.place is not PIXEL and hit.method != "POST")
    order = sorted(follows, key=lambda n: hits[n].at)
    found: set[int] = set()
    first = 0
    for last, n in enumerate(order):
        while hits[n].at - hits[order[first]].at > AT_ONCE:
            first += 1
        span = order[first : last + 1]
        places = {hits[one].place for one in span}
        own = sum(place is not None and place > 0 for place in places)
        if len(places) >= MANY or (links >= 2 and own >= links) or places >= _OURS:
            found.update(span)
    return found


def _with(hit: Seen, machines: Sequence[Seen]) -> set[str]:
    """What a hit has from the machines it came with."""
    near = [one for one in machines if one.net and one.net == hit.net and abs(one.at - hit.at) <= COMPANY]
    if any(one.agent == hit.agent or abs(one.at - hit.at) <= AT_ONCE for one in near):
        return {"company"}
    return {"near"} if near else set()


def _judged(found: set[str]) -> Judged:
    why = tuple(name for name in WHY if name in found)
    if found & _STRONG or len(found) > 1:
        return Judged("machine", why)
    return Judged("likely" if found else "human", why)


__all__ = ["AT_ONCE", "COMPANY", "LEAVE", "PREFERENCES", "SOON", "WHY", "Class", "Judged", "Seen", "classes"]
