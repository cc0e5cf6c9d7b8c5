"""Forms of the team page: team, schedule, member, channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms import Field as Field_
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from engine.people.connections import GETS
from engine.rounds.checks import QUESTIONS
from engine.transports import registry
from engine.transports.service import SECRET, Field, Service
from web.shown import WEEKDAYS

_FILL = "Fill this in."
ROLES = {
    "member": "Member: is asked, gets the digest",
    "observer": "Observer: gets the digest, is not asked",
    "manager": "Manager: a member who may change the team",
}
RECEIPTS = {
    "digest": "In their next digest",
    "mail": "By mail after each answer",
    "none": "Not at all",
}
ZONE = {"list": "zones", "autocomplete": "off", "placeholder": "Europe/Berlin"}


class DaysField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """Weekdays as ticks; `mask` is the number the tables keep, bit 0 = Monday."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, coerce=int, choices={str(day): name for day, name in enumerate(WEEKDAYS)}, **kwargs)

    @property
    def mask(self) -> int:
        """The ticked days as a mask."""
        return sum(1 << day for day in set(self.data or ()))


def ticked(mask: int) -> list[int]:
    """The days of a mask, as a DaysField takes them."""
    return [day for day in range(7) if mask >> day & 1]


class QuestionsField(Field_):  # type: ignore[misc]
    """Questions, one a field; several lines in one field are several questions. `data` is the list, cleaned."""

    widget = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Empty fields are no questions."""
        self.data = [line.strip() for value in valuelist for line in value.splitlines() if line.strip()]

    def rearranged(self, change: str) -> None:
        """Do what a button beside a question says: up-1, down-0, remove-2; anything else does nothing."""
        what, _, place = change.partition("-")
        lines, n = list(self.data or ()), int(place) if place.isdecimal() else -1
        if not 0 <= n < len(lines):
            return
        if what == "remove":
            del lines[n]
        elif 0 <= (other := n + {"up": -1, "down": 1}.get(what, 0)) < len(lines):
            lines[n], lines[other] = lines[other], lines[n]
        self.data = lines

    @property
    def rows(self) -> list[str]:
        """What the fields show: the questions, and an empty field while there is room for more."""
        lines = list(self.data or ())
        return [*lines, ""] if len(lines) < QUESTIONS else lines


class TeamForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A team's name and zone."""

    name = StringField("Name", [DataRequired("Give the team a name."), Length(max=100)])
    zone = StringField(
        "Time zone", [DataRequired(_FILL)], render_kw=ZONE, description="For members who have not set their own."
    )


class ScheduleForm(FlaskForm):  # type: ignore[misc]
    """What is asked and when. Hours are each member's own; the nudge and the window count from the question."""

    questions = QuestionsField(
        "Questions",
        [DataRequired("Write at least one question.")],
        description="One or two get more answers than five.",
    )
    weekdays = DaysField("Days")
    prompt_at = TimeField("Ask at", [InputRequired(_FILL)], description="In each member's own time.")
    digest_at = TimeField("Digest at", [InputRequired(_FILL)], description="The next morning, in each reader's time.")
    nudge_after = IntegerField(
        "Nudge after (minutes)",
        [Optional(), NumberRange(5, 10080, "5 minutes or more.")],
        description="Once, to those who have not answered. Empty: no nudge.",
    )
    answer_window = IntegerField(
        "Answers count for (minutes)",
        [InputRequired(_FILL), NumberRange(60, 10080, "Between 60 minutes and seven days.")],
        description="After the question. Later answers still join their day.",
    )
    receipt = SelectField(
        "Members hear what was recorded",
        [Optional()],
        choices=RECEIPTS,
        description="Of an answer by mail, with a link to mend it. Each member can choose otherwise.",
    )


class PauseForm(FlaskForm):  # type: ignore[misc]
    """A pause of the whole team."""

    until = DateField(
        "Until", [Optional()], description="The day on which it is asked again. Empty: until you resume it."
    )


class DaysOffForm(FlaskForm):  # type: ignore[misc]
    """Dates on which nobody of the team is asked."""

    first_day = DateField("Day", [InputRequired("Choose a day.")])
    last_day = DateField("Last day", [Optional()], description="Empty: one day.")
    reason = StringField(
        "Reason", [Length(max=100)], render_kw={"autocomplete": "off", "placeholder": "Public holiday"}
    )


class MemberForm(FlaskForm):  # type: ignore[misc]
    """Somebody to ask."""

    email = StringField(
        "Mail address", [DataRequired(_FILL), Length(max=320)], render_kw={"type": "email", "autocomplete": "off"}
    )
    name = StringField("Name", [Length(max=100)], render_kw={"autocomplete": "off"})
    zone = StringField("Time zone", render_kw=ZONE, description="Empty: the team's. They can change it themselves.")
    role = SelectField("Role", choices=ROLES)


class ChannelForm(FlaskForm):  # type: ignore[misc]
    """A place in a chat service that gets the entries; `channel_form` adds the fields its service wants."""

    service: Service
    kind = HiddenField()
    name = StringField(
        "Name",
        [DataRequired("Give it a name your team knows."), Length(max=100)],
        render_kw={"placeholder": "#standup", "autocomplete": "off"},
        description="As it stands on the team's page.",
    )
    gets = SelectMultipleField("What is posted there", choices={name: name for name in GETS})

    def typed(self) -> dict[str, str]:
        """What was pasted, by field; empty ones are left out."""
        found = {field.name: (self[field.name].data or "").strip() for field in self.service.fields}
        return {name: value for name, value in found.items() if value}


def channel_form(service: Service, **kwargs: Any) -> ChannelForm:
    """The form of one service. Its secret is never sent back to the page."""
    fields = {field.name: _pasted(field) for field in service.fields}
    form: ChannelForm = type("ChannelForm", (ChannelForm,), {"service": service, **fields})(**kwargs)
    form.kind.data = service.kind
    return form


def _pasted(field: Field) -> Any:
    kind = PasswordField if field.name == SECRET else StringField
    look = {"placeholder": field.placeholder, "autocomplete": "off", "spellcheck": "false"}
    return kind(field.label, [Length(max=2000)], render_kw=look, description=field.hint)


class ChangeChannelForm(FlaskForm):  # type: ignore[misc]
    """A channel's name, what it gets, and a new secret; `change_channel_form` adds the field for that."""

    name = StringField("Name", [DataRequired("Give it a name your team knows."), Length(max=100)])
    gets = SelectMultipleField("What is posted there", choices={name: name for name in GETS})

    def new_secret(self) -> str | None:
        """The secret that was pasted, or None."""
        return (self[SECRET].data or "").strip() or None if SECRET in self else None


def change_channel_form(kind: str, **kwargs: Any) -> ChangeChannelForm:
    """The form of a channel of that kind. Its secret is never sent back to the page."""
    secrets = [field for field in registry.service(kind).fields if field.name == SECRET]  # one, or none
    fields = {field.name: _pasted(_replaced(field)) for field in secrets}
    form: ChangeChannelForm = type("ChangeChannelForm", (ChangeChannelForm,), fields)(**kwargs)
    return form


def _replaced(field: Field) -> Field:
    label = f"New {field.label[0].lower()}{field.label[1:]}"
    return replace(field, label=label, hint="Empty keeps the present one, which is never shown.")
