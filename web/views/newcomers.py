"""People who wrote to us unasked: let in, turned away, or made to wait again. Admins may."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.inbound import newcomers as story
from engine.people import standing
from engine.people.standing import HELD, LISTED, REFUSED, Newcomer
from web import auth, guard, transaction
from web.confirm import unsure
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("newcomers", __name__, url_prefix="/held/people")
auth.for_accounts(blueprint)


@blueprint.get("")
def index() -> str:
    """Who waits to be let in; with ?show=refused who was turned away. After an act it can be undone here."""
    conn, who = transaction.conn(), auth.principal()
    refused = request.args.get("show") == REFUSED
    found = standing.listed(conn, who, REFUSED if refused else HELD, LISTED + 1)
    decided = number(request.args.get("decided"))
    return render_template(
        "newcomers.html", people=found[:LISTED], more=len(found) > LISTED, refused=refused, zone=viewer_zone(),
        decided=standing.one(conn, who, decided) if decided is not None else None,
    )  # fmt: skip


@blueprint.post("/<int:contact_id>/in")
def let_in(contact_id: int) -> Response | str:
    """Let them speak to us, after asking."""
    conn, who, now, back = transaction.conn(), auth.principal(), transaction.now(), url_for(".index")
    name = _name(standing.one(conn, who, contact_id))
    then = "What they wrote becomes a conversation, and so does what they write from now on. They are not told."
    if page := unsure(f"Let {name} in?", then, "Let them in", back, danger=False):
        return page
    done, followup = story.let_in(conn, who, contact_id, now)
    transaction.follow(followup)
    guard.note("contact", contact_id, done.address)
    return redirect(url_for(".index", decided=contact_id), 303)


@blueprint.post("/<int:contact_id>/away")
def turn_away(contact_id: int) -> Response | str:
    """Let nothing of theirs wait any more, after asking."""
    conn, who, now, back = transaction.conn(), auth.principal(), transaction.now(), url_for(".index")
    name = _name(standing.one(conn, who, contact_id))
    then = "Their mails wait here no more, now or later; they are kept under “Noted mail”. They are not told."
    if page := unsure(f"Turn {name} away?", then, "Turn them away", back):
        return page
    done = story.turn_away(conn, who, contact_id, now)
    guard.note("contact", contact_id, done.address)
    return redirect(url_for(".index", decided=contact_id), 303)


@blueprint.post("/<int:contact_id>/wait")
def hold_again(contact_id: int) -> Response:
    """Take either back."""
    done, followup = story.hold_again(transaction.conn(), auth.principal(), contact_id, transaction.now())
    transaction.follow(followup)
    guard.note("contact", contact_id, done.address)
    flash(f"{_name(done)} has to wait again. What became a message stays one.", "success")
    return redirect(url_for(".index"), 303)


def _name(of: Newcomer) -> str:
    return of.name or of.address
