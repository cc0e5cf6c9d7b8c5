"""Which way a campaign goes out, and whose it is: by mail, as a conversation with each, or posted to a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.queries import shaping as queries
from engine.db import Conn
from engine.errors import Invalid
from engine.people.principal import Principal

MAIL = "smtp"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is chosen. `team_id`: with whom the answers are, None the workspace; `channel_id` None goes by mail.

    `track_links` and `track_opens`: False is off for this campaign; None is as the workspace says.
    """

    shape: str = "one_way"
    channel_id: int | None = None
    team_id: int | None = None
    topic_id: int | None = None
    track_links: bool | None = None
    track_opens: bool | None = None


def choose(conn: Conn, principal: Principal, campaign_id: int, given: Shape, now: datetime) -> Campaign:
    """Let these hold for a campaign that has not begun. Raises Invalid with the field, and what `change` raises."""
    w, transport = principal.workspace_id, MAIL
    if given.channel_id is not None:
        found = queries.channel(conn, w, given.channel_id)
        if found is None:
            raise Invalid("Choose a channel that is connected.", "channel")
        if given.shape != "one_way":
            raise Invalid("A conversation with each goes by mail. A post is one way.", "channel")
        transport = found.kind
    if given.team_id is not None and given.team_id not in {row.id for row in queries.teams(conn, w)}:
        raise Invalid("Choose one of the teams.", "team")
    if given.topic_id is not None and given.topic_id not in {row.id for row in queries.topics(conn, w)}:
        raise Invalid("Choose one of the topics.", "topic")
    return campaigns.change(
        conn, principal, campaign_id, now, shape=given.shape, channel_id=given.channel_id, transport=transport,
        team_id=given.team_id, topic_id=given.topic_id, track_links=given.track_links, track_opens=given.track_opens,
    )  # fmt: skip


__all__ = ["MAIL", "Shape", "choose"]
