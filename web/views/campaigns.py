"""Campaigns: the list, one to write, review and launch, and its flight. Admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns import approvals, around, campaigns, drying, flight, launch, whom
from engine.campaigns.audience import looking, segments
from engine.campaigns.audience.checking import Known
from engine.campaigns.audience.segments import Segment
from engine.campaigns.campaigns import Campaign
from engine.campaigns.content import preview, versions
from engine.campaigns.content.language.faults import Refused
from engine.campaigns.content.sheet import Theme
from engine.campaigns.drying import Dry
from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError, Invalid
from engine.outbound import report
from engine.outbound.report.waits import Wait, waits
from engine.people.principal import Principal
from web import auth, campaign_view, guard, transaction
from web.campaign_forms import NameForm
from web.campaign_view import Facts, people
from web.confirm import unsure
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | Response
WORKING = "A row is made for each of them. That takes seconds, of a million people ten and more. Leave this page open."
MOVING = ("scheduled", "running", "holding", "paused")


@blueprint.get("")
def index() -> str:
    """The campaigns, newest first."""
    found, more = campaigns.listed(transaction.conn(), auth.principal(), number(request.args.get("before", "")))
    return render_template("campaigns.html", found=found, more=more, zone=viewer_zone())


@blueprint.get("/new")
def new() -> str:
    """The form of a new one; ?segment= says to whom."""
    return render_template("campaign_new.html", form=NameForm(formdata=None), segment=_segment(request.args))


@blueprint.post("/new")
def make() -> Page:
    """Make a draft."""
    form, segment = NameForm(), _segment(request.form)
    if not form.validate():
        return render_template("campaign_new.html", form=form, segment=segment), 422
    whom = {"segment_id": segment.id, "query": segment.query} if segment else {}
    made = campaigns.make(transaction.conn(), auth.principal(), form.name.data, **whom)
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
def rename(campaign_id: int) -> Page:
    """Call it something else."""
    form = NameForm()
    if not form.validate():
        return _page(campaign_id, named=form), 422
    of = campaigns.change(transaction.conn(), auth.principal(), campaign_id, transaction.now(), name=form.name.data)
    guard.note("campaign", campaign_id, of.name)
    return _back(campaign_id, "Saved.")


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
    of, back = campaigns.get(conn, who, campaign_id), url_for(".show", campaign_id=campaign_id)
    try:
        launch.ready(conn, of)  # nobody is asked whether they are sure of what cannot be done
        to, then = _for(conn, of, now)
    except Invalid as error:
        return _page(campaign_id, wrong=str(error)), 422
    facts = _then(of, drying.last(conn, of))
    if page := unsure(
        f"Launch {of.name}?", then, f"Launch it to {to}", back, danger=False, facts=facts, working=WORKING
    ):
        return page
    try:
        with transaction.step() as step:
            transaction.follow(launch.launch(step, who, campaign_id, now))
    except Invalid as error:
        return _page(campaign_id, wrong=str(error)), 422
    guard.note("campaign", campaign_id, of.name, to)
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


def _segment(given: Mapping[str, str]) -> Segment | None:
    """The segment that a new campaign is for, where one is said and there is such a one."""
    ident = number(given.get("segment"))
    return segments.one(transaction.conn(), auth.principal(), ident) if ident else None


def _page(campaign_id: int, wrong: str = "", named: NameForm | None = None) -> str:
    conn, who, zone = transaction.conn(), auth.principal(), viewer_zone()
    of = campaigns.get(conn, who, campaign_id)
    editable = of.state in campaigns.EDITABLE
    facts = _facts(of, zone) if editable else None
    return render_template(
        "campaign.html", of=of, wrong=wrong, zone=zone, editable=editable, moving=of.state in MOVING,
        steps=campaign_view.steps(facts) if facts else (), reader=facts.reader if facts else "",
        subject="" if facts else campaigns.text(conn, of)[0],
        approvals=() if editable else approvals.listed(conn, of), may_undo=flight.may_undo(conn, of),
        named=named or NameForm(formdata=None, data={"name": of.name}), **_flight(of),
    )  # fmt: skip


def _facts(of: Campaign, zone: str) -> Facts:
    """What the steps of a campaign that has not begun say."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    seen, wrong, about = None, "", around.of_campaign(conn, of)
    known = looking.known(conn, who) if of.query else Known()
    meant = looking.look(conn, who, of.query or "everyone", known, now)
    if of.version_no:
        try:
            version = versions.get(conn, of.workspace_id, of.id, of.version_no)
            reader = preview.reader_of(conn, of.workspace_id, meant.sample[0].id) if meant.sample else None
            seen = preview.shown_to(conn, version, of.name, reader, theme=Theme(about.workspace))
        except (Invalid, ConfigError, Refused) as error:
            wrong = str(error)
    yes = approvals.listed(conn, of) if about.limits.approve_over is not None else ()
    return Facts(of, about, seen, wrong, meant, drying.last(conn, of), yes, zone)


def _flight(of: Campaign) -> dict[str, object]:
    if of.run_id is None:
        return {"run": None, "waits": ()}
    conn, who = transaction.conn(), auth.principal()
    settings: Settings = current_app.extensions["sixpm_settings"]
    found: tuple[Wait, ...] = waits(conn, settings, who.workspace_id, of.run_id, transaction.now())
    return {"run": report.run(conn, who, of.run_id), "waits": found}


def _for(conn: Conn, of: Campaign, now: datetime) -> tuple[str, str]:
    """To whom it goes, and what that means. Raises Invalid for a query that cannot be read."""
    if of.channel_id:
        name = around.of_campaign(conn, of).channel
        return name, f"It is posted to {name} once, for everybody there."
    to = people(whom.reached(conn, of.query, of.workspace_id, now))
    out = "Those who said no, have no address, are suppressed or had enough are left out, and listed with the reason."
    return to, f"It is for {to}. {out}"


def _then(of: Campaign, dry: Dry | None) -> list[str]:
    """What the launch does, and what was tried, a sentence each."""
    said = [f"{campaign_view.when(of, viewer_zone())}."]
    if of.channel_id:
        return said
    if of.canary:
        then = campaign_view.minutes(of.canary_minutes)
        said.append(f"{people(of.canary)} go first; the others {then} later if that went well.")
    said.append(f"Dry run: {campaign_view.tried(dry)[2]}.")
    return said


def _back(campaign_id: int, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)
