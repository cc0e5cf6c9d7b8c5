"""Why a batch waits, in one sentence: what the claim, the pace and the run say about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound.kinds import BULK, KINDS
from engine.outbound.pace import caps, queries
from engine.outbound.stop import NEVER
from engine.people import relays
from engine.people.relays import RelaySettings

Place = tuple[str, str]  # (lane, provider)


@dataclass(frozen=True, slots=True)
class Why:
    """What is waited for; `at` is the next instant at which that may change, None where nobody knows it."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of some relays at one instant."""

    now: datetime
    rows: Mapping[Place, Any]
    seats: Mapping[Place, tuple[int, int]]  # (in use, wanted by all)


def of_batches(
    conn: Conn, settings: Settings, workspace_id: int, batch_ids: Sequence[int], now: datetime, seq: int | None = None
) -> dict[int, Why]:
    """Why each open batch of the workspace waits, or what its row `seq` waits for; one that is over is not named."""
    rows = queries.waiting(conn, workspace_id, batch_ids, seq, now)
    ways = {purpose: _ways(conn, settings, workspace_id, purpose) for purpose in {_purpose(row) for row in rows}}
    names = {relay.lane for found in ways.values() for relay in found}
    names |= {f"{row.transport}:{workspace_id}" for row in rows if row.transport != "smtp"}
    pace = Pace(now, queries.known(conn, sorted(names)), queries.seated(conn, sorted(names)))
    return {row.id: _why(row, ways[_purpose(row)], pace, workspace_id) for row in rows}


def of_relays(conn: Conn, ways: Sequence[RelaySettings], now: datetime) -> dict[int | None, Why | None]:
    """By a relay's id: why mail waits for it, all receivers alike; None for one that takes mail."""
    lanes = sorted({relay.lane for relay in ways})
    pace = Pace(now, queries.known(conn, lanes), queries.seated(conn, lanes))
    return {relay.id: _rests((relay.lane, ""), "it rests", pace) or _capped(relay, pace, bulk=True) for relay in ways}


def _purpose(row: Any) -> relays.Purpose:
    return KINDS[row.kind].purpose


def _ways(conn: Conn, settings: Settings, workspace_id: int, purpose: relays.Purpose) -> tuple[RelaySettings, ...]:
    try:
        return relays.relays_for(conn, workspace_id, settings, purpose)
    except ConfigError:
        return ()


def _why(row: Any, ways: Sequence[RelaySettings], pace: Pace, workspace_id: int) -> Why:
    return _stopped(row) or _later(row, ways, pace) or _paced(row, ways, pace, workspace_id) or _worker(row)


def _stopped(row: Any) -> Why | None:
    if row.run_state not in ("paused", "held"):
        return None
    who = f" by {row.actor}" if row.actor else ""
    why = f": {row.reason}" if row.reason else ""
    return Why(f"{row.run_state}{who}{why}")


def _later(row: Any, ways: Sequence[RelaySettings], pace: Pace) -> Why | None:
    if row.next_at <= pace.now:
        return None
    if row.next_at >= NEVER:
        return Why("waits until the first recipients have it and that went well")
    if row.attempt:
        return Why(f"deferred: {_short(row.reply)}, attempt {row.attempt + 1}", row.next_at)
    if len(ways) > 1 and _broken(pace, ways[0].lane):  # put back when the second one claimed it
        return Why("the first relay may have a copy, so no other takes it; it rests", row.next_at)
    return Why("its time has not come", row.next_at)


def _worker(row: Any) -> Why:
    return Why("a worker has it" if row.held else "waits for a worker")


def _paced(row: Any, ways: Sequence[RelaySettings], pace: Pace, workspace_id: int) -> Why | None:
    if row.transport != "smtp":
        return _rests((f"{row.transport}:{workspace_id}", ""), f"{row.transport} rests", pace)
    if not ways:
        return Why("there is no mail relay; an admin sets one")
    broken = [relay for relay in ways if _broken(pace, relay.lane)]
    relay = next((relay for relay in ways if relay not in broken), None)
    if relay is None:
        return _rests((ways[0].lane, ""), "the relay rests", pace)
    provider = row.provider if caps.splits(relay, pace.now) else ""
    return (
        _rests((relay.lane, ""), "the relay rests", pace)
        or (_rests((relay.lane, provider), f"{provider} rests", pace) if provider else None)
        or _capped(relay, pace, bulk=row.kind in BULK)
        or _crowded(relay, provider, row, pace)
    )


def _broken(pace: Pace, lane: str) -> bool:
    row = pace.rows.get((lane, ""))
    return row is not None and row.breaker != "closed" and row.next_at is not None and row.next_at > pace.now


def _rests(place: Place, words: str, pace: Pace) -> Why | None:
    row = pace.rows.get(place)
    if row is None or row.next_at is None or row.next_at <= pace.now:
        return None
    tried = ", and one worker tries it" if row.breaker == "trying" else ""
    return Why(f"{words}{tried}: {_short(row.reason)}", row.next_at)


def _capped(relay: RelaySettings, pace: Pace, *, bulk: bool) -> Why | None:
    row, cap = pace.rows.get((relay.lane, "")), caps.of_day(relay, pace.now)
    if row is None:
        return None
    if cap is not None and row.day == pace.now.date():
        midnight = pace.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        kept = caps.kept(relay, cap)
        if row.day_used >= cap:
            return Why(f"the day's cap of {cap:,} mails is reached", midnight)
        if bulk and row.day_used >= cap - kept:
            return Why(f"the last {kept:,} of the day's cap of {cap:,} are kept for more urgent mail", midnight)
    if relay.per_second is not None and row.second_at is not None and row.second_at > pace.now:
        return Why(f"{relay.per_second:,} messages a second are allowed", row.second_at)
    return None


def _crowded(relay: RelaySettings, provider: str, row: Any, pace: Pace) -> Why | None:
    """Whether all connections that it might have are in use."""
    used = sum(seats for (lane, _), (seats, _) in pace.seats.items() if lane == relay.lane)
    most, name = relay.connections, "the relay"
    if provider:
        known = pace.rows.get((relay.lane, provider))
        allowed = int(known.allowed) if known is not None and known.allowed else relay.connections
        here = pace.seats.get((relay.lane, provider), (0, 0))[0]
        if here >= allowed:
            used, most, name = here, allowed, provider
    if used < most:
        return None
    has = "a worker has it, " if row.held else ""
    return Why(f"{has}{name}: {used} of {most} connections", pace.now + timedelta(seconds=1))


def _short(words: str) -> str:
    return words if len(words) <= 200 else f"{words[:200]}…"
