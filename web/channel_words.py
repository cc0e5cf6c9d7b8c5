"""What a channel gets and when, in words; and what to do about a post that was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.people.connections import GETS, Channel
from engine.people.teams import Team
from engine.transports import registry
from web.shown import clock, days, zone_of

LABELS = {"entries": "Each answer", "round": "The round", "digest": "The digest"}
OVER = timedelta(hours=36)  # after its date began in UTC a round may close (engine/rounds/queries/checking.py)
NEXT = {
    "failed": "It is not there. It can be sent again.",
    "bounced": "It is not there. It can be sent again.",
    "expired": "It came too late to be sent. It can be sent again.",
    "deferred": "It is tried again by itself.",
    "in_doubt": "It may be there. Look in the chat; an owner or admin settles it under Deliveries, In doubt.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that can go to a channel: what it is called, and what is posted when."""

    name: str
    label: str
    when: str


def told(team: Team, schedule: Any, now: datetime) -> list[Told]:
    """What channels of a team can get, each with when it is posted."""
    words = {
        "entries": "One post for each answer, as it comes.",
        "round": f"One post when the round closes: who answered what, by question. {_closes(team.zone, now)}",
        "digest": (
            f"At {clock(schedule.digest_at)} in {team.zone}, {days(schedule.weekdays)}, on days with something to say:"
            " what was written since the last one."
        ),
    }
    return [Told(name, LABELS[name], words[name]) for name in GETS]


def _closes(zone: str, now: datetime) -> str:
    today = now.astimezone(zone_of(zone)).date()
    over = (datetime(today.year, today.month, today.day, tzinfo=UTC) + OVER).astimezone(zone_of(zone))
    later = {0: "on its day", 1: "the day after"}.get((over.date() - today).days, "two days after")
    return f"That is {later} at {clock(over, zone)} in {zone}, or later: once it is too late to answer for everybody."


def follows(channel: Channel) -> str:
    """What becomes of a channel's posts when entries change later."""
    if registry.SERVICES[channel.kind].edits:
        return "When an entry is changed or removed later, its posts are changed too."
    if "entries" not in channel.gets:
        return "A post here stays as it is when an entry is changed or removed later."
    if len(channel.gets) == 1:
        return "Posts here cannot be changed. When an entry is changed or removed later, a second post says so."
    return (
        "Posts here cannot be changed. When an entry is changed or removed later, a second post of the answer says so;"
        " other posts stay."
    )


__all__ = ["NEXT", "Told", "follows", "told"]
