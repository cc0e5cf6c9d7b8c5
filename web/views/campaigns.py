"""Campaigns: the list, one to write, review and launch, and its flight. Admins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from engine.campaigns import approvals, campaigns, flight, launch, whom
from engine.campaigns.campaigns import Campaign
from engine.config import Settings
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound import report
from engine.outbound.report.waits import Wait, waits
from engine.people.principal import Principal
from web import auth, forms, guard, shown, transaction
from web.campaign_forms import NameForm, PlanForm, TextForm, of_campaign
from web.confirm import unsure
from web.views.deliveries import viewer_zone

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | Response
MOVING = ("scheduled", "running", "holding", "paused")


@blueprint.get("")
def index() -> str:
    """The campaigns, newest first."""
    found, more = campaigns.listed(transaction.conn(), auth.principal(), request.args.get("before", type=int))
    return render_template("campaigns.html", found=found, more=more, zone=viewer_zone())


@blueprint.get("/new")
def new() -> str:
    """The form of a new one."""
    return render_template("campaign_new.html", form=NameForm())


@blueprint.post("/new")
def make() -> Page:
    """Make a draft."""
    form = NameForm()
    if not form.validate():
        return render_template("campaign_new.html", form=form), 422
    made = campaigns.make(transaction.conn(), auth.principal(), form.name.data)
    guard.note("campaign", made, form.name.data)
    return redirect(url_for(".show", campaign_id=made), 303)


@blueprint.get("/<int:campaign_id>")
def show(campaign_id: int) -> Page:
    """One campaign."""
    return _page(campaign_id)


@blueprint.get("/<int:campaign_id>/numbers")
def numbers(campaign_id: int) -> str:
    """The part of the page that moves while it is under way."""
    of = campaigns.get(transaction.conn(), auth.principal(), campaign_id)
    return render_template("campaign_flight.html", of=of, zone=viewer_zone(), **_flight(of))


@blueprint.post("/<int:campaign_id>")
def save(campaign_id: int) -> Page:
    """Save to whom it goes, and when."""
    form = PlanForm()
    if not form.validate():
        return _page(campaign_id, plan=form), 422
    try:
        with transaction.step() as step:
            of = campaigns.change(step, auth.principal(), campaign_id, transaction.now(), **form.values(viewer_zone()))
            whom.reached(step, of.query, of.workspace_id, transaction.now())
    except Invalid as error:
        forms.refuse(form, error)
        return _page(campaign_id, plan=form), 422
    guard.note("campaign", campaign_id, of.name)
    return _back(campaign_id, "Saved.")


@blueprint.post("/<int:campaign_id>/text")
def write(campaign_id: int) -> Page:
    """Save what it says, as a new version."""
    form = TextForm()
    if not form.validate():
        return _page(campaign_id, text=form), 422
    of = campaigns.get(transaction.conn(), auth.principal(), campaign_id)
    try:
        with transaction.step() as step:
            no = campaigns.write(
                step, auth.principal(), campaign_id, form.subject.data, form.body.data, transaction.now()
            )
    except Invalid as error:
        forms.refuse(form, error)
        return _page(campaign_id, text=form), 422
    guard.note("campaign", campaign_id, of.name, f"version {no}")
    return _back(campaign_id, f"Saved as version {no}.")


@blueprint.post("/<int:campaign_id>/copy")
def copy(campaign_id: int) -> Response:
    """A new draft like this one."""
    made = campaigns.copy(transaction.conn(), auth.principal(), campaign_id, transaction.now())
    guard.note("campaign", made, campaigns.get(transaction.conn(), auth.principal(), made).name)
    return _back(made, "This is the copy, a draft.")


@blueprint.post("/<int:campaign_id>/submit")
def submit(campaign_id: int) -> Page:
    """Ask for a second person's yes."""
    return _do(campaign_id, lambda: approvals.submit(*_asked(campaign_id)), "It waits for a second person's yes.")


@blueprint.post("/<int:campaign_id>/approve")
def approve(campaign_id: int) -> Page:
    """Say yes to another's campaign."""
    return _do(campaign_id, lambda: approvals.approve(*_asked(campaign_id)), "Approved. It may be launched as it is.")


@blueprint.post("/<int:campaign_id>/back")
def take_back(campaign_id: int) -> Page:
    """Make it a draft again."""
    return _do(campaign_id, lambda: campaigns.take_back(*_asked(campaign_id)), "It is a draft again.")


