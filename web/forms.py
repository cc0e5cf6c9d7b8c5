"""Forms of set-up, sign-in and account. A refused form comes back with everything typed but passwords."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from engine.errors import Invalid
from engine.people.accounts import LONGEST, SHORTEST

ENCRYPTION = [
    SelectChoice("starttls", "STARTTLS (587)"),
    SelectChoice("tls", "TLS (465)"),
    SelectChoice("none", "None"),
]
_SHORT = [DataRequired("Fill this in."), Length(max=100)]


def refuse(form: FlaskForm, error: Invalid) -> None:
    """Show a story's refusal beside the field it belongs to, or above the form."""
    field: Field | None = form[error.field] if error.field and error.field in form else None
    if field is None:
        form.form_errors.append(str(error))
    else:
        field.errors = [*field.errors, str(error)]


class SetupForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The first visit: the workspace and its owner."""

    name = StringField("Workspace", _SHORT, description="Your organisation, as its people call it.")
    person = StringField("Your name", _SHORT, render_kw={"autocomplete": "name"})
    email = StringField("Your mail address", [DataRequired("Fill this in."), Length(max=320)],
                        render_kw={"type": "email", "autocomplete": "username"})  # fmt: skip
    password = PasswordField("Password", [DataRequired("Choose a password.")],
                             description=f"At least {SHORTEST} characters. A few words in a row are good.",
                             render_kw={"autocomplete": "new-password", "minlength": SHORTEST})  # fmt: skip
    code = StringField("Set-up code", [Length(max=100)], render_kw={"autocomplete": "off", "spellcheck": "false"},
                       description="Proves that this instance is yours. The log of the web process says it,"
                                   " and so does sixpm doctor.")  # fmt: skip


class MailForm(FlaskForm):  # type: ignore[misc]
    """What a real instance needs to send and to receive. Empty fields take the instance's own settings."""

    mail_from = StringField("From", [Length(max=320)], description="What people see as the sender.")
    reply_domain = StringField("Reply domain", [Length(max=253)],
                               description="Replies come to it: its MX record points at this instance.")  # fmt: skip
    base_url = StringField("Public address of this site", [Length(max=300)],
                           description="Links in mails start with it.")  # fmt: skip
    own_relay = BooleanField("Use a relay of your own", description="Off: the instance's relay takes the mail.")
    host = StringField("Relay host", [Length(max=253)])
    port = IntegerField("Port", [Optional(), NumberRange(1, 65535, "A port is a number from 1 to 65535.")])
    tls = SelectField("Encryption", choices=ENCRYPTION)
    user = StringField("User", [Length(max=300)], render_kw={"autocomplete": "off"})
    password = PasswordField("Password", [Length(max=LONGEST)],
                             description="Stored encrypted. Empty keeps the present one.",
                             render_kw={"autocomplete": "new-password"})  # fmt: skip

    def relay(self) -> dict[str, Any]:
        """The relay's fields as engine.people.relays.set_relay takes them."""
        return {
            "host": self.host.data or "",
            "port": self.port.data or 587,
            "tls": self.tls.data,
            "user": self.user.data,
            "password": self.password.data,
        }


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Sign in with a password."""

    email = StringField("Mail address", [DataRequired("Fill this in."), Length(max=320)],
                        render_kw={"type": "email", "autocomplete": "username"})  # fmt: skip
    password = PasswordField("Password", [DataRequired("Fill this in.")],
                             render_kw={"autocomplete": "current-password"})  # fmt: skip


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """Change one's password."""

    old = PasswordField("Present password", [DataRequired("Fill this in.")],
                        render_kw={"autocomplete": "current-password"})  # fmt: skip
    password = PasswordField("New password", [DataRequired("Choose a password.")],
                             description=f"At least {SHORTEST} characters.",
                             render_kw={"autocomplete": "new-password", "minlength": SHORTEST})  # fmt: skip


class PressForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token."""
