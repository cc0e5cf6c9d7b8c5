"""One question to one person, from the schedule to the chat, on one page; and one recipient of a campaign, from the
query to the conversation. Admins may look."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from engine.campaigns import chain as campaign_chain
from engine.campaigns.tracking.classes import WHY
from engine.inbound import chain as story
from engine.inbound.own import Own
from web import auth, report_words, transaction
from web.views.deliveries import people, viewer_zone

blueprint = Blueprint("chain", __name__)

DID = {
    "link": "Followed a link", "picture": "Had the picture shown", "hidden": "Followed the link nobody sees",
    "leave": "Used the link to unsubscribe", "preferences": "Opened their preferences",
}  # fmt: skip
TAKEN = {"human": "a person", "likely": "likely a machine", "machine": "a machine"}


@blueprint.get("/chain/<int:part_id>")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def show(part_id: int) -> str:
    """Why it was asked, the mails, the answers, the entries, the posts; and what did not happen."""
    own = Own.of(current_app.extensions["sixpm_settings"])
    found = story.chain(transaction.conn(), auth.principal(), part_id, own, transaction.now())
    return render_template(
        "chain.html", chain=found, asked=found.asked, people=people(found.actors), zone=viewer_zone()
    )


@blueprint.get("/deliveries/<int:run_id>/<seq:seq>/chain")
@login_required  # type: ignore[untyped-decorator]
def of_delivery(run_id: int, seq: int) -> Response:
    """The chain that a delivery is a link of; of other mail its own timeline is all there is."""
    part_id = story.of_delivery(transaction.conn(), auth.principal(), run_id, seq)
    if part_id is None and campaign_chain.is_one(transaction.conn(), auth.principal(), run_id, seq):
        return redirect(url_for(".of_campaign", run_id=run_id, seq=seq), 302)
    if part_id is None:
        return redirect(url_for("deliveries.one", run_id=run_id, seq=seq), 302)
    return redirect(url_for(".show", part_id=part_id), 302)


@blueprint.get("/chain/campaign/<int:run_id>/<seq:seq>")
@login_required  # type: ignore[untyped-decorator]
def of_campaign(run_id: int, seq: int) -> str | Response:
    """Why a campaign meant somebody, their mails of it, what they did with them, and what they answered."""
    story.of_delivery(transaction.conn(), auth.principal(), run_id, seq)  # raises for another workspace's
    if not campaign_chain.is_one(transaction.conn(), auth.principal(), run_id, seq):
        return redirect(url_for(".of_delivery", run_id=run_id, seq=seq), 302)
    found = campaign_chain.chain(transaction.conn(), auth.principal(), run_id, seq, transaction.now())
    return render_template(
        "campaign_chain.html", chain=found, asked=found.asked, people=people(found.actors), zone=viewer_zone(),
        parts=report_words.PARTS | {"talk": "The letter"}, did=DID, taken=TAKEN,
        why=WHY,
    )  # fmt: skip


@blueprint.get("/teams/<int:team_id>/entries/<int:entry_id>/chain")
@login_required  # type: ignore[untyped-decorator]
def of_entry(team_id: int, entry_id: int) -> Response:
    """The chain that an entry came by, at the answer it was in, which leads to the raw mail."""
    part_id, answer_id = story.of_entry(transaction.conn(), auth.principal(), team_id, entry_id)
    return redirect(url_for(".show", part_id=part_id, _anchor=f"answer-{answer_id}"), 302)
