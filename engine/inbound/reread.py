"""STORY reread: a newer parser looks at mails of before; what it reads differently is shown, and applied on approval.

Begin, read in slices, look, approve, apply in slices. Reading changes nothing but the mails' note of who read them
last. Nothing is applied that a person has touched, and nothing is taken away where the new reading finds no words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound import applying
from engine.inbound.differing import Difference, difference
from engine.inbound.parse import VERSION, ParsedMail
from engine.inbound.queries import rereading, rereading_rows
from engine.inbound.queries.rereading import Progress, Ready
from engine.inbound.reader import ParseKilled
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

SLICE = 100  # mails a transaction reads
SLICE_BYTES = 16 * 1024 * 1024  # and bytes; a larger mail is read alone
APPLIED = 50  # differences a transaction applies

Read = Callable[[bytes], ParsedMail]


def begin(conn: Conn, principal: Principal, now: datetime) -> tuple[int, FollowUp]:
    """Look through all mails that an older parser read. Raises NotAllowed, Invalid where one is under way, or none is.

    Two clicks at once begin one: the workspace's row is locked.
    """
    principal.require_admin()
    rereading.lock_workspace(conn, principal.workspace_id)
    if rereading.open_one(conn, principal.workspace_id) is not None:
        raise Invalid("One is under way already. Apply or drop it first.")
    bounds = rereading.bounds(conn, principal.workspace_id, VERSION)
    if bounds is None:
        raise Invalid("Every mail whose source is kept was read by this parser.")
    made = rereading.insert(conn, principal.workspace_id, VERSION, bounds, principal.actor, now)
    return made, FollowUp(reread=(made,))


def go_on(conn: Conn, rereading_id: int, read: Read, now: datetime) -> FollowUp:
    """Do the next slice of a rereading, whichever it is at; itself again while there is more.

    Twice at once is harmless, for the row is locked and the other passes by; the sweep offers it where a hint is lost.
    """
    found = rereading.take(conn, rereading_id)
    if found is None:
        return FollowUp()
    if found.read_at is None:
        return _read_slice(conn, found, read, now)
    if found.approved_at is not None:
        return _apply_slice(conn, found, now)
    return FollowUp()


def choose(conn: Conn, principal: Principal, rereading_id: int, ids: Sequence[int], chosen: bool) -> int:
    """Tick or untick differences before they are applied; how many. Raises NotAllowed, NotFound, Invalid."""
    _ready(conn, principal, rereading_id)
    return rereading.set_chosen(conn, principal.workspace_id, rereading_id, ids, chosen)


def approve(conn: Conn, principal: Principal, rereading_id: int, now: datetime) -> FollowUp:
    """Apply what is chosen. Raises NotAllowed, NotFound, Invalid where it is not ready or nothing is chosen."""
    ready = _ready(conn, principal, rereading_id)
    if not ready.chosen:
        raise Invalid("Nothing is ticked, so that there is nothing to apply.")
    rereading.set_approved(conn, rereading_id, principal.actor, now)
    return FollowUp(reread=(rereading_id,))


def drop(conn: Conn, principal: Principal, rereading_id: int, now: datetime) -> None:
    """Leave all as it was, while it still reads or once it is ready. Raises NotAllowed, NotFound."""
    principal.require_admin()
    if not rereading.set_dropped(conn, principal.workspace_id, rereading_id, now):
        raise NotFound("There is nothing to drop any more.")


def _ready(conn: Conn, principal: Principal, rereading_id: int) -> Ready:
    principal.require_admin()
    found = rereading.ready(conn, principal.workspace_id, rereading_id)
    if found is None:
        raise NotFound("There is no such rereading.")
    if not found.open:
        raise Invalid("It is not ready, or was approved or dropped already.")
    return found


def _read_slice(conn: Conn, at: Progress, read: Read, now: datetime) -> FollowUp:
    mails = rereading_rows.mails(conn, at, SLICE, SLICE_BYTES)
    if not mails:
        rereading.set_read(conn, at.id, now)
        return FollowUp()
    found: list[Difference] = []
    same: list[int] = []
    failed = 0
    for mail in mails:
        try:
            differs = difference(mail, read(mail.raw))
        except ParseKilled:
            failed += 1
            continue
        if differs is None:
            same.append(mail.id)
        else:
            found.append(differs)
    rereading_rows.insert_differences(conn, at, found)
    rereading_rows.set_version(conn, same, at.version)
    rereading.advance(conn, at.id, mails[-1].id, len(mails), failed)
    return FollowUp(reread=(at.id,))


def _apply_slice(conn: Conn, at: Progress, now: datetime) -> FollowUp:
    wanted = rereading_rows.wanted(conn, at, APPLIED)
    if not wanted:
        rereading.set_ended(conn, at, now)
        return FollowUp()
    return applying.apply(conn, at, wanted, now) + FollowUp(reread=(at.id,))


__all__ = ["approve", "begin", "choose", "drop", "go_on"]
