"""The freeze: everybody a query means becomes a row of one run, those who are left out with their reason."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine import move, sealing
from engine.campaigns import windows
from engine.campaigns.campaigns import Campaign
from engine.campaigns.queries import freezing, rows
from engine.campaigns.queries.freezing import Cut, Sort
from engine.campaigns.queries.rows import People
from engine.campaigns.windows import Group, Lot, Wishes
from engine.config import required, settings
from engine.db import Conn
from engine.outbound import partitions, plan
from engine.outbound.kinds import KINDS
from engine.outbound.partitions import Room
from engine.outbound.queries import claiming, planning
from engine.outbound.stop import NEVER

KIND = KINDS["campaign"]
USEFUL = KIND.again
MANY = 20_000  # recipients of whom PostgreSQL is to know before their mail leaves
NO_ADDRESS, NO_CONSENT, CAPPED = "no address on the channel", "no consent", "over the frequency cap"
ALONE = "talk"  # of a run: a letter to one person, which no cap counts
WORDS = {"no_address": NO_ADDRESS, "no_consent": NO_CONSENT, "capped": CAPPED}


@dataclass(frozen=True, slots=True)
class Frozen:
    """A run as frozen: `size` rows, of whom `out` are left out, by reason; the batches that may be claimed now."""

    run_id: int
    size: int
    out: dict[str, int]
    due: tuple[int, ...]


def freeze(conn: Conn, of: Campaign, contacts: People, now: datetime, *, part: str = "launch") -> Frozen | None:
    """Make the rows of a run of campaign `of` for the contacts that a select of ids means; None when it means nobody.

    `part` is what the run is to the campaign (engine.models.Run).
    """
    w, zone, wishes = of.workspace_id, rows.default_zone(conn, of.workspace_id, of.team_id), wishes_of(of, now)
    size = freezing.choose(conn, w, contacts)
    if not size:
        return None
    groups = windows.groups(wishes, freezing.zones(conn, zone) if wishes.local else ())
    _judge(conn, w, _rules(conn, of, groups, zone, part, now))
    room = partitions.room(conn, w, KIND, size, now)
    rows.update_run(conn, room.run_id, of.id, part)
    if of.canary and part == "launch":
        freezing.pick_canary(conn, of.canary, room.run_id)
    sorts = freezing.sorts(conn)
    cuts = cut(of, wishes, groups, sorts, now, alone=not any(sort.canary for sort in sorts))
    ids = freezing.insert_batches(conn, room.run_id, of.transport, cuts) if cuts else []
    out = _insert(conn, of, room, cuts, ids, now)
    if size >= MANY:
        freezing.refresh_statistics(conn, room.run_id)
    return Frozen(room.run_id, size, out, tuple(i for i, lot in zip(ids, cuts, strict=True) if lot.next_at <= now))


def wishes_of(of: Campaign, now: datetime) -> Wishes:
    """What a campaign wishes of its hours, from `now` on."""
    at = max(now, of.send_at) if of.send_when == "at" and of.send_at is not None else now
    local = of.send_when == "local"
    return Wishes(
        at, of.local_day if local else None, of.local_time if local else None, of.weekdays, of.quiet_from,
        of.quiet_until,
    )  # fmt: skip


def _rules(conn: Conn, of: Campaign, groups: Sequence[Group], zone: str, part: str, now: datetime
           ) -> freezing.Rules:  # fmt: skip
    split = of.transport == "smtp" and plan.splits(conn, of.workspace_id, KIND.name, now)
    capped = () if part == ALONE else _capped(conn, of, now)
    grps = {name: n for n, group in enumerate(groups) for name in group.zones}
    return freezing.Rules(of.topic_id or 0, of.needs_consent, split, capped, grps, zone)


def _judge(conn: Conn, workspace_id: int, rules: freezing.Rules) -> None:
    """Say of everybody why they are left out, if they are.

    Only hashes of suppressed addresses are kept, and their key never leaves this process: so addresses are hashed here,
    while PostgreSQL judges the rest; where nobody is suppressed, none is hashed.
    """
    suppresses = planning.has_suppressions(conn, workspace_id)
    contacts, plain = freezing.addresses(conn) if suppresses else ([], [])
    with ThreadPoolExecutor(1, "freeze") as beside:  # the one thread that uses `conn` until the block ends
        judged = beside.submit(freezing.judge, conn, workspace_id, rules, WORDS)
        hashes = sealing.address_hashes(required(settings().secret_key, "secret_key"), plain) if plain else []
        judged.result()
    found = planning.suppressed(conn, workspace_id, hashes) if hashes else {}
    if found:
        pairs = zip(contacts, map(found.get, hashes), strict=True)
        freezing.leave_out(conn, {contact: f"suppressed: {reason}" for contact, reason in pairs if reason})


def _insert(
    conn: Conn, of: Campaign, room: Room, cuts: Sequence[Cut], ids: Sequence[int], now: datetime
) -> dict[str, int]:
    """Write the rows; how many are left out, by reason."""
    w, run_id, about = of.workspace_id, room.run_id, of.version_no
    kept = freezing.insert_rows(conn, w, room, of.transport, about, cuts, ids) if cuts else 0
    partitions.join(conn, room)
    out = freezing.left_out(conn)
    if out:  # in a batch that is over as soon as it is there
        (ended,) = freezing.insert_batches(conn, run_id, of.transport, [Cut(kept + 1, "", now, now, now)])
        left = freezing.out_rows(w, run_id, of.transport, about, ended, kept, now + USEFUL)
        move.deliveries_made(conn, "suppress", left, now)
        move.many(conn, "batch", "finish", claiming.among([ended]), now)
    return out


def cap_of(conn: Conn, of: Campaign) -> tuple[int, timedelta] | None:
    """How many campaigns in which time one person may get: the campaign's own cap, else the workspace's."""
    limits = rows.limits(conn, of.workspace_id)
    count = of.cap_count if of.cap_count is not None else limits.cap_count
    return (count, timedelta(days=of.cap_days or limits.cap_days)) if count is not None else None


def _capped(conn: Conn, of: Campaign, now: datetime) -> Sequence[int]:
    cap = cap_of(conn, of)
    if cap is None:
        return ()
    freezing.lock_cap(conn, of.workspace_id)
    return freezing.capped(conn, of.workspace_id, of.id, now - cap[1], cap[0], planned=True)


def cut(
    of: Campaign, wishes: Wishes, groups: Sequence[Group], sorts: Sequence[Sort], now: datetime, *, alone: bool
) -> list[Cut]:
    """The batches of the rows, which lie in the order of `sorts`; pure.

    While a canary is out the others wait for ever: `proceed` gives them their instants. `alone`: there is none.
    """
    size, lots, who = windows.lot_size(of.per_hour, plan.MOST), [], []
    for sort in sorts:
        group = groups[sort.grp]
        zone = group.zones[0] if group.zones else "UTC"
        for start in range(0, sort.rows, size):
            lots.append(Lot(min(size, sort.rows - start), group.at, zone))
            who.append(sort)
    order = sorted(range(len(lots)), key=lambda n: (not who[n].canary, lots[n].at, n))
    nexts = dict(zip(order, windows.spaced(wishes, [lots[n] for n in order], of.per_hour, now), strict=True))
    made, first = [], 1
    late = timedelta() if alone else timedelta(minutes=of.canary_minutes)
    for n, lot in enumerate(lots):
        leaves = nexts[n] if alone or who[n].canary else NEVER
        made.append(Cut(first, who[n].provider, leaves, lot.at, nexts[n] + late + USEFUL))
        first += lot.rows
    return made


__all__ = [
    "ALONE",
    "CAPPED",
    "KIND",
    "NO_ADDRESS",
    "NO_CONSENT",
    "USEFUL",
    "Frozen",
    "cap_of",
    "cut",
    "freeze",
    "wishes_of",
]
