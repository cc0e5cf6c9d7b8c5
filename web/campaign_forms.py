"""The forms of a campaign: its name, to whom it goes, when and how; and what a workspace sets for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from engine.campaigns.around import Around, Limits
from engine.campaigns.campaigns import Campaign
from engine.campaigns.shaping import Channel
from web.team_forms import DaysField, ticked

WHEN = [
    SelectChoice("now", "As soon as it is launched"),
    SelectChoice("at", "At one instant for everybody"),
    SelectChoice("local", "At each person's own hour"),
]
SHAPES = [
    SelectChoice("one_way", "One way, to all at once"),
    SelectChoice("individual", "A conversation with each person"),
]
_INSTANT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_HOUR = ["%H:%M", "%H:%M:%S"]
TRACKED = ("track_links", "track_opens")
NONE = 0  # of a choice that may be none


class NameForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What a campaign is called."""

    name = StringField("Name", [DataRequired("Give it a name."), Length(max=200)],
                       description="For yourselves; recipients see it as the name of the list at most.")  # fmt: skip


class WhomForm(FlaskForm):  # type: ignore[misc]
    """Who of those that the query means gets it. The query itself is of web.segment_view."""

    needs_consent = BooleanField("Only those who have said yes",
                                 description="Off: everybody who has not said no.")  # fmt: skip
    topic_id = SelectField("Topic", coerce=int, description="What it is about, as people choose it: whoever does not"
                                                            " want to hear of it is left out.")  # fmt: skip
    cap_count = IntegerField("At most so many campaigns for one person",
                             [Optional(), NumberRange(1, 1000, "A number from 1.")])  # fmt: skip
    cap_days = IntegerField("in so many days", [Optional(), NumberRange(1, 365, "From 1 to 365 days.")])

    def beside(self, around: Around) -> WhomForm:
        """The form with what the workspace has. A topic that is archived stays where the campaign has it."""
        limits, kept = around.limits, self.topic_id.data
        there = [*around.topics] if kept in (NONE, None) or not around.topic else [*around.topics, (kept, around.topic)]
        self.topic_id.choices = [(NONE, "None"), *dict(there).items()]
        own = f"{limits.cap_count} in {limits.cap_days} days" if limits.cap_count else "no cap"
        self.cap_count.description = f"Whoever had so many is left out. Empty: as the workspace has it, {own}."
        return self

    def values(self) -> dict[str, Any]:
        """What `campaigns.change` takes."""
        return {
            "needs_consent": self.needs_consent.data, "topic_id": self.topic_id.data or None,
            "cap_count": self.cap_count.data, "cap_days": self.cap_days.data,
        }  # fmt: skip


