"""What a campaign's pages say beside its own row: names of what it points to, and what its workspace has set."""

from __future__ import annotations

from dataclasses import dataclass

from engine.campaigns.campaigns import Campaign
from engine.campaigns.queries import rows
from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.principal import Principal

MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every campaign of a workspace. `approve_over`: more recipients need a second person's yes;
    `cap_count` campaigns in `cap_days` are the most that one person gets. None: no such limit."""

    approve_over: int | None
    cap_days: int
    cap_count: int | None


@dataclass(frozen=True, slots=True)
class Around:
    """The workspace's name, limits, tracking and topics by name (number and name, none that is archived); and the names
    of the campaign's segment, topic, team and channel, empty for none."""

    workspace: str
    limits: Limits
    topics: tuple[tuple[int, str], ...]
    track_links: bool
    track_opens: bool
    segment: str
    topic: str
    team: str
    channel: str


def of_campaign(conn: Conn, of: Campaign) -> Around:
    """What is around a campaign; one statement."""
    row = rows.around(conn, of)
    limits = Limits(row.approve_over, row.cap_days, row.cap_count)
    topics = tuple((int(ident), str(name)) for ident, name in row.topics)
    return Around(
        row.workspace, limits, topics, row.track_links, row.track_opens, row.segment, row.topic, row.team, row.channel
    )


def of_workspace(conn: Conn, principal: Principal) -> Limits:
    """The limits of a workspace. Raises NotAllowed."""
    rights.require(principal, "change_campaign_limits")
    return Limits(*tuple(rows.limits(conn, principal.workspace_id)))


def save(conn: Conn, principal: Principal, limits: Limits) -> None:
    """Let these hold for campaigns launched from now on, the cap for every mail too. Raises NotAllowed, Invalid."""
    rights.require(principal, "change_campaign_limits")
    if limits.approve_over is not None and limits.approve_over < 0:
        raise Invalid("A number of recipients, 0 for every campaign.", "approve_over")
    if limits.cap_count is not None and limits.cap_count < 1:
        raise Invalid("At least 1, or empty for no cap.", "cap_count")
    if not 1 <= limits.cap_days <= MOST_DAYS:
        raise Invalid(f"From 1 to {MOST_DAYS} days.", "cap_days")
    rows.update_limits(conn, principal.workspace_id, limits.approve_over, limits.cap_days, limits.cap_count)


__all__ = ["Around", "Limits", "of_campaign", "of_workspace", "save"]
