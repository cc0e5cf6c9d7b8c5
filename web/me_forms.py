"""Forms of the recipient's own page."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from web.team_forms import ZONE, DaysField


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """What somebody did today, when answering the mail is not possible."""

    text = TextAreaField(
        "Your answer",
        [DataRequired("Write at least one line.")],
        render_kw={"rows": 5},
        description="One thing a line. Sending again adds to it.",
    )


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
