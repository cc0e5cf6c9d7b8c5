"""What each worker process does about once a second for the lanes it serves: connections, messages, what was learnt.

One short transaction that locks the rows of those lanes, so that what two processes take together is never too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.outbound.pace import caps, queries, seats, tokens
from engine.outbound.pace.queries import SeatRow, Spent
from engine.outbound.pace.seats import Want
from engine.outbound.pace.tokens import Chunk
from engine.outbound.queries.claiming import Lane
from engine.people.relays import RelaySettings

FIRST = 2.0  # connections a receiving provider begins with


@dataclass(frozen=True, slots=True)
class Ask:
    """What a process tells of one lane, and wants of it.

    `wanted`: messages it has to send; `bulk`: those of them that leave a part of the day's cap to the others; `using`:
    connections it has, or may have; `in_hand`: messages it may send already; `back`: messages it took and will not
    send; `good` and `bad`: answers since the last time.
    """

    lane: Lane
    relay: RelaySettings | None
    wanted: int
    urgency: int
    bulk: int = 0
    using: int = 0
    in_hand: int = 0
    back: int = 0
    good: int = 0
    bad: int = 0
    trying: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What it gets: so many connections from now on, and messages (None: no cap). `stop`: nothing goes there now."""

    seats: int
    chunk: Chunk | None = None
    stop: bool = False


def keep(conn: Conn, owner: str, asks: Sequence[Ask], now: datetime, lease: float) -> dict[Lane, Grant]:
    """Take what may be taken, write what was learnt; the seats last `lease` seconds. A lane of posts has no seats."""
    rows = queries.locked(conn, {(a.lane.name, provider) for a in asks for provider in ("", a.lane.provider)})
    if trying := [ask.lane.name for ask in asks if ask.trying]:
        queries.go_on_trying(conn, trying, now, lease)
    stops = {ask.lane: _stopped(rows, ask, now) for ask in asks}
    mail = [ask for ask in asks if ask.relay is not None]
    others = [s for s in queries.seats(conn, {a.lane.name for a in mail}) if s.owner != owner] if mail else []
    spent = {place: Spent(*place, *_counted(row, now)) for place, row in rows.items()}
    given: dict[Lane, Grant] = {}
    for ask in asks:
        if not stops[ask.lane]:
            _learn(spent, ask)
    for ask in mail:
        given[ask.lane] = Grant(0, _take(spent, ask, others, now), stops[ask.lane])
    counts = _seats(owner, mail, others, spent, stops)
    before = {place: Spent(*place, *_plain(row)) for place, row in rows.items()}
    if changed := [row for place, row in spent.items() if row != before[place]]:
        queries.put_spent(conn, changed)
    put = [SeatRow(*a.lane, a.wanted, max(counts[a.lane][0], a.using), a.urgency) for a in mail]
    queries.put_seats(conn, owner, [row for row in put if row.seats or row.wanted], lease)
    full = {a.lane: not a.in_hand and _full(spent, a) and not _some(given[a.lane].chunk) for a in mail}
    posts = {ask.lane: Grant(1 if ask.trying else 0, None, stops[ask.lane]) for ask in asks if ask.relay is None}
    return posts | {
        lane: Grant(counts[lane][1], grant.chunk, grant.stop or full[lane]) for lane, grant in given.items()
    }


def _plain(row: Any) -> tuple[Any, ...]:
    return row.second_at, row.day, row.day_used, row.day_cap, row.allowed, row.failures


def _counted(row: Any, now: datetime) -> tuple[Any, ...]:
    """The same, with the day's count of another day at 0."""
    second_at, day, used, cap, allowed, failures = _plain(row)
    return second_at, day, 0 if day is not None and day != now.date() else used, cap, allowed, failures


def _stopped(rows: Mapping[tuple[str, str], Any], ask: Ask, now: datetime) -> bool:
    """Whether somebody has found that nothing goes there now."""
    for place in {(ask.lane.name, ""), tuple(ask.lane)}:
        row = rows[place[0], place[1]]
        resting = row.next_at is not None and row.next_at > now
        if (row.breaker == "closed" and resting) or (row.breaker != "closed" and not ask.trying):
            return True
    return False


