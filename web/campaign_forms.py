"""The forms of a campaign: its name, what it says, and to whom and when."""

from __future__ import annotations

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
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from engine.campaigns.campaigns import Campaign
from web.team_forms import DaysField, ticked

WHEN = [
    SelectChoice("now", "As soon as it is launched"),
    SelectChoice("at", "At one instant for everybody"),
    SelectChoice("local", "At an hour of each person's own clock"),
]


class NameForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new campaign."""

    name = StringField("Name", [DataRequired("Give it a name."), Length(max=200)],
                       description="For yourselves; recipients do not see it.")  # fmt: skip


class TextForm(FlaskForm):  # type: ignore[misc]
    """What it says."""

    subject = StringField("Subject", [DataRequired("A mail needs a subject."), Length(max=300)])
    body = TextAreaField("Text", [DataRequired("Write what the mail says."), Length(max=200_000)],
                         description="Plain text. An empty line begins a new paragraph.",
                         render_kw={"rows": 10})  # fmt: skip


class PlanForm(FlaskForm):  # type: ignore[misc]
    """To whom, and when. `send_at` is in the zone of whoever looks."""

    name = StringField("Name", [DataRequired("Give it a name."), Length(max=200)])
    query = TextAreaField("Whom it is for", [Length(max=20_000)], render_kw={"rows": 3, "spellcheck": "false"},
                          description="Empty: everybody this workspace may write to.")  # fmt: skip
    needs_consent = BooleanField("Only those who have said yes",
                                 description="Off: everybody who has not said no.")  # fmt: skip
    send_when = SelectField("When", choices=WHEN)
    send_at = DateTimeLocalField("The instant", [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    local_day = DateField("The day there", [Optional()])
    local_time = TimeField("The hour there", [Optional()], format=["%H:%M", "%H:%M:%S"])
    weekdays = DaysField("Days of the week", description="On other days it waits for the same hour of the next one.")
    quiet_from = TimeField("Quiet from", [Optional()], format=["%H:%M", "%H:%M:%S"])
    quiet_until = TimeField("Quiet until", [Optional()], format=["%H:%M", "%H:%M:%S"],
                            description="Of each person's own clock. Nothing leaves in between.")  # fmt: skip
    per_hour = IntegerField("Mails an hour", [Optional(), NumberRange(1, 10_000_000, "A number from 1.")],
                            description="Empty: as fast as the relay takes them.")  # fmt: skip
    canary = IntegerField("People who go first", [Optional(), NumberRange(0, 1_000_000, "A number, 0 for none.")],
                          description="The others follow if it went well for these.")  # fmt: skip
    canary_minutes = IntegerField("Minutes to wait then", [Optional(), NumberRange(1, 10_080, "From 1 to 10,080.")])

    def values(self, zone: str) -> dict[str, Any]:
        """What `campaigns.change` takes."""
        at = self.send_at.data
        return {
            "name": self.name.data, "query": (self.query.data or "").strip(), "needs_consent": self.needs_consent.data,
            "send_when": self.send_when.data,
            "send_at": at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if isinstance(at, datetime) else None,
            "local_day": self.local_day.data, "local_time": self.local_time.data,
            "weekdays": self.weekdays.mask,
            "quiet_from": self.quiet_from.data, "quiet_until": self.quiet_until.data, "per_hour": self.per_hour.data,
            "canary": self.canary.data or 0, "canary_minutes": self.canary_minutes.data or 30,
        }  # fmt: skip


def of_campaign(of: Campaign, zone: str) -> PlanForm:
    """The form as the campaign stands."""
    at = of.send_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if of.send_at else None
    names = ("name", "query", "needs_consent", "send_when", "local_day", "local_time", "quiet_from", "quiet_until",
             "per_hour", "canary", "canary_minutes")  # fmt: skip
    return PlanForm(
        formdata=None, data={**{n: getattr(of, n) for n in names}, "send_at": at, "weekdays": ticked(of.weekdays)}
    )
