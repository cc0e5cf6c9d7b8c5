"""The second person: over so many recipients somebody else has to say yes, to what it says and whom it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import move
from engine.campaigns import whom
from engine.campaigns.campaigns import Audience, Campaign, locked
from engine.campaigns.queries import rows
from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.principal import Principal

GROWTH = 1.1  # people come and go between a yes and the start; a tenth more is still what was approved
ASK = "It reaches {n:,} people, more than {most:,}: a second person has to approve it first. Ask for their yes."
OWN = "Somebody who neither made it nor asked for the approval has to approve it."
UNASKED = "Nobody has asked for an approval of it as it is now. Somebody else has to ask first."


def needed(conn: Conn, of: Campaign, reached: int) -> bool:
    """Whether so many recipients need a second person's yes in this workspace."""
    most = rows.limits(conn, of.workspace_id).approve_over
    return most is not None and reached > most


def granted(conn: Conn, of: Campaign, reached: int) -> bool:
    """Whether somebody said yes to this version, this query and about so many recipients."""
    return any(reached <= max(yes.recipients * GROWTH, yes.recipients + 1) for yes in rows.approvals(conn, of))


def submit(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> None:
    """Ask for a second person's yes. Raises Invalid for a campaign without content, IllegalMove where it is none."""
    rights.require(principal, "write_campaigns")
    of = locked(conn, principal, campaign_id)
    if not of.version_no:
        raise Invalid("Write what it says first.", "body")
    move.one(conn, "campaign", campaign_id, "submit", now, actor=principal.actor)


def approve(
    conn: Conn, principal: Principal, campaign_id: int, now: datetime, audience: Audience = whom.contacts
) -> int:
    """Say yes to the campaign as it is, and to how many it reaches now, which is returned.

    Raises Invalid for whoever made it, wrote it or asked for the yes, and where nobody has asked since the last change:
    whoever changes somebody's draft would approve their own change.
    """
    rights.require(principal, "approve_campaigns")
    of = locked(conn, principal, campaign_id)
    if of.state == "draft":
        raise Invalid(UNASKED)
    if principal.account_id is None or principal.actor in rows.authors(conn, of):
        raise Invalid(OWN)
    reached = rows.count(conn, audience(conn, of.query, of.workspace_id, now))
    move.one(conn, "campaign", campaign_id, "approve", now, actor=principal.actor, note=f"{reached} recipients")
    rows.insert_approval(conn, of, reached, principal.account_id, now)
    return reached


@dataclass(frozen=True, slots=True)
class Yes:
    """Somebody's yes to the campaign as it is now."""

    account_id: int
    name: str
    recipients: int
    at: datetime


def listed(conn: Conn, of: Campaign) -> tuple[Yes, ...]:
    """Who said yes to this version and this query, latest first."""
    return tuple(Yes(row.account_id, row.name, row.recipients, row.at) for row in rows.approvals(conn, of))


def settle(conn: Conn, principal: Principal, of: Campaign, reached: int | None, now: datetime) -> None:
    """Let a campaign be launched that needs no second yes, or has it. Raises Invalid where it needs one.

    `reached` is None where the workspace asks for none.
    """
    if reached is not None and needed(conn, of, reached) and not granted(conn, of, reached):
        raise Invalid(ASK.format(n=reached, most=rows.limits(conn, of.workspace_id).approve_over))
    if of.state in ("draft", "review"):
        note = "no second yes is needed"
        move.one(conn, "campaign", of.id, "approve", now, actor=principal.actor, note=note)


__all__ = ["Yes", "approve", "granted", "listed", "needed", "settle", "submit"]
