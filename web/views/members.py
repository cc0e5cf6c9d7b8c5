"""A manager's page about one member: role, hours, zone, days away, and an address that gets no mail."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.config import required
from engine.errors import Invalid, NotFound
from engine.people import access, members, suppression
from engine.people.members import Member
from engine.rounds import schedule as story
from engine.rounds.due import local_day
from engine.rounds.queries import hours, pages
from engine.rounds.queries.pages import OwnSettings
from web import auth, forms, guard, transaction
from web.changes import changed
from web.confirm import unsure
from web.me_forms import AwayForm, RoleForm, describe, hours_form
from web.me_forms import HoursForm as Hours
from web.shown import days_between
from web.views.team import blueprint

Page = str | tuple[str, int]
LABELS = {"prompt_at": "Ask at", "own_days": "Own days, not the team's", "weekdays": "Ask on"}
HERE = "/<int:team_id>/members/<int:membership_id>"


@blueprint.get(HERE)
def member(team_id: int, membership_id: int) -> Page:
    """The page."""
    return _page(_managed(team_id, membership_id))


@blueprint.post(f"{HERE}/role")
def set_role(team_id: int, membership_id: int) -> Page | Response:
    """Make them a manager, a member or an observer; it holds from the next slot on."""
    conn, who, them, form = transaction.conn(), auth.principal(), _managed(team_id, membership_id), RoleForm()
    if not form.validate():
        return _page(them, role_form=form)
    members.change_role(conn, who, them.id, form.role.data)
    story.reschedule(conn, who.workspace_id, [them.id], transaction.now())
    if form.role.data != them.role:
        guard.note("membership", them.id, them.name or them.email, f"{them.role} → {form.role.data}")
    return _saved(them)


@blueprint.post(f"{HERE}/hours")
def set_hours(team_id: int, membership_id: int) -> Page | Response:
    """Set their hours, days and zone."""
    them, form = _managed(team_id, membership_id), Hours()
    if form.validate():
        try:
            with transaction.step() as conn:
                before = _settings_of(them)
                story.change_hours(conn, auth.principal(), them.id, form.own(before), transaction.now())
                guard.note("membership", them.id, them.name or them.email, of_hours(before, _settings_of(them)))
            return _saved(them)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(them, hours_form=form)


@blueprint.post(f"{HERE}/away")
def set_away(team_id: int, membership_id: int) -> Page | Response:
    """Note days away for them."""
    them, form = _managed(team_id, membership_id), AwayForm()
    if form.validate():
        first = form.first_day.data
        try:
            with transaction.step() as conn:
                last = form.last_day.data or first
                story.set_away(conn, auth.principal(), them.id, first, last, transaction.now())
                guard.note("membership", them.id, them.name or them.email, f"added {days_between(first, last)}")
            return _saved(them)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(them, away_form=form)


@blueprint.post(f"{HERE}/away/<int:away_id>/remove")
def end_away(team_id: int, membership_id: int, away_id: int) -> Response:
    """Take days away back; they can be added again."""
    them = _managed(team_id, membership_id)
    story.remove_away(transaction.conn(), auth.principal(), them.id, away_id, transaction.now())
    guard.note("membership", them.id, them.name or them.email, "took days away back")
    return _saved(them)


@blueprint.post(f"{HERE}/mail")
def send_again(team_id: int, membership_id: int) -> str | Response:
    """Let a suppressed address get mail again, after asking. Admins may: it holds for the whole workspace."""
    them, who = _managed(team_id, membership_id), auth.principal()
    who.require_admin()
    then = "If the address still refuses mail, more bounces harm the name of your sending domain."
    if page := unsure(f"Send mail to {them.email} again?", then, "Send mail again", _here(them)):
        return page
    suppression.lift(transaction.conn(), who.workspace_id, _secret(), [them.email])
    guard.note("membership", them.id, them.email)
    flash(f"{them.email} gets mail again.", "success")
    return redirect(_here(them), 303)


def _managed(team_id: int, membership_id: int) -> Member:
    conn, who = transaction.conn(), auth.principal()
    access.require_manager(conn, who, team_id)
    found = members.get(conn, who, membership_id)
    if found.team_id != team_id or found.left:
        raise NotFound("There is no such member here.")
    return found


def _page(them: Member, **typed: Any) -> Page:
    """The page, with forms as they were `typed`; 422 when there are any."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    me = _settings_of(them)
    kept: dict[str, Any] = {
        "role_form": RoleForm(formdata=None, role=them.role),
        "hours_form": hours_form(me),
        "away_form": AwayForm(formdata=None),
    } | typed
    describe(kept["hours_form"], me)
    for name, words in LABELS.items():
        kept["hours_form"][name].label.text = words
    kept[
        "hours_form"
    ].zone.description = "Where they are, in all their teams; such as Asia/Kathmandu. Empty: the team's."
    page = render_template(
        "team_one.html",
        me=me,
        contact_id=them.contact_id,
        away=hours.away_of(conn, who.workspace_id, them.contact_id, local_day(me.zone, now)),
        suppressed=suppression.listed(conn, who.workspace_id, _secret(), [them.email]).get(them.email),
        now=now,
        **kept,
    )
    return (page, 422) if typed else page


def _settings_of(them: Member) -> OwnSettings:
    found = pages.own_settings(transaction.conn(), auth.principal().workspace_id, them.id)
    if found is None:
        raise NotFound("There is no such member here.")
    return found


def of_hours(before: OwnSettings, after: OwnSettings) -> str:
    """What a change of somebody's own hours changed, in a line."""
    names = ("prompt_at", "digest_at", "weekdays", "zone")
    return changed({n: getattr(before, n) for n in names}, {n: getattr(after, n) for n in names})


def _saved(them: Member) -> Response:
    flash("Saved. It holds from their next question on.", "success")
    return redirect(_here(them), 303)


def _here(them: Member) -> str:
    return url_for(".member", team_id=them.team_id, membership_id=them.id)


def _secret() -> str:
    return required(current_app.extensions["sixpm_settings"].secret_key, "secret_key")
