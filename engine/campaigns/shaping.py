"""Which way a campaign goes out: by mail to each person, or as a post to a chat channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.queries import shaping as queries
from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.principal import Principal

MAIL = "smtp"


class Channel(NamedTuple):
    """A channel that can be posted to."""

    id: int
    name: str
    kind: str
    team_id: int
    team: str


def channels(conn: Conn, principal: Principal) -> Sequence[Channel]:
    """Those of the workspace that are connected, by team."""
    rights.require(principal, "see_campaigns")
    return [Channel(*tuple(row)) for row in queries.channels(conn, principal.workspace_id)]


def send_by(conn: Conn, principal: Principal, campaign_id: int, channel_id: int | None, now: datetime) -> Campaign:
    """Let a campaign that has not begun be a post to this channel, or (None) go by mail.

    Raises Invalid(channel_id), and what `campaigns.change` raises.
    """
    found = None
    if channel_id is not None:
        found = queries.channel(conn, principal.workspace_id, channel_id)
        if found is None:
            raise Invalid("Choose a channel that is connected.", "channel_id")
        if campaigns.get(conn, principal, campaign_id).shape != "one_way":
            raise Invalid("A conversation with each person goes by mail. A post is one way.", "channel_id")
    transport = found.kind if found else MAIL
    return campaigns.change(conn, principal, campaign_id, now, channel_id=channel_id, transport=transport)


__all__ = ["MAIL", "Channel", "channels", "send_by"]
