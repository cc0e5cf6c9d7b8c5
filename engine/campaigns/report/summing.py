"""From what was counted to the parts of a report; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from engine.campaigns.report.figures import Link, Reason, Receiver, Span, Taken
from engine.campaigns.report.lists import STATES
from engine.campaigns.report.queries.counting import Cell
from engine.campaigns.report.queries.telling import HitRow
from engine.outbound.providers import PROVIDERS

BARS = 48  # of a picture by hours
PLAIN = ("queued", "sent", "delivered", "complained")  # states that no code of a receiver explains
_HOUR = timedelta(hours=1)
LEAST = 12  # hours of a picture: one bar alone would be as wide as the page
_STEPS = (1, 2, 3, 6, 12, 24, 48, 96, 168)  # hours of one bar


def numbers(cells: Iterable[Cell]) -> dict[str, int]:
    """How many mails the lists have that go by states."""
    states: Counter[str] = Counter()
    for cell in cells:
        states[cell.state] += cell.rows
    return {"all": states.total()} | {
        name: sum(states[state] for state in found) for name, found in STATES.items()
    }  # fmt: skip


def hits(rows: Sequence[HitRow]) -> tuple[Taken, Taken, tuple[Link, ...], dict[str, Counter[datetime]]]:
    """Opened, clicked, by link, and by what a person did and the hour of it."""
    sums: Counter[tuple[str, int, str]] = Counter()
    hours: dict[str, Counter[datetime]] = {"open": Counter(), "click": Counter()}
    for row in rows:
        sums[row.what, row.link_id, row.taken_for] += row.n
        if row.hour is not None and row.taken_for == "human":
            hours[row.what][row.hour] += row.n
    links = [Link(row.link_id, row.url, _taken(sums, "link", row.link_id)) for row in rows if row.what == "url"]
    links.sort(key=lambda link: (-link.taken.human, -link.taken.all, link.id))
    return _taken(sums, "open"), _taken(sums, "click"), tuple(links), hours


def _taken(sums: Counter[tuple[str, int, str]], what: str, link_id: int = 0) -> Taken:
    return Taken(*(sums[what, link_id, taken_for] for taken_for in ("human", "likely", "machine")))


def spans(cells: Iterable[Cell], hours: Mapping[str, Counter[datetime]]) -> tuple[Span, ...]:
    """The bars of the picture by hours, from the first hour to the last, so wide that they are not too many."""
    accepted: Counter[datetime] = Counter()
    for cell in cells:
        if cell.hour is not None:
            accepted[cell.hour] += cell.rows
    every = accepted.keys() | hours["open"].keys() | hours["click"].keys()
    if not every:
        return ()
    first, last = min(every), max(every)
    whole = max(int((last - first) / _HOUR) + 1, LEAST)
    step = next((step for step in _STEPS if whole <= step * BARS), -(-whole // BARS))
    spans = []
    for start in range(0, whole, step):
        begin, end = first + start * _HOUR, first + (start + step) * _HOUR
        sums = [sum(n for hour, n in found.items() if begin <= hour < end)
                for found in (accepted, hours["open"], hours["click"])]  # fmt: skip
        spans.append(Span(begin, begin.isoformat() + (f"/{step}" if step > 1 else ""), *sums))
    return tuple(spans)


def receivers(cells: Iterable[Cell]) -> tuple[Receiver, ...]:
    """By receiving provider, the one with most mails first."""
    states: dict[str, Counter[str]] = {}
    for cell in cells:
        states.setdefault(cell.provider, Counter())[cell.state] += cell.rows
    found = [
        Receiver(name, sums.total(), {key: sum(sums[one] for one in of) for key, of in STATES.items()})
        for name, sums in states.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.all, PROVIDERS.index(one.name))))


def reasons(cells: Iterable[Cell]) -> tuple[Reason, ...]:
    """Why mails were not simply accepted, most frequent first."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for cell in cells:
        if cell.state not in PLAIN:
            sums[cell.state, cell.code, cell.reason] += cell.rows
    return tuple(Reason(*key, n) for key, n in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))


__all__ = ["hits", "numbers", "reasons", "receivers", "spans"]
