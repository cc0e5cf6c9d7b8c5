"""Forms of the recipient's own page, and of a manager's page about a member."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from engine.rounds.queries.own import Asked
from engine.rounds.queries.pages import OwnSettings
from engine.rounds.schedule import OwnHours
from web import shown
from web.team_forms import ROLES, ZONE, DaysField, ticked


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What somebody did today, when answering the mail is not possible."""

    part = HiddenField()

    @property
    def fields(self) -> list[Field]:
        """A field for each question."""
        return [field for field in self if field.type == "TextAreaField"]

    @property
    def texts(self) -> list[str]:
        """What was typed, in the order of the questions."""
        return [field.data or "" for field in self.fields]


def answer_form(part: Asked, **options: Any) -> AnswerForm:
    """The form of a round: a field for each question, named by it; where there is one, the page says it above."""

    class Answers(AnswerForm):
        """With the questions of this round."""

    many = len(part.questions) > 1
    for number, question in enumerate(part.questions if many else ["Your answer"]):
        field = TextAreaField(
            question,
            [] if many else [DataRequired("Write at least one line.")],
            render_kw={"rows": 3 if many else 5},
            description="" if number else "One thing a line. Sending again adds to it.",
        )
        setattr(Answers, f"text{number}" if many else "text", field)
    return Answers(data={"part": part.id}, **options)


class EntryForm(FlaskForm):  # type: ignore[misc]
    """Another text for an entry."""

    text = StringField("Text", [DataRequired("Write something, or remove the entry.")])


class HoursForm(FlaskForm):  # type: ignore[misc]
    """One member's own hours and days in one team; empty hours take the team's."""

    prompt_at = TimeField("Ask me at", [Optional()])
    digest_at = TimeField("Digest at", [Optional()])
    own_days = BooleanField("My own days, not the team's")
    weekdays = DaysField("Ask me on")
    zone = StringField(
        "Time zone",
        render_kw=ZONE,
        description="Where you are, in all your teams; such as Asia/Kathmandu. Empty: the team's.",
    )

    def validate_weekdays(self, field: DaysField) -> None:
        """Own days need one at least; to get no questions at all there is the pause."""
        if self.own_days.data and not field.data:
            raise ValidationError("Tick one day at least. To get no questions at all, pause.")

    def own(self, me: OwnSettings) -> OwnHours:
        """The hours as the story takes them. Who changes the days and forgets the tick above them means own days."""
        days: int | None = self.weekdays.mask
        as_shown = (me.team_weekdays, me.weekdays or me.team_weekdays)
        if not self.own_days.data and (not days or days in as_shown):
            days = None
        return OwnHours(self.prompt_at.data, self.digest_at.data, days, self.zone.data or None)


def hours_form(me: OwnSettings) -> HoursForm:
    """The form with what holds for this member now."""
    own = me.weekdays is not None
    days = ticked(me.weekdays if me.weekdays is not None else me.team_weekdays)
    values = {"prompt_at": me.prompt_at, "digest_at": me.digest_at, "own_days": own, "weekdays": days}
    return HoursForm(formdata=None, data=values | {"zone": me.own_zone or ""})


def describe(form: HoursForm, me: OwnSettings) -> None:
    """Say beside each field what holds where it is left empty."""
    form.prompt_at.description = f"Empty: with the team, {shown.clock(me.team_prompt_at)}."
    form.digest_at.description = f"Empty: with the team, {shown.clock(me.team_digest_at)}."
    form.weekdays.description = f"The team is asked {shown.days(me.team_weekdays)}."


class ReceiptForm(FlaskForm):  # type: ignore[misc]
    """How somebody hears what was recorded of a mail of theirs."""

    receipt = SelectField("You hear what was recorded of a mail", [Optional()])


_TEAMS = {"digest": "next digest", "mail": "mail each time", "none": "not at all"}
_MINE = {"digest": "In my next digest", "mail": "By mail after each answer", "none": "Not at all"}


def receipt_form(me: OwnSettings, **options: Any) -> ReceiptForm:
    """The form with what holds for this member now; the first choice is the team's."""
    form = ReceiptForm(data={"receipt": me.receipt or ""}, **options)
    form.receipt.choices = [("", f"As the team: {_TEAMS[me.team_receipt]}"), *_MINE.items()]
    return form


class AwayForm(FlaskForm):  # type: ignore[misc]
    """Days off, both included."""

    first_day = DateField("First day", [InputRequired("Pick a day.")])
    last_day = DateField("Last day", [Optional()], description="Empty: that one day.")

    def validate_last_day(self, field: Any) -> None:
        """Not before the first."""
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError("The last day lies before the first.")


class PauseForm(FlaskForm):  # type: ignore[misc]
    """A pause, with a day on which it ends by itself, or without."""

    pause_until = DateField(
        "Pause until", [Optional()], description="The day you are asked again. Empty: until you resume."
    )


class RoleForm(FlaskForm):  # type: ignore[misc]
    """What a member is in the team."""

    role = SelectField("Role", choices=ROLES)