@blueprint.post("/<int:campaign_id>/launch", endpoint="launch")
def launch_(campaign_id: int) -> Page:
    """Launch it, after saying whom it reaches."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    of = campaigns.get(conn, who, campaign_id)
    try:
        reached = whom.reached(conn, of.query, of.workspace_id, now)
    except Invalid as error:
        return _page(campaign_id, wrong=str(error)), 422
    ask, yes = f"Launch {of.name}?", f"Launch it to {_people(reached)}"
    if page := unsure(ask, _then(of, reached), yes, url_for(".show", campaign_id=campaign_id), danger=False):
        return page
    try:
        with transaction.step() as step:
            transaction.follow(launch.launch(step, who, campaign_id, now))
    except Invalid as error:
        return _page(campaign_id, wrong=str(error)), 422
    guard.note("campaign", campaign_id, of.name, _people(reached))
    state = campaigns.get(conn, who, campaign_id).state
    return _back(campaign_id, "It is scheduled." if state == "scheduled" else "It is on its way.")


@blueprint.post("/<int:campaign_id>/pause")
def pause(campaign_id: int) -> Page:
    """Nothing more leaves until somebody lets it go on."""
    said = "Paused. What a worker had already handed over may still arrive."
    return _do(campaign_id, lambda: flight.pause(*_asked(campaign_id)), said)


@blueprint.post("/<int:campaign_id>/resume")
def resume(campaign_id: int) -> Page:
    """Let it go on."""
    return _do(campaign_id, lambda: flight.resume(*_asked(campaign_id)), "It goes on.")


@blueprint.post("/<int:campaign_id>/cancel")
def cancel(campaign_id: int) -> Page:
    """End it, after asking."""
    of = campaigns.get(transaction.conn(), auth.principal(), campaign_id)
    then = "What has not left will not leave. What has left stays sent."
    if page := unsure(f"Cancel {of.name}?", then, "Cancel the campaign", url_for(".show", campaign_id=campaign_id)):
        return page
    return _do(campaign_id, lambda: flight.cancel(*_asked(campaign_id)), "Cancelled.")


@blueprint.post("/<int:campaign_id>/undo")
def undo(campaign_id: int) -> Page:
    """Take the launch back while nothing has left."""
    return _do(campaign_id, lambda: flight.undo(*_asked(campaign_id)), "Taken back: it is a draft, and nobody got it.")


def _asked(campaign_id: int) -> tuple[Conn, Principal, int, datetime]:
    return transaction.conn(), auth.principal(), campaign_id, transaction.now()


def _do(campaign_id: int, act: Callable[[], object], said: str) -> Page:
    """Do what the route is, note it, and say so; what a person can mend is said on the page."""
    of = campaigns.get(transaction.conn(), auth.principal(), campaign_id)
    try:
        with transaction.step():
            act()
    except Invalid as error:
        return _page(campaign_id, wrong=str(error)), 422
    guard.note("campaign", campaign_id, of.name)
    return _back(campaign_id, said)


def _page(campaign_id: int, wrong: str = "", plan: FlaskForm | None = None, text: FlaskForm | None = None) -> str:
    conn, who, zone = transaction.conn(), auth.principal(), viewer_zone()
    of = campaigns.get(conn, who, campaign_id)
    subject, body = campaigns.text(conn, of)
    editable = of.state in campaigns.EDITABLE
    return render_template(
        "campaign.html", of=of, wrong=wrong, zone=zone, editable=editable,
        plan=plan or of_campaign(of, zone), subject=subject, body=body,
        text=text or TextForm(formdata=None, data={"subject": subject, "body": body}),
        reached=_reached(of) if editable else None, approvals=approvals.listed(conn, of) if editable else (),
        moving=of.state in MOVING, may_undo=flight.may_undo(conn, of), **_flight(of),
    )  # fmt: skip


def _reached(of: Campaign) -> int | None:
    """How many the query means; None where it cannot be read."""
    try:
        return whom.reached(transaction.conn(), of.query, of.workspace_id, transaction.now())
    except Invalid:
        return None


def _flight(of: Campaign) -> dict[str, object]:
    if of.run_id is None:
        return {"run": None, "waits": ()}
    conn, who = transaction.conn(), auth.principal()
    settings: Settings = current_app.extensions["sixpm_settings"]
    found: tuple[Wait, ...] = waits(conn, settings, who.workspace_id, of.run_id, transaction.now())
    return {"run": report.run(conn, who, of.run_id), "waits": found}


def _then(of: Campaign, reached: int) -> str:
    zone = viewer_zone()
    out = "Those who said no, have no address, are suppressed or had enough are left out, and listed with the reason."
    said = [f"It is for {_people(reached)}. {out}"]
    if of.send_when == "at" and of.send_at is not None:
        said.append(f"It leaves at {shown.local(of.send_at, zone)} ({zone}).")
    elif of.send_when == "local":
        said.append(f"It leaves at {of.local_time:%H:%M} of each person's own clock.")
    else:
        said.append("It leaves now.")
    if of.canary:
        said.append(f"{_people(of.canary)} go first; the others {of.canary_minutes} minutes later if that went well.")
    return " ".join(said)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _back(campaign_id: int, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)
