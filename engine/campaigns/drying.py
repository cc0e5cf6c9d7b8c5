"""STORY dry run: the mail of everybody a campaign is for is filled before anybody gets it; who would fail is listed.

begin → turns → over. A turn is a transaction of some seconds that goes on behind the last one who was tried; nothing is
locked meanwhile, and of two workers that try the same people one is counted. Begun anew, it forgets what it found.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from engine import clock
from engine.campaigns import campaigns, whom
from engine.campaigns.campaigns import Audience, Campaign
from engine.campaigns.content import making, versions
from engine.campaigns.content.dry import LISTED, Tried, dry_run
from engine.campaigns.content.language.faults import Refused
from engine.campaigns.queries import drying as queries
from engine.campaigns.queries.drying import Job, Turn
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people import rights
from engine.people.principal import Principal

SECONDS = 4.0  # of a turn; the page shows how far it is when one is over
MOST = 10 * LISTED  # who would fail, by name; the others are counted
CHANGED = "The campaign was changed meanwhile. Try it again as it is now."


@dataclass(frozen=True, slots=True)
class Dry:
    """The last dry run of a campaign. `current`: the campaign is still as it was then."""

    total: int | None
    done: int
    failed: int
    largest: int
    began_by: str
    began_at: datetime
    ended_at: datetime | None
    wrong: str
    current: bool

    @property
    def busy(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Somebody whose mail cannot be filled."""

    contact_id: int
    email: str
    name: str
    reason: str


def begin(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> FollowUp:
    """Begin to try everybody. Raises Invalid where there is nothing to try, NotAllowed, NotFound."""
    rights.require(principal, "write_campaigns")
    of = campaigns.locked(conn, principal, campaign_id)
    if of.state not in campaigns.EDITABLE:
        raise Invalid("It has begun: who could not get it is in its report.")
    if not of.version_no:
        raise Invalid("Write what it says first.", "body")
    queries.begin(conn, of.id, principal.actor, now)
    return FollowUp(dry_runs=(of.id,))


def go_on(
    conn: Conn, campaign_id: int, now: datetime, audience: Audience = whom.contacts, seconds: float = SECONDS
) -> bool:
    """Try the next people for some seconds. Whether there are more; False too where it is over already."""
    job = queries.open_one(conn, campaign_id)
    if job is None:
        return False
    if not job.current:
        queries.end(conn, campaign_id, CHANGED, now)
        return False
    try:
        tried, over = _turn(conn, job, audience, now, seconds)
    except (Invalid, Refused) as error:  # its query or its text names what is not there any more
        queries.end(conn, campaign_id, str(error), now)
        return False
    turn = Turn(tried.total, tried.done, tried.failed, tried.largest, tried.after)
    if queries.advance(conn, job, turn, now if over else None) and job.failed < MOST:
        found = tried.failing[: MOST - job.failed]
        queries.put_faults(conn, job, [one.contact_id for one in found], [one.reason for one in found])
    return not over


def _turn(conn: Conn, job: Job, audience: Audience, now: datetime, seconds: float) -> tuple[Tried, bool]:
    version = versions.get(conn, job.workspace_id, job.campaign_id, job.version_no)
    made = making.made(version, versions.theme(conn, job.workspace_id))
    who, until = audience(conn, job.query, job.workspace_id, now), clock.steady() + seconds
    tries = dry_run(conn, made, who, job.name, after=job.after, total=job.total)
    with closing(tries):  # and the cursor with it, before anything is written
        for tried in tries:
            if tried.done and clock.steady() >= until:  # a slice at least, or it would never end
                return tried, False
    return tried, True


def fail(conn: Conn, campaign_id: int, wrong: str, now: datetime) -> None:
    """It cannot go on for a reason that is no passing one."""
    queries.end(conn, campaign_id, wrong[:500], now)


def unfinished(conn: Conn) -> tuple[int, ...]:
    """Campaigns whose dry run is not over, for the sweep."""
    return tuple(queries.unfinished(conn))


def last(conn: Conn, of: Campaign) -> Dry | None:
    """The last dry run of a campaign; None before the first."""
    row = queries.last(conn, of.workspace_id, of.id)
    return Dry(**{name: getattr(row, name) for name in Dry.__dataclass_fields__}) if row else None


def reasons(conn: Conn, of: Campaign, limit: int = 20) -> list[tuple[str, int]]:
    """What stands in the way, and of how many of those who are listed; most first."""
    return [(row.reason, row.n) for row in queries.reasons(conn, of.id, limit)]


def faults(conn: Conn, of: Campaign, after: int = 0, limit: int = 50) -> Sequence[Fault]:
    """Whose mail could not be filled, behind a contact, at most MOST of them in all."""
    return [Fault(*tuple(row)) for row in queries.faults(conn, of.workspace_id, of.id, after, limit)]


__all__ = ["CHANGED", "MOST", "Dry", "Fault", "begin", "fail", "faults", "go_on", "last", "reasons", "unfinished"]
