"""Claims what may go now, and says which relay it goes to: the first by rank whose breaker is not open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound import record
from engine.outbound.drafts import Row
from engine.outbound.kinds import BULK, BULK_URGENCY, KINDS
from engine.outbound.pace import caps, queries
from engine.outbound.queries import claiming, flushing
from engine.outbound.queries.claiming import ANY, Claimed, Gates, Lane
from engine.people import relays
from engine.people.relays import Purpose, RelaySettings

Crowd = tuple[str, str, int]  # (lane, provider, urgency): only what is more urgent is wanted there
Ways = tuple[RelaySettings, ...]
Known = dict[tuple[int, Purpose], Ways]
PURPOSES: tuple[Purpose, ...] = ("transactional", "bulk")
NOBODY = 0  # no workspace's id: what holds for it is the instance's own
PUT_BACK = timedelta(minutes=1)  # until rows that only the first relay may have are looked at again


@dataclass(frozen=True, slots=True)
class Routed:
    """Leased batches with their rows; the lanes that this process alone now tries; where only the first would do."""

    batches: tuple[tuple[Claimed, list[Row]], ...]
    tries: frozenset[str] = frozenset()


def gates(conn: Conn, now: datetime, settings: Settings, crowded: Sequence[Crowd] = ()) -> Gates:
    """What a claim may not take at this instant."""
    return _look(conn, now, settings, crowded)[0]


def _look(conn: Conn, now: datetime, settings: Settings, crowded: Sequence[Crowd]) -> tuple[Gates, frozenset[str]]:
    """The gates, and the lanes whose breaker has rested: who claims something for one of them tries it."""
    rows = queries.in_the_way(conn, now)
    ill = [row for row in rows if row.breaker != "closed"]
    broken = tuple(row.lane for row in ill if row.next_at is not None and row.next_at > now)
    rested = frozenset(row.lane for row in ill) - set(broken)
    resting = [
        (row.lane, row.provider or ANY, 0)
        for row in rows
        if row.breaker == "closed" and row.next_at is not None and row.next_at > now
    ]
    full = [gate for row in rows if row.nearly_full and (gate := _full(conn, row, now, settings)) is not None]
    shut = (*crowded, *resting, *full)
    if not broken and not shut:
        return claiming.OPEN_GATES, rested
    catcher = settings.catcher and not settings.production  # it takes everything, whatever relays a workspace has
    return Gates(broken, shut, _instance(conn, settings), own=not catcher, bulk=BULK), rested


def _instance(conn: Conn, settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    transactional, bulk = (_relays(conn, NOBODY, settings, purpose) for purpose in PURPOSES)
    return tuple(relay.lane for relay in transactional), tuple(relay.lane for relay in bulk)


def _full(conn: Conn, row: Any, now: datetime, settings: Settings) -> tuple[str, str, int] | None:
    """What the day has no message left for: everything, bulk mail, or nothing. Somebody may have raised the cap that
    its messages were counted against."""
    if row.own:
        relay: caps.Caps | None = row
    else:
        found = [relay for p in PURPOSES for relay in _relays(conn, NOBODY, settings, p) if relay.lane == row.lane]
        relay = found[0] if found else None
    cap = row.day_cap if relay is None else caps.of_day(relay, now)
    if cap is None:
        return None
    if row.day_used >= cap:
        return row.lane, ANY, 0
    kept = caps.kept(relay, cap) if relay is not None else 0
    return (row.lane, ANY, BULK_URGENCY) if row.day_used >= cap - kept else None


def _relays(conn: Conn, workspace_id: int, settings: Settings, purpose: Purpose) -> Ways:
    try:
        return relays.relays_for(conn, workspace_id, settings, purpose)
    except ConfigError:  # whose batch it is will be told when its contents are loaded
        return ()


def claim(
    conn: Conn, owner: str, now: datetime, limit: int, lease: float, settings: Settings, crowded: Sequence[Crowd] = ()
) -> Routed:
    """Lease up to `limit` batches that may go now, each with the relay that takes it.

    Where a breaker has rested, one worker alone gets batches for that relay: the one that tries.
    """
    closed, rested = _look(conn, now, settings, crowded)
    found = record.claim(conn, owner, now, limit, lease, closed)
    if not found:
        return Routed(())
    known: Known = {}
    routed = [(_route(conn, batch, settings, closed.broken, known, now), rows) for batch, rows in found]
    asked = sorted(rested & {batch.lane.name for batch, _ in routed})
    tries = queries.try_again(conn, asked, now, lease) if asked else set()
    if lost := [batch for batch, _ in routed if batch.lane.name in rested - tries]:
        claiming.give_back(conn, owner, lost)  # somebody else has begun to try it since we looked
    kept = [(batch, rows) for batch, rows in routed if batch.lane.name not in rested - tries]
    if changed := [batch for batch, _ in kept if batch.relay_id != batch.via]:
        claiming.routed(conn, changed)
    return Routed(tuple(_only_what_never_left(conn, kept, known, now)), frozenset(tries))


def _route(
    conn: Conn, batch: Claimed, settings: Settings, broken: Sequence[str], known: Known, now: datetime
) -> Claimed:
    if batch.transport != "smtp":
        return batch
    place = batch.workspace_id, KINDS[batch.kind].purpose
    if place not in known:
        known[place] = _relays(conn, batch.workspace_id, settings, place[1])
    relay = next((relay for relay in known[place] if relay.lane not in broken), None)
    if relay is None:
        return batch
    provider = batch.provider if caps.splits(relay, now) else ""
    return replace(batch, relay=relay, lane=Lane(relay.lane, provider))


def _only_what_never_left(
    conn: Conn, routed: Sequence[tuple[Claimed, list[Row]]], known: Known, now: datetime
) -> list[tuple[Claimed, list[Row]]]:
    """Another relay than the first gets no row that was ever in doubt: the first may have a copy of it."""
    second = [batch for batch, _ in routed if batch.relay is not None and not _is_first(batch, known)]
    left = claiming.may_have_left(conn, second) if second else {}
    for batch in second:  # as many as are claimed at once, and only while a breaker is open
        if seqs := left.get(batch.id):
            later = flushing.later_batch(conn, batch.run_id, batch.transport, now + PUT_BACK, batch.provider)
            flushing.put_again(conn, batch.run_id, batch.id, seqs, later)
    return [(batch, [row for row in rows if row.seq not in left.get(batch.id, ())]) for batch, rows in routed]


def _is_first(batch: Claimed, known: Known) -> bool:
    return known[batch.workspace_id, KINDS[batch.kind].purpose][0].lane == batch.lane.name
