"""The campaign's row: made, copied, changed, read and listed. What is sent is frozen by launch, and flown by flight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any

from engine import move
from engine.campaigns.queries import rows
from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import rights
from engine.people.principal import Principal

PAGE = 50
SHAPES = ("one_way", "individual")
WHEN = ("now", "at", "local")
EDITABLE = ("draft", "review", "approved", "scheduled")
COPIED = (
    "shape", "transport", "channel_id", "team_id", "query", "segment_id", "topic_id", "needs_consent", "weekdays",
    "quiet_from", "quiet_until", "per_hour", "canary", "canary_minutes", "cap_days", "cap_count", "track_links",
    "track_opens",
)  # fmt: skip
CHANGED = (*COPIED, "name", "version_no", "send_when", "send_at", "local_day", "local_time", "deadline_at",
           "reminder_at")  # fmt: skip
_GONE = "There is no such campaign here. It may have been removed, or belong to another workspace."

# (connection, query text, workspace, now) → a select of contact ids: the audience's part, handed in where it is there.
Audience = Callable[[Conn, str, int, datetime], People]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands. NULL windows and caps are the workspace's own."""

    id: int
    workspace_id: int
    name: str
    shape: str
    transport: str
    channel_id: int | None
    team_id: int | None
    state: str
    reason: str
    query: str
    segment_id: int | None
    topic_id: int | None
    needs_consent: bool
    version_no: int
    send_when: str
    send_at: datetime | None
    local_day: date | None
    local_time: time | None
    weekdays: int
    quiet_from: time | None
    quiet_until: time | None
    per_hour: int | None
    canary: int
    canary_minutes: int
    cap_days: int | None
    cap_count: int | None
    track_links: bool | None
    track_opens: bool | None
    deadline_at: datetime | None
    reminder_at: datetime | None
    reminded_at: datetime | None
    run_id: int | None
    made_by: str
    made_at: datetime
    launched_by: str
    launched_at: datetime | None
    ended_at: datetime | None
    size: int | None = None  # rows of the launch, in a list


_NAMES = tuple(field.name for field in fields(Campaign))


def _of(row: Any) -> Campaign:
    return Campaign(**{name: value for name, value in row._mapping.items() if name in _NAMES})


def make(conn: Conn, principal: Principal, name: str, **values: Any) -> int:
    """A new draft, and its id. Raises Invalid(name) for none, and what `change` raises."""
    rights.require(principal, "write_campaigns")
    given = {**_checked(values), "name": _name(name), "made_by": principal.actor}
    return rows.insert_campaign(conn, {"workspace_id": principal.workspace_id, **given})


