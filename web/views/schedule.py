"""A team's schedule: its questions, days and hours; and the team's name and zone. Managers may."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import access, teams
from engine.rounds import schedule as story
from engine.rounds.queries import hours
from engine.rounds.schedule import ScheduleChange
from web import auth, forms, guard, transaction
from web.changes import changed
from web.team_forms import ScheduleForm, TeamForm, ticked
from web.views.team import Page, blueprint, schedule_of


@blueprint.get("/<int:team_id>/schedule")
def schedule(team_id: int) -> Page:
    """The schedule's form."""
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    return _page(team_id)


@blueprint.post("/<int:team_id>/schedule")
def save_schedule(team_id: int) -> Page | Response:
    """Set the schedule; a refused form comes back as it was typed."""
    who, form = auth.principal(), ScheduleForm()
    access.require_manager(transaction.conn(), who, team_id)
    if form.validate():
        change = ScheduleChange(
            form.lines(), form.weekdays.mask, form.prompt_at.data, form.digest_at.data, form.nudge_after.data,
            form.answer_window.data,
        )  # fmt: skip
        try:
            with transaction.step() as conn:
                before = schedule_of(team_id)._asdict()
                story.change_schedule(conn, who, team_id, change, transaction.now())
                name = teams.get(conn, who, team_id).name
                guard.note("team", team_id, name, changed(before, schedule_of(team_id)._asdict()))
            flash("Saved. It holds from each member's next question on.", "success")
            return redirect(url_for(".show", team_id=team_id), 303)
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
    values = found | {"questions": "\n".join(found["questions"]), "weekdays": ticked(found["weekdays"])}
    return ScheduleForm(formdata=None, data=values)


def _page(team_id: int, form: ScheduleForm | None = None, team_form: TeamForm | None = None, status: int = 200) -> Page:
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return render_template(
        "team_schedule.html",
        team=team,
        form=form or _form(team_id),
        team_form=team_form or TeamForm(formdata=None, name=team.name, zone=team.zone),
    ), status