def _learn(spent: dict[tuple[str, str], Spent], ask: Ask) -> None:
    for place in {(ask.lane.name, ""), (ask.lane.name, ask.lane.provider)}:
        if ask.good and not ask.bad and not ask.trying and spent[place].failures:
            spent[place] = spent[place]._replace(failures=0)
    if ask.lane.provider and ask.relay is not None and ask.relay.visible:
        row = spent[ask.lane.name, ask.lane.provider]
        learnt = seats.learn(row.allowed or FIRST, ask.good, ask.bad, ask.relay.connections)
        spent[ask.lane.name, ask.lane.provider] = row._replace(allowed=learnt)


def _take(spent: dict[tuple[str, str], Spent], ask: Ask, others: Sequence[Any], now: datetime) -> Chunk | None:
    """Messages for one lane, None where no cap holds. What others have to send that is more urgent comes first."""
    relay = ask.relay
    assert relay is not None  # asked of mail alone
    row = spent[ask.lane.name, ""]
    cap = caps.of_day(relay, now)
    if cap is None and relay.per_second is None:
        return None
    row = row._replace(day=now.date(), day_used=max(0, row.day_used - ask.back), day_cap=cap)
    first = sum(s.wanted for s in others if s.lane == ask.lane.name and s.urgency < ask.urgency)
    wanted = max(0, ask.wanted - ask.in_hand)
    if cap is not None:
        left = max(0, cap - row.day_used - first)
        urgent = max(0, ask.wanted - ask.bulk - ask.in_hand)  # the desk takes these first, whatever it has in hand
        wanted = min(wanted, tokens.CHUNK, left, urgent + max(0, left - urgent - caps.kept(relay, cap)))
    chunk = Chunk(wanted)
    if relay.per_second is not None:
        mine = min(wanted, max(0, relay.per_second - first))
        chunk, free_at = tokens.take(relay.per_second, row.second_at, now, mine)
        row = row._replace(second_at=free_at)
    spent[ask.lane.name, ""] = row._replace(day_used=row.day_used + chunk.messages)
    return chunk


def _some(chunk: Chunk | None) -> bool:
    return chunk is not None and chunk.messages > 0


def _full(spent: Mapping[tuple[str, str], Spent], ask: Ask) -> bool:
    """Whether the day has no message left for anything that is asked for."""
    row = spent[ask.lane.name, ""]
    if row.day_cap is None or row.day is None or ask.relay is None:
        return False
    only_bulk = ask.bulk > 0 and ask.bulk == ask.wanted
    return row.day_used >= row.day_cap - (caps.kept(ask.relay, row.day_cap) if only_bulk else 0)


def _seats(
    owner: str, asks: Sequence[Ask], others: Sequence[Any], spent: Mapping[tuple[str, str], Spent],
    stops: Mapping[Lane, bool],
) -> dict[Lane, tuple[int, int]]:  # fmt: skip
    """(seats to hold, connections to have) of each lane. What is to be given up stays held until it is closed."""
    found: dict[Lane, tuple[int, int]] = {}
    for name in {ask.lane.name for ask in asks}:
        mine = [ask for ask in asks if ask.lane.name == name]
        theirs = [seat for seat in others if seat.lane == name]
        total = max(ask.relay.connections for ask in mine if ask.relay is not None)
        allowed = {
            lane.provider: max(1, int(row.allowed))
            for lane, row in ((ask.lane, spent[name, ask.lane.provider]) for ask in mine)
            if lane.provider and row.allowed is not None
        }
        wants = [Want((s.provider, s.owner), s.wanted, s.urgency) for s in theirs]
        wants += [Want((a.lane.provider, owner), 0 if stops[a.lane] else a.wanted, a.urgency) for a in mine]
        fair = seats.share(wants, total, allowed)
        spare = max(0, total - sum(fair.values()))
        held = sum(s.seats for s in theirs) + sum(ask.using for ask in mine)
        at = {p: sum(s.seats for s in theirs if s.provider == p) for p in allowed}
        for ask in mine:
            part = fair.get((ask.lane.provider, owner), 0)
            target = seats.kept(part, ask.using, spare)
            spare -= max(0, target - part)
            if ask.trying or stops[ask.lane]:
                target = 1 if ask.trying else 0
            room = min(total - held, allowed.get(ask.lane.provider, total) - at.get(ask.lane.provider, 0) - ask.using)
            more = max(0, min(target - ask.using, room))
            held += more
            found[ask.lane] = ask.using + more, min(target, ask.using + more)
    return found
