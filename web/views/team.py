"""Teams: the list, and a team's page with today's round. Members may look, managers may change; how is in the modules
beside this one, each of which adds its pages to this blueprint.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.config import required
from engine.errors import Invalid, NotFound
from engine.inbound.queries import finding
from engine.inbound.queries.finding import Which
from engine.people import access, connections, teams
from engine.rounds import attention, days_off
from engine.rounds.due import local_day
from engine.rounds.queries import hours, pages
from web import auth, forms, guard, plain_form, shown, transaction
from web.entry_view import days_of
from web.round_view import today_view
from web.team_forms import TeamForm
from web.views.deliveries import viewer_zone

blueprint = Blueprint("team", __name__, url_prefix="/teams")
auth.for_accounts(blueprint)
blueprint.record_once(lambda state: shown.install(state.app))

Page = str | tuple[str, int]
LATEST = 50  # entries; the page of entries has all


@blueprint.get("")
def index() -> str:
    """The teams one may see, those that need attention first; admins can make one."""
    return _list(TeamForm(formdata=None, zone=viewer_zone()) if auth.principal().is_admin else None)


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
    return _list(form), 422


def _list(form: TeamForm | None) -> str:
    part, now = request.args.get("q", "").strip(), transaction.now()
    found = attention.listed(transaction.conn(), auth.principal(), now)
    shown = [line for line in found if part.casefold() in line.facts.name.casefold()]
    return render_template("teams.html", teams=shown, all=len(found), part=part, form=form, now=now)


@blueprint.get("/<int:team_id>")
def show(team_id: int) -> str:
    """The team: today's round, the latest entries, schedule, channels."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    latest = Which()
    rows = finding.found(conn, who.workspace_id, team_id, latest, LATEST + 1)
    context = round_today(team_id)
    return render_template(
        "team.html",
        **context,
        days=days_of(rows[:LATEST], latest.words, lambda row: False),
        more=len(rows) > LATEST,
        channels=connections.of_team(conn, who, team_id),
        address=plain_form.of_team(context["team"]),
        mine=next((auth.own_link(p.membership_id) for p in context["members"] if p.contact_id == who.contact_id), None),
        off=next((day for day in days_off.ahead(conn, who.workspace_id, team_id, now)
                  if day.day == local_day(context["team"].zone, now)), None),
        now=now,
    )  # fmt: skip


@blueprint.get("/<int:team_id>/today")
def today(team_id: int) -> str:
    """Today's round alone: the part of the page that looks for news every five seconds."""
    return render_template("team_today.html", **round_today(team_id))


def round_today(team_id: int) -> dict[str, Any]:
    """What the part of today's round is made of, narrowed to the group and the name that are asked for."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    role = access.require_seeing(conn, who, team_id)
    people, terms = pages.team_today(conn, who.workspace_id, team_id, now), schedule_of(team_id)
    zone = viewer_zone()
    group, part = request.args.get("show", ""), request.args.get("q", "").strip()
    whole = today_view(people, now, zone, paused=not terms.active)
    return {
        "team": teams.get(conn, who, team_id), "manager": role == "manager", "schedule": terms, "members": people,
        "today": whole.only(group, part), "everybody": len(whole.standings), "group": group, "part": part,
        "zone": zone,
    }  # fmt: skip


def _team_name(team_id: int) -> str:
    return teams.get(transaction.conn(), auth.principal(), team_id).name


def secret() -> str:
    """The key under which suppressed addresses are kept."""
    return required(current_app.extensions["sixpm_settings"].secret_key, "secret_key")


def schedule_of(team_id: int) -> Any:
    """A team's schedule as a row. Raises NotFound."""
    found = hours.schedule(transaction.conn(), auth.principal().workspace_id, team_id)
    if found is None:
        raise NotFound("This team has no schedule.")
    return found


from web.views import asking, channels, daysoff, roster, schedule  # noqa: E402, F401  # these add to the blueprint
from web.views import members as _members  # noqa: E402, F401