def copy(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> int:
    """A new draft like this campaign, with what it says and to whom, and no hour of its own."""
    rights.require(principal, "write_campaigns")
    of = get(conn, principal, campaign_id)
    made = make(conn, principal, f"{of.name} (copy)"[:200], **{name: getattr(of, name) for name in COPIED})
    said = rows.version(conn, of.workspace_id, of.id, of.version_no)
    if said is not None:
        no = rows.insert_version(conn, made, of.workspace_id, {**said._mapping, "made_by": principal.actor})
        rows.update_campaign(conn, made, {"version_no": no})
    return made


def get(conn: Conn, principal: Principal, campaign_id: int) -> Campaign:
    """One campaign. Raises NotFound, for another workspace's too."""
    rights.require(principal, "see_campaigns")
    found = rows.campaign(conn, principal.workspace_id, campaign_id)
    if found is None:
        raise NotFound(_GONE)
    return _of(found)


def locked(conn: Conn, principal: Principal, campaign_id: int) -> Campaign:
    """One campaign, its row locked until the transaction ends. Raises NotFound."""
    found = rows.campaign(conn, principal.workspace_id, campaign_id, lock=True)
    if found is None:
        raise NotFound(_GONE)
    return _of(found)


def listed(conn: Conn, principal: Principal, before: int | None = None) -> tuple[list[Campaign], bool]:
    """The newest campaigns, or those older than `before`; and whether there are more."""
    rights.require(principal, "see_campaigns")
    found = [_of(row) for row in rows.listed(conn, principal.workspace_id, before, PAGE + 1)]
    return found[:PAGE], len(found) > PAGE


def change(conn: Conn, principal: Principal, campaign_id: int, now: datetime, **values: Any) -> Campaign:
    """Change a campaign that has not begun. One that was in review, approved or scheduled is a draft again.

    Raises Invalid naming the field, also when it has begun.
    """
    rights.require(principal, "write_campaigns")
    of = locked(conn, principal, campaign_id)
    if of.state not in EDITABLE:
        raise Invalid("It has begun: copy it to change what it says, or to whom.")
    checked = _checked(values)
    if "name" in values:
        checked["name"] = _name(values["name"])
    moved = {name: value for name, value in checked.items() if getattr(of, name) != value}
    if moved:
        rows.update_campaign(conn, campaign_id, moved)
        if of.state != "draft" and set(moved) - {"name"}:
            move.one(conn, "campaign", campaign_id, "change", now, actor=principal.actor)
    return get(conn, principal, campaign_id)


def take_back(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> None:
    """Make a draft again of what waits for a second yes, is approved or scheduled. Raises IllegalMove for others."""
    rights.require(principal, "write_campaigns")
    locked(conn, principal, campaign_id)
    move.one(conn, "campaign", campaign_id, "change", now, actor=principal.actor, values={"reason": ""})


def text(conn: Conn, of: Campaign) -> tuple[str, str]:
    """The subject and body of the version that is sent; empty where there is none."""
    said = rows.version(conn, of.workspace_id, of.id, of.version_no)
    return (said.subject, said.body) if said is not None else ("", "")


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise Invalid("Give it a name, for yourselves: recipients do not see it.", "name")
    if len(words) > 200:
        raise Invalid("A name has at most 200 letters.", "name")
    return words


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(CHANGED)
    if unknown:
        raise TypeError(f"no column to change: {sorted(unknown)}")
    for wrong, words, field in _faults(values):
        if wrong:
            raise Invalid(words, field)
    return {name: value for name, value in values.items() if name != "name"}


def _faults(v: Mapping[str, Any]) -> list[tuple[bool, str, str]]:
    when, per_hour, canary = v.get("send_when", "now"), v.get("per_hour"), v.get("canary", 0)
    minutes, weekdays = v.get("canary_minutes", 30), v.get("weekdays", 127)
    return [
        (v.get("shape", "one_way") not in SHAPES, "Choose one of the shapes that are offered.", "shape"),
        (when not in WHEN, "Choose when it is sent.", "send_when"),
        (when == "at" and v.get("send_at") is None, "Say at which day and hour.", "send_at"),
        (when == "local" and v.get("local_time") is None, "Say at which hour of theirs.", "local_time"),
        (not 1 <= weekdays <= 127, "Tick at least one day of the week.", "weekdays"),
        ((v.get("quiet_from") is None) != (v.get("quiet_until") is None), "Quiet hours have a start and an end.",
         "quiet_from"),
        (per_hour is not None and not 1 <= per_hour <= 10_000_000, "A number of mails an hour, from 1.", "per_hour"),
        (not 0 <= canary <= 1_000_000, "A number of people, 0 for none.", "canary"),
        (not 1 <= minutes <= 7 * 24 * 60, "A number of minutes, up to a week.", "canary_minutes"),
        (_both(v) and v["reminder_at"] >= v["deadline_at"], "The reminder comes before the deadline.", "reminder_at"),
        (v.get("cap_count") is not None and v["cap_count"] < 1, "At least 1.", "cap_count"),
        (v.get("cap_days") is not None and not 1 <= v["cap_days"] <= 365, "From 1 to 365 days.", "cap_days"),
    ]  # fmt: skip


def _both(v: Mapping[str, Any]) -> bool:
    return v.get("reminder_at") is not None and v.get("deadline_at") is not None


__all__ = ["CHANGED", "COPIED", "EDITABLE", "PAGE", "SHAPES", "WHEN", "Audience", "Campaign", "change", "copy", "get",
           "listed", "locked", "make", "take_back", "text"]  # fmt: skip
