"""Teams: the list, a team's page with today's round, and its schedule, members and name. Members may look, managers
may change. Channels are in web/views/channels.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from engine.config import required
from engine.errors import Invalid, NotFound
from engine.people import access, connections, contacts, members, suppression, teams
from engine.people.principal import Principal
from engine.rounds import schedule as story
from engine.rounds.queries import hours, pages
from engine.rounds.schedule import ScheduleChange
from web import auth, forms, guard, shown, transaction
from web.confirm import unsure
from web.round_view import entry_days, today_view
from web.team_forms import MemberForm, ScheduleForm, TeamForm, ticked

blueprint = Blueprint("team", __name__, url_prefix="/teams")
blueprint.record_once(lambda state: shown.install(state.app))

Page = str | tuple[str, int]
DAYS = 10  # rounds with entries on one page


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def _signed_in() -> None:
    """Every page here is for people who signed in."""


@blueprint.get("")
def index() -> str:
    """The teams one may see; admins can make one."""
    who = auth.principal()
    form = TeamForm(zone=_own_zone(who)) if who.is_admin else None
    return render_template("teams.html", teams=teams.visible(transaction.conn(), who), form=form)


@blueprint.post("")
def make() -> Page | Response:
    """Make a team."""
    who, form = auth.principal(), TeamForm()
    who.require_admin()
    if form.validate():
        try:
            with transaction.step() as conn:
                made = teams.make(conn, who, form.name.data, form.zone.data)
            guard.note("team", made, form.name.data)
            flash("The team is there. Add its members next.", "success")
            return redirect(url_for(".show", team_id=made), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return render_template("teams.html", teams=teams.visible(transaction.conn(), who), form=form), 422


@blueprint.get("/<int:team_id>")
def show(team_id: int) -> str:
    """The team: today's round, members with what comes next, entries by day, schedule, channels."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    role = access.require_seeing(conn, who, team_id)
    people = pages.team_today(conn, who.workspace_id, team_id, now)
    rows = pages.entries_by_round(conn, who.workspace_id, team_id, shown.asked_day("before"), DAYS)
    days, older = entry_days(rows, DAYS)
    return render_template(
        "team.html",
        team=teams.get(conn, who, team_id),
        manager=role == "manager",
        schedule=_schedule(team_id),
        members=people,
        today=today_view(people, now),
        days=days,
        older=older,
        channels=connections.of_team(conn, who, team_id),
        suppressed=suppression.listed(conn, who.workspace_id, _secret(), [person.email for person in people]),
        mine=next((auth.own_link(p.membership_id) for p in people if p.contact_id == who.contact_id), None),
        now=now,
    )