class PlanForm(FlaskForm):  # type: ignore[misc]
    """When and how. Instants are in the zone of whoever looks."""

    send_when = SelectField("When", choices=WHEN)
    send_at = DateTimeLocalField("The instant", [Optional()], format=_INSTANT)
    local_day = DateField("The day there", [Optional()],
                          description="Empty: the first day on which that hour is still to come.")  # fmt: skip
    local_time = TimeField("The hour there", [Optional()], format=_HOUR)
    weekdays = DaysField("Days of the week", description="On other days it waits for the same hour of the next one.")
    quiet_from = TimeField("Quiet from", [Optional()], format=_HOUR)
    quiet_until = TimeField("Quiet until", [Optional()], format=_HOUR,
                            description="Of each person's own clock. Nothing leaves in between.")  # fmt: skip
    per_hour = IntegerField("Mails an hour", [Optional(), NumberRange(1, 10_000_000, "A number from 1.")],
                            description="Empty: as fast as the relay takes them.")  # fmt: skip
    canary = IntegerField("People who go first", [Optional(), NumberRange(0, 1_000_000, "A number, 0 for none.")],
                          description="The others follow by themselves if it went well for these.")  # fmt: skip
    canary_minutes = IntegerField("Minutes to wait then", [Optional(), NumberRange(1, 10_080, "From 1 to 10,080.")],
                                  description="Refusals and complaints need some time to come.")  # fmt: skip
    channel_id = SelectField("Where it goes", coerce=int, default=NONE,
                             description="A post says the same to all of a channel, and asks no query.")  # fmt: skip
    shape = SelectField("Shape", choices=SHAPES, description="What somebody answers is kept with this campaign"
                                                             " and the person either way.")  # fmt: skip
    team_id = SelectField("Whose it is", coerce=int,
                          description="Who hears of answers and sees their conversations.")  # fmt: skip
    deadline_at = DateTimeLocalField("Answers are due", [Optional()], format=_INSTANT,
                                     description="The report says until then who has not answered."
                                                 " Empty: no deadline.")  # fmt: skip
    reminder_at = DateTimeLocalField("Remind once", [Optional()], format=_INSTANT,
                                     description="Whoever has not answered by then gets it once more."
                                                 " Empty: no reminder.")  # fmt: skip
    track_links = BooleanField("See which links are followed")
    track_opens = BooleanField("See whether it is opened")

    def beside(self, teams: list[tuple[int, str]], channels: Sequence[Channel], around: Around) -> PlanForm:
        """The form with what the workspace has."""
        posts = [(one.id, f"As a post to {one.name} of {one.team}") for one in channels]
        self.channel_id.choices = [(NONE, "By mail, to each person"), *posts]
        self.team_id.choices = [(NONE, "The workspace"), *teams]
        off = "Off for the whole workspace, so it stays off here."
        self.track_links.description = "Links lead through this site first." if around.track_links else off
        self.track_opens.description = (
            "A picture of one point; many mail programs fetch it ahead or never." if around.track_opens else off
        )
        return self

    def values(self, zone: str, around: Around) -> dict[str, Any]:
        """What `campaigns.change` takes. A tick that is left leaves tracking to the workspace, as what it has off."""
        same = ("send_when", "local_day", "local_time", "quiet_from", "quiet_until", "per_hour", "shape")
        instants = ("send_at", "deadline_at", "reminder_at")
        return {
            **{name: self[name].data for name in same},
            **{name: _utc(self[name].data, zone) for name in instants},
            "weekdays": self.weekdays.mask, "team_id": self.team_id.data or None,
            "canary": self.canary.data or 0, "canary_minutes": self.canary_minutes.data or 30,
            **{name: None if self[name].data or not getattr(around, name) else False for name in TRACKED},
        }  # fmt: skip


class LimitsForm(FlaskForm):  # type: ignore[misc]
    """What a workspace sets for all its campaigns."""

    approve_over = IntegerField(
        "A second person approves over so many recipients", [Optional(), NumberRange(0, 100_000_000, "A number.")],
        description="Somebody who neither wrote it nor asked has to say yes before it is launched. 0: every campaign."
                    " Empty: none.",
    )  # fmt: skip
    cap_count = IntegerField(
        "At most so many campaigns for one person", [Optional(), NumberRange(1, 1000, "At least 1, or empty.")],
        description="Whoever had so many in that time is left out, and listed so. A campaign may have a cap of its"
                    " own. Empty: no cap.",
    )  # fmt: skip
    cap_days = IntegerField("in so many days", [Optional(), NumberRange(1, 365, "From 1 to 365 days.")])

    def limits(self) -> Limits:
        """What is typed."""
        return Limits(self.approve_over.data, self.cap_days.data or 7, self.cap_count.data)


def whom_of(of: Campaign) -> WhomForm:
    """The form as the campaign stands."""
    values = {name: getattr(of, name) for name in ("needs_consent", "cap_count", "cap_days")}
    return WhomForm(formdata=None, data={**values, "topic_id": of.topic_id or NONE})


def plan_of(of: Campaign, around: Around, zone: str) -> PlanForm:
    """The form as the campaign stands."""
    same = ("send_when", "local_day", "local_time", "quiet_from", "quiet_until", "per_hour", "canary",
            "canary_minutes", "shape")  # fmt: skip
    instants = {name: _local(getattr(of, name), zone) for name in ("send_at", "deadline_at", "reminder_at")}
    ticks = {name: getattr(around, name) and getattr(of, name) is not False for name in TRACKED}
    return PlanForm(
        formdata=None,
        data={**{name: getattr(of, name) for name in same}, **instants, **ticks, "weekdays": ticked(of.weekdays),
              "team_id": of.team_id or NONE, "channel_id": of.channel_id or NONE},
    )  # fmt: skip


def _utc(typed: datetime | None, zone: str) -> datetime | None:
    return typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if typed else None


def _local(instant: datetime | None, zone: str) -> datetime | None:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if instant else None
