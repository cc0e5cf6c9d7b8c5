"""Who is in a team: add, pause, resume and remove members. Managers may. One member's page is web/views/members.py."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.people import access, members, suppression, teams
from engine.rounds import schedule as story
from engine.rounds.queries import pages
from engine.rounds.welcome import welcome
from web import auth, forms, guard, transaction
from web.confirm import unsure
from web.team_forms import MemberForm
from web.views.team import Page, _team_name, blueprint, secret


@blueprint.get("/<int:team_id>/members", endpoint="members")
def listed(team_id: int) -> str:
    """Everybody in the team, with what comes next for each."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    team = teams.get(conn, who, team_id)
    people = pages.team_today(conn, who.workspace_id, team_id, now)
    part = request.args.get("q", "").strip()
    shown = [m for m in people if part.casefold() in f"{m.name} {m.email}".casefold()]
    return render_template(
        "team_members.html",
        team=team,
        manager=access.require_seeing(conn, who, team_id) == "manager",
        members=shown,
        all=len(people),
        part=part,
        suppressed=suppression.listed(conn, who.workspace_id, secret(), [person.email for person in shown]),
        now=now,
    )


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
            transaction.follow(welcome(transaction.conn(), who, made.id, now))
            guard.note("membership", made.id, made.name or made.email, f"{_team_name(team_id)}, as {made.role}")
            flash(f"{made.name or made.email} is in the team.", "success")
            return redirect(url_for(".members", team_id=team_id), 303)
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
    return redirect(url_for(".members", team_id=team_id), 303)


@blueprint.post("/<int:team_id>/members/<int:membership_id>/resume")
def resume_member(team_id: int, membership_id: int) -> Response:
    """Undo a pause."""
    member = _managed(team_id, membership_id)
    story.resume(transaction.conn(), auth.principal(), member.id, transaction.now())
    guard.note("membership", member.id, member.name or member.email, _team_name(team_id))
    flash(f"{member.name or member.email} is asked again.", "success")
    return redirect(url_for(".members", team_id=team_id), 303)


@blueprint.post("/<int:team_id>/members/<int:membership_id>/remove")
def remove_member(team_id: int, membership_id: int) -> str | Response:
    """End a membership, after asking."""
    member, back = _managed(team_id, membership_id), url_for(".members", team_id=team_id)
    name = member.name or member.email
    then = "They get no more mails of this team. What they wrote stays. You can add them again."
    if page := unsure(f"Remove {name}?", then, "Remove", back):
        return page
    story.leave(transaction.conn(), auth.principal(), member.id, transaction.now())
    guard.note("membership", member.id, name, _team_name(team_id))
    flash(f"{name} is no longer in the team.", "success")
    return redirect(back, 303)


def _managed(team_id: int, membership_id: int) -> members.Member:
    conn, who = transaction.conn(), auth.principal()
    access.require_manager(conn, who, team_id)
    member = members.get(conn, who, membership_id)
    if member.team_id != team_id:
        raise NotFound("There is no such member here.")
    return member


def _member_page(team_id: int, form: MemberForm) -> str:
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return render_template("team_member.html", team=team, form=form)
