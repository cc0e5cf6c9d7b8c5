"""The form of a plain address, and how such an address is shown."""

from __future__ import annotations

from flask import current_app, flash
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from engine.config import Settings
from engine.errors import Invalid
from engine.people import plain
from engine.people.teams import Team
from web import auth, forms, guard, transaction


class AddressForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What stands before the @."""

    local = StringField("Address", [DataRequired("Fill this in."), Length(max=plain.LONGEST)],
                        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})  # fmt: skip

    def beside(self, domain: str) -> AddressForm:
        """The form, saying what follows what is typed."""
        self.local.description = (
            f"Then @{domain}. Letters a to z, digits, dots, dashes. Mail to the old address is refused from then on."
        )
        return self


def shown(team_id: int | None, typed: AddressForm | None = None) -> AddressForm:
    """The form as it stands, or as it was typed."""
    local, domain = _written(team_id)
    return (typed or AddressForm(formdata=None, local=local)).beside(domain)


def address(team_id: int | None) -> str:
    """The whole address of a team, or of the workspace; empty where it has none."""
    local, domain = _written(team_id)
    return f"{local}@{domain}" if local else ""


def of_team(team: Team) -> str:
    """The whole address of a team that was looked up already."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    return f"{team.local}@{team.domain or settings.reply_domain}" if team.local else ""


def _written(team_id: int | None) -> tuple[str, str]:
    settings: Settings = current_app.extensions["sixpm_settings"]
    return plain.written(transaction.conn(), auth.principal().workspace_id, team_id, settings.reply_domain)


def saved(form: AddressForm, team_id: int | None, name: str) -> bool:
    """Save it and say so; False where the form says what is wrong."""
    if not form.validate():
        return False
    conn, who = transaction.conn(), auth.principal()
    before = plain.of(conn, who.workspace_id, team_id)
    try:
        after = plain.change(conn, who, team_id, form.local.data)
    except Invalid as error:
        forms.refuse(form, error)
        return False
    noun, ident = ("workspace", who.workspace_id) if team_id is None else ("team", team_id)
    guard.note(noun, ident, name, f"{before} → {after}")
    flash(f"The address is {address(team_id)} now.", "success")
    return True