@blueprint.get("/<int:team_id>/today")
def today(team_id: int) -> str:
    """Today's round alone: the part of the page that looks for news every five seconds."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    access.require_seeing(conn, who, team_id)
    people = pages.team_today(conn, who.workspace_id, team_id, now)
    return render_template("team_today.html", today=today_view(people, now), members=people)


@blueprint.get("/<int:team_id>/schedule")
def schedule(team_id: int) -> Page:
    """The schedule's form."""
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    return _schedule_page(team_id)


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
                before = _schedule(team_id)._asdict()
                story.change_schedule(conn, who, team_id, change, transaction.now())
                name = teams.get(conn, who, team_id).name
                guard.note("team", team_id, name, changed(before, _schedule(team_id)._asdict()))
            flash("Saved. It holds from each member's next question on.", "success")
            return redirect(url_for(".show", team_id=team_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _schedule_page(team_id, form, status=422)


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
    return _schedule_page(team_id, team_form=form, status=422)


@blueprint.get("/<int:team_id>/members/new")
def new_member(team_id: int) -> Page:
    """The form for one more member."""
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    return _member_page(team_id, MemberForm(formdata=None))


@blueprint.post("/<int:team_id>/members/new")
def add_member(team_id: int) -> Page | Response:
    """Add a member and set their first hour."""
    who, form, now = auth.principal(), MemberForm(), transaction.now()
    access.require_manager(transaction.conn(), who, team_id)
    if form.validate():
        try:
            with transaction.step() as conn:
                made = story.add_member(
                    conn, who, team_id, form.email.data, now,
                    name=form.name.data or "", zone=form.zone.data or None, role=form.role.data,
                )  # fmt: skip
            guard.note("membership", made.id, made.name or made.email, f"{_team_name(team_id)}, as {made.role}")
            flash(f"{made.name or made.email} is in the team.", "success")
            return redirect(url_for(".show", team_id=team_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _member_page(team_id, form), 422


@blueprint.post("/<int:team_id>/members/<int:membership_id>/pause")
def pause_member(team_id: int, membership_id: int) -> Response:
    """Stop this team's mails to a member, until somebody resumes them."""
    member = _managed(team_id, membership_id)
    transaction.follow(story.pause(transaction.conn(), auth.principal(), member.id, transaction.now(), by="manager"))
    guard.note("membership", member.id, member.name or member.email, _team_name(team_id))
    flash(f"{member.name or member.email} is paused. Resume them at any time.", "success")
    return redirect(url_for(".show", team_id=team_id), 303)


@blueprint.post("/<int:team_id>/members/<int:membership_id>/resume")
def resume_member(team_id: int, membership_id: int) -> Response:
    """Undo a pause."""
    member = _managed(team_id, membership_id)
    story.resume(transaction.conn(), auth.principal(), member.id, transaction.now())
    guard.note("membership", member.id, member.name or member.email, _team_name(team_id))
    flash(f"{member.name or member.email} is asked again.", "success")
    return redirect(url_for(".show", team_id=team_id), 303)


@blueprint.post("/<int:team_id>/members/<int:membership_id>/remove")
def remove_member(team_id: int, membership_id: int) -> str | Response:
    """End a membership, after asking."""
    member, back = _managed(team_id, membership_id), url_for(".show", team_id=team_id)
    name = member.name or member.email
    then = "They get no more mails of this team. What they wrote stays. You can add them again."
    if page := unsure(f"Remove {name}?", then, "Remove", back):
        return page
    story.leave(transaction.conn(), auth.principal(), member.id, transaction.now())
    guard.note("membership", member.id, name, _team_name(team_id))
    flash(f"{name} is no longer in the team.", "success")
    return redirect(back, 303)


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """What a save changed, in a line of the record: "prompt at: 18:00 → 17:30"."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {_said(name, before[name])} → {_said(name, after[name])}"
        for name in before
        if before[name] != after[name]
    )


def _said(name: str, value: object) -> str:
    if name == "weekdays" and isinstance(value, int):
        return shown.days(value)
    if isinstance(value, time):
        return shown.clock(value)
    return " / ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)


def _team_name(team_id: int) -> str:
    return teams.get(transaction.conn(), auth.principal(), team_id).name


def _secret() -> str:
    return required(current_app.extensions["sixpm_settings"].secret_key, "secret_key")


def _managed(team_id: int, membership_id: int) -> members.Member:
    conn, who = transaction.conn(), auth.principal()
    access.require_manager(conn, who, team_id)
    member = members.get(conn, who, membership_id)
    if member.team_id != team_id:
        raise NotFound("There is no such member here.")
    return member


def _schedule(team_id: int) -> Any:
    found = hours.schedule(transaction.conn(), auth.principal().workspace_id, team_id)
    if found is None:
        raise NotFound("This team has no schedule.")
    return found


def _schedule_form(team_id: int) -> ScheduleForm:
    found = _schedule(team_id)._asdict()
    values = found | {"questions": "\n".join(found["questions"]), "weekdays": ticked(found["weekdays"])}
    return ScheduleForm(formdata=None, data=values)


def _schedule_page(
    team_id: int, form: ScheduleForm | None = None, team_form: TeamForm | None = None, status: int = 200
) -> Page:
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return render_template(
        "team_schedule.html",
        team=team,
        form=form or _schedule_form(team_id),
        team_form=team_form or TeamForm(formdata=None, name=team.name, zone=team.zone),
    ), status


def _member_page(team_id: int, form: MemberForm) -> str:
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return render_template("team_member.html", team=team, form=form)


def _own_zone(who: Principal) -> str:
    found = contacts.get(transaction.conn(), who.workspace_id, who.contact_id) if who.contact_id else None
    return (found.zone if found else None) or "UTC"


from web.views import channels  # noqa: E402, F401  # both add their pages to the blueprint of this module
from web.views import members as _members  # noqa: E402, F401
