"""The page of components: every part that pages are made of, in every state.

docs/design-system.md says when to use which. Everything on the page is an example; nothing is read from the workspace,
and its buttons change nothing.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from web import transaction
from web.shown import TONES, WEEKDAYS

blueprint = Blueprint("design", __name__, url_prefix="/design")

COLOURS = (
    "paper", "card", "sunk", "ink", "soft", "line", "line-strong", "accent", "accent-ink", "accent-wash", "ticked",
    "good", "good-wash", "warn", "warn-wash", "bad", "bad-ink", "bad-wash", "focus",
)  # fmt: skip
SIZES = {"page": "the page's heading", "title": "a card's heading", "lead": "a heading in a card, a question",
         "body": "text", "small": "labels, hints, marks, second lines"}  # fmt: skip


_DAYS = [SelectChoice(str(i), name) for i, name in enumerate(WEEKDAYS)]


class ExampleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One field of each kind."""

    name = StringField("A line", [DataRequired("Fill this in.")], description="What it is for, in one sentence.")
    words = TextAreaField("Several lines", render_kw={"rows": 3})
    choice = SelectField("One of a few", choices=[SelectChoice("1", "First"), SelectChoice("2", "Second")])
    zone = StringField("A time zone", render_kw={"list": "zones"})
    at = TimeField("A time of day")
    number = IntegerField("A number")
    tick = BooleanField("Yes or no", description="What a yes does.")
    weekdays = SelectMultipleField("Weekdays", choices=_DAYS)
    locked = StringField("Not to be changed here", render_kw={"disabled": True}, description="Why, and where it is.")


@blueprint.get("")
def show() -> str:
    """Every component."""
    now = transaction.now()
    fine = ExampleForm(formdata=None, prefix="fine-", name="Platform", tick=True, weekdays=["0", "1", "2"])
    faulty = ExampleForm(formdata=MultiDict({"faulty-number": "many", "faulty-weekdays": "9"}), prefix="faulty-")
    faulty.validate()
    return render_template(
        "design.html", colours=COLOURS, sizes=SIZES, tones=TONES, fine=fine, faulty=faulty, refused=_refused(), now=now,
        why=SimpleNamespace(words="the relay rests", at=now + timedelta(minutes=10)), bars=_bars(), weekdays=WEEKDAYS,
    )  # fmt: skip


@blueprint.get("/part")
def part() -> str:
    """What the example of a part that keeps itself fresh fetches."""
    return render_template("design_part.html", now=transaction.now())


@blueprint.post("/nothing")
def nothing() -> Response:
    """What the examples' buttons do."""
    flash("That was an example: nothing has changed.", "success")
    return redirect(url_for("design.show"), 303)


def _refused() -> ExampleForm:
    """A form that was refused as a whole."""
    made = ExampleForm(formdata=None, prefix="refused-")
    made.form_errors.append("The relay took nothing. Look at the address and the port, then try again.")
    return made


def _bars() -> list[tuple[int, int, int]]:
    """A fortnight: accepted, deferred and bounced, each in percent of the highest bar."""
    return [(40 + 4 * i, 3 + i % 4, 2 if i % 5 else 6) for i in range(14)]
