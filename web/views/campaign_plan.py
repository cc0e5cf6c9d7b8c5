"""When a campaign goes and how: at which hour of whom, how fast, who goes first, whose answers are, what is tracked."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.campaigns import around, campaigns, shaping
from engine.campaigns.around import Around
from engine.campaigns.campaigns import Campaign
from engine.errors import Invalid
from engine.outbound import search
from web import auth, forms, guard, transaction
from web.campaign_forms import PlanForm, plan_of
from web.views.deliveries import viewer_zone

blueprint = Blueprint("campaign_plan", __name__, url_prefix="/campaigns/<int:campaign_id>/plan")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | Response


@blueprint.get("")
def show(campaign_id: int) -> Page:
    """As it stands."""
    of = campaigns.get(transaction.conn(), auth.principal(), campaign_id)
    found = around.of_campaign(transaction.conn(), of)
    return _page(of, plan_of(of, found, viewer_zone()), found)


@blueprint.post("")
def save(campaign_id: int) -> Page:
    """Save when and how; what is refused comes back as it was typed."""
    conn, who = transaction.conn(), auth.principal()
    of, form = campaigns.get(conn, who, campaign_id), PlanForm()
    found = around.of_campaign(conn, of)
    _beside(form, found)
    if not form.validate():
        return _page(of, form, found), 422
    try:
        with transaction.step() as step:
            now = transaction.now()
            campaigns.change(step, who, campaign_id, now, **form.values(viewer_zone(), found))
            shaping.send_by(step, who, campaign_id, form.channel_id.data or None, now)
    except Invalid as error:
        forms.refuse(form, error)
        return _page(of, form, found), 422
    guard.note("campaign", campaign_id, of.name, "when and how")
    flash("Saved.", "success")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _beside(form: PlanForm, found: Around) -> PlanForm:
    conn, who = transaction.conn(), auth.principal()
    teams = [(ident, name) for ident, name in search.teams(conn, who)]
    return form.beside(teams, shaping.channels(conn, who), found)


def _page(of: Campaign, form: PlanForm, found: Around) -> str:
    if not form.team_id.choices:
        _beside(form, found)
    return render_template(
        "campaign_plan.html", of=of, form=form, around=found, zone=viewer_zone(),
        editable=of.state in campaigns.EDITABLE,
    )  # fmt: skip
