"""The freeze: everybody a query means becomes a row of one run, those who are left out with their reason."""

from __future__ import annotations

from collections.abc import Sequence
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
from engine.outbound.queries import claiming, planning
from engine.outbound.stop import NEVER

KIND = KINDS["campaign"]
PIECE = 100_000  # addresses that are hashed at a time
USEFUL = KIND.again
NO_ADDRESS, NO_CONSENT, CAPPED = "no address on the channel", "no consent", "over the frequency cap"
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
    w = of.workspace_id
    freezing.forget_choice(conn)
    size = freezing.choose(conn, w, contacts, rows.default_zone(conn, w, of.team_id))
    if not size:
        return None
    wishes = wishes_of(of, now)
    groups = windows.groups(wishes, freezing.zones(conn))
    _judge(conn, of, groups, now)
    run_id = partitions.new_run(conn, w, KIND, size, now)
    rows.update_run(conn, run_id, of.id, part)
    if of.canary and part == "launch":
        freezing.pick_canary(conn, of.canary, run_id)
    sorts = freezing.sorts(conn)
    cuts = cut(of, wishes, groups, sorts, now, alone=not any(sort.canary for sort in sorts))
    ids = freezing.insert_batches(conn, run_id, of.transport, cuts) if cuts else []
    kept = freezing.insert_rows(conn, w, run_id, of.transport, of.version_no, cuts, ids) if cuts else 0
    if kept < size:
        _leave_out(conn, of, run_id, kept, now)
    due = tuple(i for i, lot in zip(ids, cuts, strict=True) if lot.next_at <= now)
    return Frozen(run_id, size, freezing.left_out(conn) if kept < size else {}, due)


def wishes_of(of: Campaign, now: datetime) -> Wishes:
    """What a campaign wishes of its hours, from `now` on."""
    at = max(now, of.send_at) if of.send_when == "at" and of.send_at is not None else now
    local = of.send_when == "local"
    return Wishes(
        at, of.local_day if local else None, of.local_time if local else None, of.weekdays, of.quiet_from,
        of.quiet_until,
    )  # fmt: skip


def _judge(conn: Conn, of: Campaign, groups: Sequence[Group], now: datetime) -> None:
    split = of.transport == "smtp" and plan.splits(conn, of.workspace_id, KIND.name, now)
    grps = {zone: n for n, group in enumerate(groups) for zone in group.zones}
    rules = freezing.Rules(
        of.topic_id or 0, of.needs_consent, split, _suppressed(conn, of.workspace_id), _capped(conn, of, now), grps
    )
    freezing.judge(conn, of.workspace_id, rules, WORDS)


def _suppressed(conn: Conn, workspace_id: int) -> dict[int, str]:
    """Why somebody chosen gets nothing any more, by contact.

    Only hashes of suppressed addresses are kept, and their key never leaves this process: so the addresses are fetched
    and hashed here, some hundred thousand at a time, and only where the workspace suppresses anybody.
    """
    if not planning.has_suppressions(conn, workspace_id):
        return {}
    secret = required(settings().secret_key, "secret_key")
    found: dict[int, str] = {}
    for piece in freezing.addresses(conn, PIECE):
        hashes = [sealing.address_hash(secret, address) for _, address in piece]
        reasons = planning.suppressed(conn, workspace_id, hashes)
        if reasons:
            found |= {i: reasons[h] for (i, _), h in zip(piece, hashes, strict=True) if h in reasons}
    return found


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


def _leave_out(conn: Conn, of: Campaign, run_id: int, kept: int, now: datetime) -> None:
    """Make the rows of those who are left out, in a batch that is over as soon as it is there."""
    (ended,) = freezing.insert_batches(conn, run_id, of.transport, [Cut(kept + 1, "", now, now, now)])
    out = freezing.out_rows(of.workspace_id, run_id, of.transport, of.version_no, ended, kept, now + USEFUL)
    move.deliveries_made(conn, "suppress", out, now)
    move.many(conn, "batch", "finish", claiming.among([ended]), now)


__all__ = ["CAPPED", "KIND", "NO_ADDRESS", "NO_CONSENT", "USEFUL", "Frozen", "cap_of", "cut", "freeze", "wishes_of"]
