"""Forms of coming in and of the people page."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from engine.people.accounts import SHORTEST
from web.team_forms import ZONE

ROLES = {"user": "User", "admin": "Admin", "owner": "Owner"}
_NEW = {"autocomplete": "new-password", "minlength": SHORTEST}


class ZoneForm(FlaskForm):  # type: ignore[misc]
    """The zone in which somebody reads times, and is asked."""

    zone = StringField("Time zone", render_kw=ZONE, description="Empty: your team's, and UTC without a team.")


class AskForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Have a link mailed."""

    email = StringField("Mail address", [DataRequired("Fill this in."), Length(max=320)],
                        render_kw={"type": "email", "autocomplete": "username"})  # fmt: skip


class ResetForm(FlaskForm):  # type: ignore[misc]
    """Choose a new password."""

    password = PasswordField("New password", [DataRequired("Choose a password.")],
                             description=f"At least {SHORTEST} characters. A few words in a row are good.",
                             render_kw=_NEW)  # fmt: skip


class AcceptForm(FlaskForm):  # type: ignore[misc]
    """Accept an invitation."""

    name = StringField("Your name", [DataRequired("Say what people call you."), Length(max=100)],
                       render_kw={"autocomplete": "name"})  # fmt: skip
    password = PasswordField("Password", description=f"At least {SHORTEST} characters. Leave it empty to sign in by a"
                             " link that we mail you each time.", render_kw=_NEW)  # fmt: skip


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Invite one or many."""

    addresses = TextAreaField("Mail addresses", [DataRequired("Write at least one address.")],
                              description='One on each line, or parted by commas. "Name <address>" is fine too.',
                              render_kw={"rows": 5, "spellcheck": "false", "autocomplete": "off"})  # fmt: skip
    role = SelectField("Role", choices={key: ROLES[key] for key in ("user", "admin")},
                       description="A user sees the teams they are in. An admin sees and changes everything but"
                       " owners.")  # fmt: skip
    team = SelectField("Team", coerce=int, description="Their team once they accept. You can choose none.")


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A role of an account."""

    role = SelectField("Role", choices=ROLES)


class HandOverForm(FlaskForm):  # type: ignore[misc]
    """Prove that it is oneself who hands over."""

    password = PasswordField("Your password", [DataRequired("Fill this in.")],
                             render_kw={"autocomplete": "current-password"})  # fmt: skip
