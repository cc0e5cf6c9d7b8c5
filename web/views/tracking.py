"""What the workspace tracks: links and opens of campaigns, and whether questions and digests are counted too."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.tracking import flags
from engine.campaigns.tracking.flags import Flags
from web import auth, guard, transaction

blueprint = Blueprint("tracking", __name__, url_prefix="/settings/tracking")
auth.for_accounts(blueprint)


@blueprint.get("")
def index() -> str:
    """How it stands."""
    return render_template("tracking.html", flags=flags.of_workspace(transaction.conn(), auth.principal()))


@blueprint.post("")
def save() -> Response:
    """Let what is ticked hold for mails made from now on."""
    who, ticked = auth.principal(), request.form.getlist("track")
    before = flags.of_workspace(transaction.conn(), who)
    now = Flags("links" in ticked, "opens" in ticked, "checkins" in ticked)
    flags.save(transaction.conn(), who, now)
    guard.note("workspace", who.workspace_id, "", _changed(before, now))
    flash("Saved. It holds for mails that are made from now on.", "success")
    return redirect(url_for(".index"), 303)


def _changed(before: Flags, now: Flags) -> str:
    names = {"links": "links", "opens": "opens", "checkins": "questions and digests"}
    words = {True: "on", False: "off"}
    return "; ".join(
        f"{name}: {words[getattr(before, one)]} → {words[getattr(now, one)]}"
        for one, name in names.items()
        if getattr(before, one) != getattr(now, one)
    )
