"""The form of a plain address, and how such an address is shown."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from engine.config import Settings
from engine.errors import Invalid
from engine.people import plain, workspaces
from web import auth, forms, guard, transaction


class AddressForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What stands before the @."""

    local = StringField("Address", [DataRequired("Fill this in."), Length(max=plain.LONGEST)],
                        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.local.description = (
            f"Then @{domain()}. Letters a to z, digits, dots, dashes. Mail to the old address is refused from then on."
        )


def shown(team_id: int | None) -> AddressForm:
    """The form as it stands."""
    return AddressForm(formdata=None, local=plain.of(transaction.conn(), auth.principal().workspace_id, team_id))


def domain() -> str:
    """What stands behind the @: the workspace's own reply domain, or the instance's."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    return workspaces.get(transaction.conn(), auth.principal().workspace_id).reply_domain or settings.reply_domain


def address(team_id: int | None) -> str:
    """The whole address of a team, or of the workspace; empty where it has none."""
    local = plain.of(transaction.conn(), auth.principal().workspace_id, team_id)
    return f"{local}@{domain()}" if local else ""


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
    flash(f"The address is {after}@{domain()} now.", "success")
    return True
