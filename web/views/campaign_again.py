"""What follows from a report: the rest is sent, and a list of people becomes the audience of a new draft. Admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns import again, campaigns, those
from engine.campaigns.again import Asked, Left
from engine.errors import Invalid
from web import auth, guard, transaction
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("campaign_again", __name__, url_prefix="/campaigns/<int:campaign_id>")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | Response
# The list of the report in which the people are whose rows ended so.
LISTS = {"failed": "failed", "bounced": "bounced", "suppressed": "leftout", "expired": "unsent", "cancelled": "unsent"}


@blueprint.get("/rest")
def rest(campaign_id: int) -> str:
    """Who has not got it and why, and the question whether they should."""
    return _page(campaign_id)


@blueprint.post("/rest")
def send_rest(campaign_id: int) -> Page:
    """Send it to those whom the page has shown."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    of = campaigns.get(conn, who, campaign_id)
    asked = Asked(
        number(request.form.get("last")) or 0, number(request.form.get("seen")) or 0, "new" in request.form,
        "doubts" in request.form,
    )  # fmt: skip
    if asked.newcomers:
        asked = Asked(asked.last, asked.seen + (number(request.form.get("new")) or 0), True, asked.doubts)
    try:
        with transaction.step() as step:
            sent = again.send(step, who, campaign_id, asked, now)
    except Invalid as error:
        return _page(campaign_id, str(error)), 422
    transaction.follow(sent.followup)
    count = sent.rows + sent.resent
    guard.note("campaign", campaign_id, of.name, _people(count))
    flash(f"It is on its way to {_people(count)}.", "success")
    return redirect(url_for("campaign_report.show", campaign_id=campaign_id), 303)


@blueprint.post("/those")
def draft(campaign_id: int) -> Page:
    """A new draft to those of a list of the report."""
    who, now = auth.principal(), transaction.now()
    name, key = request.form.get("list", ""), request.form.get("key", "")[:400]
    back = url_for("campaign_report.listed", campaign_id=campaign_id, name=name or "all", key=key or None)
    try:
        with transaction.step() as step:
            made = those.draft(step, who, campaign_id, name, key, now)
    except Invalid as error:
        flash(str(error), "warning")
        return redirect(back, 303)
    guard.note("campaign", made.id, made.name)
    means = "whoever is on that list when it is launched" if made.lives else "who is on that list now"
    flash(f"This is a new draft. It is for {_people(made.people)} so far: {means}.", "success")
    return redirect(url_for("campaigns.show", campaign_id=made.id), 303)


def _page(campaign_id: int, wrong: str = "") -> str:
    conn, who = transaction.conn(), auth.principal()
    left: Left = again.look(conn, who, campaign_id, transaction.now())
    return render_template(
        "campaign_rest.html", of=campaigns.get(conn, who, campaign_id), left=left, wrong=wrong, lists=LISTS,
        people=_people, ticked=request.form, zone=viewer_zone(),
    )  # fmt: skip


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
