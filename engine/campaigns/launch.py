"""STORY launch: a campaign that is ready becomes rows of one run, and workers take it from there.

freeze → run. Whoever is second, from another browser or process, waits for the row of the campaign and finds it
running. One whose hour is still to come is scheduled; the tick (watching.start_due) starts it by the same story.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine import move
from engine.campaigns import approvals, campaigns, freeze, posting, whom
from engine.campaigns.campaigns import Audience, Campaign
from engine.campaigns.content import making, versions
from engine.campaigns.queries import rows
from engine.clock import instant_of
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people import rights
from engine.people.principal import Principal

EARLIEST = "Pacific/Kiritimati"  # no clock is ahead of it
LEAD = timedelta(minutes=10)  # a freeze takes seconds; the first zone must not wait for it
CANARY = "its first recipients have it; the others follow once that went well"
EARLY = "Its reminder would come before it is sent. Choose a later hour for the reminder, or none."
HINTS = 100


def launch(
    conn: Conn, principal: Principal, campaign_id: int, now: datetime, audience: Audience = whom.contacts, *,
    part: str = "launch",
) -> FollowUp:  # fmt: skip
    """Start a campaign, or schedule it where its hour is still to come. `part`: what its run is to it.

    Raises Invalid for one that is not ready, that reaches nobody, whose reminder is over, or that needs a second
    person's yes, and IllegalMove for one that has begun.
    """
    rights.require(principal, "launch_campaigns")
    of = campaigns.locked(conn, principal, campaign_id)
    ready(conn, of)
    contacts = None if of.channel_id else audience(conn, of.query, of.workspace_id, now)
    watched = rows.limits(conn, of.workspace_id).approve_over is not None
    reached = rows.count(conn, contacts) if contacts is not None and watched else None
    approvals.settle(conn, principal, of, reached, now)
    begins = starts_at(of, now)
    gone = of.reminder_at is not None and of.reminder_at <= max(begins, now)
    if gone and of.state != "scheduled":
        raise Invalid(EARLY, "reminder_at")
    if begins > now:
        move.one(conn, "campaign", of.id, "schedule", now, actor=principal.actor)
        return FollowUp()
    move.one(conn, "campaign", of.id, "launch", now, actor=principal.actor)
    frozen = posting.post(conn, of, now) if contacts is None else freeze.freeze(conn, of, contacts, now, part=part)
    if frozen is None:
        raise Invalid("It reaches nobody: nobody fits the query.", "query")
    begun = {"run_id": frozen.run_id, "launched_at": now, "launched_by": principal.actor, "reason": ""}
    rows.update_campaign(conn, of.id, {**begun, "reminded_at": now if gone else None})  # it starts late: no reminder
    if of.canary and contacts is not None:
        move.one(conn, "campaign", of.id, "hold", now, note=CANARY, values={"reason": CANARY})
    return FollowUp(batches=frozen.due[:HINTS])


def ready(conn: Conn, of: Campaign) -> None:
    """Raise for one that says nothing, or what is not known any more. One that has begun is refused where it moves."""
    if of.state not in campaigns.EDITABLE:
        return
    if not of.version_no:
        raise Invalid("Write what it says first.", "body")
    if (of.transport == "smtp") != (of.channel_id is None):
        raise Invalid("Choose how it goes out: by mail, or as a post to a channel.", "channel")
    version = versions.get(conn, of.workspace_id, of.id, of.version_no)
    making.made(version, versions.theme(conn, of.workspace_id))  # it was read when it was saved; an attribute may go
    if of.channel_id is not None:
        posting.way(conn, of)


def starts_at(of: Campaign, now: datetime) -> datetime:
    """When its rows have to be there: at its instant, or before the first zone's local hour."""
    if of.send_when == "at" and of.send_at is not None:
        return of.send_at
    if of.send_when == "local" and of.local_day is not None and of.local_time is not None:
        return instant_of(EARLIEST, of.local_day, of.local_time) - LEAD
    return now


__all__ = ["CANARY", "launch", "ready", "starts_at"]
