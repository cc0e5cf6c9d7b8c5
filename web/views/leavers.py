"""Unsubscriptions that came in a burst from behind one receiving system: they wait for an admin's word."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.tracking import leaving
from web import auth, guard, transaction
from web.confirm import unsure
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("leavers", __name__, url_prefix="/held/leaving")
auth.for_accounts(blueprint)


@blueprint.get("")
def index() -> str:
    """What waits, by receiving system."""
    found = leaving.held(transaction.conn(), auth.principal())
    return render_template("leavers.html", held=found, zone=viewer_zone())


@blueprint.post("")
def settle() -> Response | str:
    """Let them leave, or let all stay as it is, after asking."""
    form, who = request.form, auth.principal()
    system, leave = form.get("system", "")[:300], form.get("word") == "left"
    then = (
        "They get no more of it, as if each had pressed the button themselves."
        if leave
        else "They go on getting it. Whoever unsubscribes by themselves leaves at once, now as before."
    )
    ask = f"Unsubscribe them all, behind {system}?" if leave else f"Let them stay, behind {system}?"
    yes = "Unsubscribe them" if leave else "Let them stay"
    if page := unsure(ask, then, yes, url_for(".index"), danger=leave):
        return page
    n = leaving.settle(
        transaction.conn(), who, system, form.get("channel", ""), number(form.get("topic")) or 0,
        number(form.get("last")) or 0, "left" if leave else "stays", transaction.now(),
    )  # fmt: skip
    guard.note("workspace", who.workspace_id, system, f"{n} {'left' if leave else 'stay'}")
    flash(f"{n} unsubscribed." if leave else f"{n} stay.", "success")
    return redirect(url_for(".index"), 303)
