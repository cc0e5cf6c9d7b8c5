"""A team's schedule: its questions, days and hours, with a preview of what they would do; and name and zone.

Managers may. The preview writes nothing: it shows what the scheduler's own rules make of what stands in the form.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import access, teams
from engine.rounds import schedule as story
from engine.rounds.queries import hours
from engine.rounds.schedule import ScheduleChange
from web import auth, forms, guard, plain_form, transaction
from web.changes import changed
from web.plain_form import AddressForm
from web.sends_view import Sends, Supposed, sends_view
from web.team_forms import ScheduleForm, TeamForm, ticked
from web.views.team import Page, blueprint, schedule_of


@blueprint.get("/<int:team_id>/schedule")
def schedule(team_id: int) -> Page:
    """The schedule's form, and what it does to each member next."""
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    return _page(team_id)


@blueprint.post("/<int:team_id>/schedule/preview")
def preview(team_id: int) -> Page:
    """The same page with the form as it was typed, its questions rearranged if a button says so; nothing is saved."""
    form = ScheduleForm()
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    if change := request.form.get("change"):
        form.questions.rearranged(change)
        return _page(team_id, form, unsaved=True)
    return _page(team_id, form, status=200 if form.validate() else 422, unsaved=True)


@blueprint.post("/<int:team_id>/schedule")
def save_schedule(team_id: int) -> Page | Response:
    """Set the schedule; a refused form comes back as it was typed."""
    who, form = auth.principal(), ScheduleForm()
    access.require_manager(transaction.conn(), who, team_id)
    if form.validate():
        change = ScheduleChange(
            tuple(form.questions.data), form.weekdays.mask, form.prompt_at.data, form.digest_at.data,
            form.nudge_after.data, form.answer_window.data, form.receipt.data or None,
        )  # fmt: skip
        try:
            with transaction.step() as conn:
                before = schedule_of(team_id)._asdict()
                story.change_schedule(conn, who, team_id, change, transaction.now())
                name = teams.get(conn, who, team_id).name
                guard.note("team", team_id, name, changed(before, schedule_of(team_id)._asdict()))
            flash("Saved. It holds from each member's next question on.", "success")
            return redirect(url_for(".schedule", team_id=team_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(team_id, form, status=422)


@blueprint.post("/<int:team_id>/name")
def rename(team_id: int) -> Page | Response:
    """Set name and zone; the zone moves everybody who has none of their own."""
    who, form = auth.principal(), TeamForm()
    access.require_manager(transaction.conn(), who, team_id)
    if form.validate():
        try:
            with transaction.step() as conn:
                old = teams.get(conn, who, team_id)
                teams.change(conn, who, team_id, form.name.data, form.zone.data)
                new = teams.get(conn, who, team_id)
                guard.note("team", team_id, new.name, changed({"name": old.name, "zone": old.zone},
                                                              {"name": new.name, "zone": new.zone}))  # fmt: skip
                ids = hours.members_of(conn, who.workspace_id, team_id)
                story.reschedule(conn, who.workspace_id, ids, transaction.now())
            flash("Saved.", "success")
            return redirect(url_for(".show", team_id=team_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(team_id, team_form=form, status=422)


def _form(team_id: int) -> ScheduleForm:
    found = schedule_of(team_id)._asdict()
    return ScheduleForm(formdata=None, data=found | {"weekdays": ticked(found["weekdays"])})


@blueprint.post("/<int:team_id>/address")
def set_address(team_id: int) -> Page | Response:
    """Set the address at which the team is written to."""
    form, name = AddressForm(), teams.get(transaction.conn(), auth.principal(), team_id).name
    if plain_form.saved(form, team_id, name):
        return redirect(url_for(".schedule", team_id=team_id, _anchor="address"), 303)
    return _page(team_id, address_form=form, status=422)


def _page(
    team_id: int, form: ScheduleForm | None = None, team_form: TeamForm | None = None, status: int = 200,
    unsaved: bool = False, address_form: AddressForm | None = None,
) -> Page:  # fmt: skip
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    form = form or _form(team_id)
    return render_template(
        "team_schedule.html",
        team=team,
        form=form,
        team_form=team_form or TeamForm(formdata=None, name=team.name, zone=team.zone),
        address_form=plain_form.shown(team_id, address_form),
        sends=_sends(team, form),
        unsaved=unsaved,
    ), status


def _sends(team: teams.Team, form: ScheduleForm) -> Sends | None:
    """The next sends under the form's hours and days; None while these cannot be read."""
    if form.prompt_at.data is None or not form.weekdays.mask:
        return None
    page = request.form.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    supposed = Supposed(schedule_of(team.id), form.prompt_at.data, form.weekdays.mask)
    return sends_view(transaction.conn(), auth.principal().workspace_id, team, supposed, number, transaction.now())
