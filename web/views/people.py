"""Who may sign in to the workspace: roles, invitations, handing over. Admins may; owners decide about owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.outbound import letters
from engine.people import rights, roster, teams
from engine.people.accounts import Account
from engine.people.entrance import invitations
from engine.people.entrance.invitations import Line
from web import auth, forms, guard, transaction
from web.confirm import unsure
from web.people_forms import ROLES, HandOverForm, InviteForm, RoleForm
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("people", __name__, url_prefix="/people")

Page = str | tuple[str, int]


@blueprint.get("")
def index() -> str:
    """Accounts, open invitations, and the form that invites; the search and the place in the list are in the URL."""
    return _page(_form(formdata=None))


@blueprint.post("")
def invite() -> Page:
    """Invite everybody whose address was pasted, and say for each line what became of it.

    Lines that are no address stay in the form. Done twice, it says "already invited".
    """
    form, who, now = _form(), auth.principal(), transaction.now()
    if form.validate():
        try:
            with transaction.step() as conn:
                done = invitations.invite(conn, who, form.addresses.data, form.role.data, form.team.data or None, now)
                team_id = form.team.data or None
                if done.contact_ids:
                    sent = letters.mail_invitations(conn, who, done.contact_ids, team_id, done.until, now)
                    transaction.follow(sent)
                    invited = ", ".join(line.email for line in done.lines if line.outcome == "invited")
                    guard.note("account", None, invited, f"{len(done.contact_ids)} as {form.role.data}")
            form.addresses.data = done.left
            return _page(form, done.lines)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(form), 422


@blueprint.post("/invitations/<int:invitation_id>/resend")
def resend(invitation_id: int) -> Response:
    """Mail an invitation again, good for another week."""
    who, now = auth.principal(), transaction.now()
    try:
        with transaction.step() as conn:
            found = invitations.again(conn, who, invitation_id, now)
            sent = letters.mail_invitations(conn, who, [found.contact_id], found.team_id, found.useful_until, now)
            transaction.follow(sent)
            guard.note("invitation", found.id, found.email)
        flash(f"{found.email} gets the invitation again.", "success")
    except Invalid as error:
        flash(str(error), "error")
    return redirect(_back() + "#invitations", 303)


@blueprint.post("/invitations/<int:invitation_id>/revoke")
def revoke(invitation_id: int) -> str | Response:
    """Take an invitation back, after asking."""
    who, now, conn = auth.principal(), transaction.now(), transaction.conn()
    found, back = invitations.one(conn, who, invitation_id, now), _back()
    if page := unsure(f"Take back the invitation of {found.email}?", "Its link works no more.", "Take it back", back):
        return page
    invitations.revoke(conn, who, invitation_id, now)
    guard.note("invitation", found.id, found.email)
    flash(f"The invitation of {found.email} is taken back.", "success")
    return redirect(back + "#invitations", 303)


@blueprint.post("/<int:account_id>/role")
def set_role(account_id: int) -> str | Response:
    """Make somebody owner, admin or user; it asks first where the one who does it may not take it back."""
    form, who = RoleForm(), auth.principal()
    before = roster.one(transaction.conn(), who, account_id)
    if form.validate() and (page := _grave(before, form.role.data)):
        return page
    try:
        if not form.validate():
            raise Invalid("Choose one of the roles.")
        with transaction.step() as conn:
            roster.change_role(conn, who, account_id, form.role.data)
        if form.role.data != before.role:
            guard.note("account", account_id, before.email, f"{before.role} → {form.role.data}")
        flash(f"{before.name or before.email} is {form.role.data} now.", "success")
    except Invalid as error:
        flash(str(error), "error")
    own = account_id == who.account_id and form.role.data == "user"  # who has just given up this page
    return redirect(url_for("team.index") if own else _back(), 303)


def _grave(of: Account, role: str) -> str | None:
    """The page that asks before one gives up rights of one's own, or makes an owner, who can take them from oneself."""
    name, who = of.name or of.email, auth.principal()
    if of.id == who.account_id and role not in (of.role, "owner"):
        then = f"You are {of.role} now, and {role} then. You cannot undo it, another {of.role} can."
        return unsure(f"Give up being {of.role}?", then, f"Be {role}", _back())
    if role == "owner" != of.role and rights.may(who, "change_owner"):
        then = f"{name} may do everything then, also take roles and accounts from owners, you among them."
        return unsure(f"Make {name} an owner?", then, "Make an owner", _back(), danger=False)
    return None


@blueprint.post("/<int:account_id>/remove")
def remove(account_id: int) -> str | Response:
    """Take an account away, after asking."""
    who, back = auth.principal(), _back()
    found = roster.one(transaction.conn(), who, account_id)
    name = found.name or found.email
    then = (
        "They can no longer sign in, and every browser of theirs is signed out. What they wrote and their teams stay."
    )
    if page := unsure(f"Remove the account of {name}?", then, "Remove the account", back):
        return page
    try:
        with transaction.step() as conn:
            roster.remove(conn, who, account_id, transaction.now())
        guard.note("account", account_id, found.email, found.role)
        flash(f"{name} can no longer sign in.", "success")
    except Invalid as error:
        flash(str(error), "error")
    return redirect(back, 303)


@blueprint.get("/<int:account_id>/owner")
def heir(account_id: int) -> str:
    """The page that asks for the password before the workspace is handed over."""
    return _heir(account_id, HandOverForm())


@blueprint.post("/<int:account_id>/owner")
def hand_over(account_id: int) -> Page | Response:
    """Make somebody the owner, and oneself an admin."""
    form, who = HandOverForm(), auth.principal()
    if form.validate():
        try:
            made = roster.hand_over(transaction.conn(), who, account_id, form.password.data, transaction.now())
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("account", account_id, made.email, "owner; the owner of before is an admin")
            flash(f"{made.name or made.email} owns the workspace now. You are an admin.", "success")
            return redirect(url_for(".index"), 303)
    return _heir(account_id, form), 422


def _heir(account_id: int, form: HandOverForm) -> str:
    found = roster.one(transaction.conn(), auth.principal(), account_id)
    return render_template("hand_over.html", heir=found, form=form)


def _form(**values: object) -> InviteForm:
    form = InviteForm(**values)
    listed = teams.visible(transaction.conn(), auth.principal())
    form.team.choices = [(0, "No team yet"), *((team.id, team.name) for team in listed)]
    return form


def _page(form: InviteForm, lines: Sequence[Line] = ()) -> str:
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    owners, words = rights.may(who, "change_owner"), _words()
    person, after = words.get("q", ""), number(words.get("after"))
    people = roster.listed(conn, who, roster.Which(person, words.get("role", ""), after), roster.PAGE + 1)
    invited = invitations.listed(conn, who, now, person, invitations.LISTED + 1)
    return render_template(
        "people.html", form=form, lines=lines, people=people[: roster.PAGE], me=who.account_id, words=words,
        more=people[roster.PAGE - 1].id if len(people) > roster.PAGE else None,
        invited=invited[: invitations.LISTED], more_invited=len(invited) > invitations.LISTED,
        owner=owners, zone=viewer_zone(), all_roles=ROLES,
        roles={key: ROLES[key] for key in ROLES if owners or key != "owner"},
    )  # fmt: skip


def _words() -> dict[str, Any]:
    """The search and the place in the list, as words of a URL."""
    found = {name: request.args.get(name, "")[:100].strip() for name in ("q", "role", "after")}
    return {name: value for name, value in found.items() if value}


def _back() -> str:
    """The part of the list from which somebody acted."""
    return url_for(".index", **_words())
