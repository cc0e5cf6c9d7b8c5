"""One's own account: the time zone, the password, the browsers that are signed in, and leaving the workspace."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from engine.conversations import hearing
from engine.conversations.queries import hearers
from engine.errors import Invalid
from engine.people import contacts, roster, signin
from engine.people.entrance import sessions
from engine.rounds import schedule
from web import auth, forms, guard, transaction
from web.changes import changed
from web.confirm import unsure
from web.people_forms import ZoneForm
from web.views.deliveries import viewer_zone

blueprint = Blueprint("account", __name__, url_prefix="/account")

Page = str | tuple[str, int]


@blueprint.get("")
def show() -> str:
    """Who one is signed in as, the form to change the password, and the sessions."""
    return _page(forms.PasswordForm())


@blueprint.post("/password")
def change_password() -> Page | Response:
    """Set a new password, which ends every other session."""
    form, account = forms.PasswordForm(), current_user.account
    if form.validate():
        try:
            changed = signin.change_password(
                transaction.conn(), account, form.old.data, form.password.data, transaction.now()
            )
        except Invalid as error:
            forms.refuse(form, error)
        else:
            sessions.end_all(transaction.conn(), account.id, transaction.now())
            auth.start_session(changed, "password")
            guard.note("account", account.id, account.email, who=changed.principal)
            flash("Your password is changed. Other browsers are signed out.", "success")
            return redirect(url_for(".show"))
    return _page(form), 422


@blueprint.post("/zone")
def set_zone() -> Page | Response:
    """Set one's own zone, in which pages show times and all one's teams ask."""
    form, who = ZoneForm(), auth.principal()
    if form.validate():
        try:
            with transaction.step() as conn:
                before = _own_zone()
                schedule.change_own_zone(conn, who, (form.zone.data or "").strip() or None, transaction.now())
            guard.note("account", who.account_id, current_user.account.email,
                       changed({"zone": before}, {"zone": _own_zone()}))  # fmt: skip
            flash("Saved.", "success")
            return redirect(url_for(".show") + "#zone-title", 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(forms.PasswordForm(formdata=None), form), 422


@blueprint.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """Sign out one browser, this one or another."""
    sessions.end(transaction.conn(), current_user.account, session_id, transaction.now())
    guard.note("session", session_id, current_user.account.email, "one")
    if session_id == current_user.session_id:
        auth.end_session()
        return redirect(url_for("signin.sign_in"), 303)
    flash("That browser is signed out.", "success")
    return redirect(url_for(".show") + "#sessions", 303)


@blueprint.post("/sessions/end-others")
def end_others() -> Response:
    """Sign out every other browser."""
    count = sessions.end_others(transaction.conn(), current_user.account, current_user.session_id, transaction.now())
    guard.note("account", current_user.account.id, current_user.account.email, f"all others: {count}")
    flash("Every other browser is signed out.", "success")
    return redirect(url_for(".show") + "#sessions", 303)


@blueprint.post("/leave")
def leave() -> Page | Response:
    """Give up one's account, after asking. The last owner hands over first."""
    then = "You can no longer sign in. Your teams go on asking you by mail until you leave them on your own page."
    if page := unsure("Leave the workspace?", then, "Leave the workspace", url_for(".show")):
        return page
    account = current_user.account
    try:
        with transaction.step() as conn:
            roster.leave(conn, account.principal, transaction.now())
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for(".show"), 303)
    guard.note("account", account.id, account.email)
    auth.end_session()
    flash("You have left the workspace.", "info")
    return redirect(url_for("signin.sign_in"), 303)


def _page(form: forms.PasswordForm, zone_form: ZoneForm | None = None) -> str:
    conn, now = transaction.conn(), transaction.now()
    values: dict[str, Any] = {"sessions": sessions.listed(conn, current_user.account, now), "zone": viewer_zone()}
    who = auth.principal()
    values["hears"] = hearers.chosen(conn, who.workspace_id, who.account_id or 0)
    own = zone_form or ZoneForm(formdata=None, zone=_own_zone() or "")
    return render_template("account.html", form=form, zone_form=own, here_id=current_user.session_id, **values)


@blueprint.post("/hears")
def set_hears() -> Page | Response:
    """Choose how one hears of new messages in conversations."""
    who, way = auth.principal(), request.form.get("hears", "")
    try:
        with transaction.step() as conn:
            before = hearing.choose(conn, who, way, transaction.now())
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for(".show") + "#hears", 303)
    guard.note("account", who.account_id, current_user.account.email, f"{before} → {way}")
    flash("Saved.", "success")
    return redirect(url_for(".show") + "#hears", 303)


def _own_zone() -> str | None:
    """What is set, which is not what pages show: nothing, where the team's zone counts."""
    who = auth.principal()
    found = contacts.get(transaction.conn(), who.workspace_id, who.contact_id) if who.contact_id else None
    return found.zone if found else None
