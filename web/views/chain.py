"""One question to one person, from the schedule to the chat, on one page. Admins may look."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from engine.inbound import chain as story
from engine.inbound.own import Own
from web import auth, transaction
from web.views.deliveries import people, viewer_zone

blueprint = Blueprint("chain", __name__)


@blueprint.get("/chain/<int:part_id>")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def show(part_id: int) -> str:
    """Why it was asked, the mails, the answers, the entries, the posts; and what did not happen."""
    own = Own.of(current_app.extensions["sixpm_settings"])
    found = story.chain(transaction.conn(), auth.principal(), part_id, own, transaction.now())
    return render_template(
        "chain.html", chain=found, asked=found.asked, people=people(found.actors), zone=viewer_zone()
    )


@blueprint.get("/deliveries/<int:run_id>/<int:seq>/chain")
@login_required  # type: ignore[untyped-decorator]
def of_delivery(run_id: int, seq: int) -> Response:
    """The chain that a delivery is a link of; of other mail its own timeline is all there is."""
    part_id = story.of_delivery(transaction.conn(), auth.principal(), run_id, seq)
    if part_id is None:
        return redirect(url_for("deliveries.one", run_id=run_id, seq=seq), 302)
    return redirect(url_for(".show", part_id=part_id), 302)


@blueprint.get("/teams/<int:team_id>/entries/<int:entry_id>/chain")
@login_required  # type: ignore[untyped-decorator]
def of_entry(team_id: int, entry_id: int) -> Response:
    """The chain that an entry came by, at the answer it was in, which leads to the raw mail."""
    part_id, answer_id = story.of_entry(transaction.conn(), auth.principal(), team_id, entry_id)
    return redirect(url_for(".show", part_id=part_id, _anchor=f"answer-{answer_id}"), 302)
