"""Forms of contacts: one person, an attribute, a topic, and what somebody said they want to get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from engine.people.consent import CHANNELS
from engine.people.directory.knowing import KINDS, Attribute
from engine.people.directory.person import Given, Person
from web.team_forms import ZONE

FILL = "Fill this in."
CHANNEL_NAMES = {"mail": "Mail", "sms": "SMS", "chat": "Chat"}
HINTS = {
    "text": "", "number": "A number, such as 12 or 3.5.", "bool": "yes or no", "date": "Year, month, day: 2026-03-04.",
    "list": "Parted by commas.",
}  # fmt: skip


class ContactForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A person. Attributes are fields of their own, added by `with_attributes`."""

    email = StringField("Mail address", [Length(max=320)], render_kw={"type": "email", "autocomplete": "off"})
    name = StringField("Name", [Length(max=100)], render_kw={"autocomplete": "off"})
    zone = StringField("Time zone", render_kw=ZONE, description="Empty: their team's, and UTC without a team.")
    locale = StringField("Language", [Length(max=20)], default="en", description="Such as en or de-CH.",
                         render_kw={"autocomplete": "off"})  # fmt: skip
    tags = StringField("Tags", [Length(max=3500)], description="Words parted by spaces: customer press.",
                       render_kw={"autocomplete": "off"})  # fmt: skip
    elsewhere = TextAreaField("Addresses elsewhere", [Length(max=6000)], render_kw={"rows": 2, "spellcheck": "false"},
                              description="On each line a service and the address there: sms +491701234")  # fmt: skip

    tracked = BooleanField("Count links they follow and mails they open", default=True,
                           description="Off: in no mail to them, whatever a campaign says.")  # fmt: skip

    def given(self, defined: Sequence[Attribute], typed: Mapping[str, str]) -> Given:
        """What was typed, attributes too."""
        values = {one.name: typed.get(f"attribute-{one.name}", "") for one in defined}
        return Given(
            self.email.data or "", self.name.data or "", self.zone.data, self.locale.data or "en",
            self.tags.data or "", self.elsewhere.data or "", values, self.tracked.data,
        )  # fmt: skip


def with_attributes(defined: Sequence[Attribute]) -> type[ContactForm]:
    """The form with a field for each attribute."""
    fields = {
        f"attribute-{one.name}": StringField(one.title, [Length(max=1000)], description=HINTS[one.kind],
                                             render_kw={"autocomplete": "off"})
        for one in defined
    }  # fmt: skip
    return type("ContactForm", (ContactForm,), fields)


def typed_of(person: Person, defined: Sequence[Attribute], shown: Any) -> dict[str, Any]:
    """A person as the form shows them; `shown` writes a value of a kind."""
    values = {f"attribute-{one.name}": shown(one.kind, person.values.get(one.name)) for one in defined}
    elsewhere = "\n".join(f"{platform} {address}" for platform, address in person.elsewhere)
    return {
        "email": person.email, "name": person.name, "zone": person.zone or "", "locale": person.locale,
        "tags": " ".join(person.tags), "elsewhere": elsewhere, "tracked": person.tracked, **values,
    }  # fmt: skip


class AttributeForm(FlaskForm):  # type: ignore[misc]
    """A new attribute."""

    name = StringField("Name", [DataRequired(FILL), Length(max=40)], render_kw={"autocomplete": "off"},
                       description="As queries and lists write it: customer_since")  # fmt: skip
    label = StringField("Label", [Length(max=100)], description="What pages call it. Empty: its name in words.")
    kind = SelectField("Values", choices=KINDS)


class TopicForm(FlaskForm):  # type: ignore[misc]
    """A new topic."""

    name = StringField("Name", [DataRequired(FILL), Length(max=100)], render_kw={"autocomplete": "off"})
    words = StringField("What it is about", [Length(max=300)], description="People read it where they choose.")


class ConsentForm(FlaskForm):  # type: ignore[misc]
    """What somebody said."""

    channel = SelectField("By", choices={key: CHANNEL_NAMES[key] for key in CHANNELS})
    topic = SelectField("About", coerce=int)
    state = SelectField("They", choices={"given": "want to get it", "withdrawn": "do not want it"})
    evidence = StringField("How we know", [DataRequired("Say how we know: a form, a call, their own words."),
                                           Length(max=500)], render_kw={"autocomplete": "off"})  # fmt: skip


class SuppressForm(FlaskForm):  # type: ignore[misc]
    """Let an address get nothing more. Its fields are on a page with those of ConsentForm."""

    place = SelectField("Channel")
    why = StringField("Why", [DataRequired("Say why, so that others can see it."), Length(max=500)],
                      render_kw={"autocomplete": "off"})  # fmt: skip
