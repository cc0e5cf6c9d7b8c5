"""The link by which a contact leaves what a campaign is of: a page for people, one click for providers, a way back."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.tracking import choice, leaving
from engine.campaigns.tracking.classes import LEAVE
from engine.tokens import read_name
from web import auth, security, transaction
from web.track import noted, visit_here

blueprint = Blueprint("leaving", __name__)


@blueprint.get("/leave/<token>")
@blueprint.get("/leave/<token>/<name>")
def page(token: str, name: str = "") -> Response:
    """What the link shows to a person: a button. Following it unsubscribes nobody."""
    of = choice.opened(auth.keys(), token, transaction.now().date())
    answer = _shown(leaving.standing(transaction.conn(), of), token, name)
    mail = read_name(auth.keys(), name)
    return noted(answer, *mail, LEAVE) if mail else answer


@blueprint.post("/leave/<token>")
@blueprint.post("/leave/<token>/<name>")
@security.csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
def one_click(token: str, name: str = "") -> Response:
    """Leave at once (RFC 8058): no cookie, no token but the URL's, no redirect. Harmless twice.

    Mail providers post here by themselves, and the page's own button does. `name` says which mail the link was in.
    """
    of = choice.opened(auth.keys(), token, transaction.now().date())
    mail = read_name(auth.keys(), name)
    left = leaving.leave(transaction.conn(), of, mail, visit_here(), transaction.now())
    if "page" in request.form:
        return _shown(left, token, name)
    answer = make_response("Unsubscribed.\n" if left.state != "held" else "Noted.\n")  # a machine's: no page, no cookie
    answer.mimetype = "text/plain"
    return answer


@blueprint.post("/leave/<token>/undo")
def undo(token: str) -> Response:
    """Get it again."""
    of = choice.opened(auth.keys(), token, transaction.now().date())
    leaving.undo(transaction.conn(), of, transaction.now())
    flash("You get these mails again.", "success")
    return redirect(url_for(".page", token=token), 303)


@blueprint.after_request
def _apart(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _shown(found: leaving.Standing, token: str, name: str) -> Response:
    return make_response(render_template("leave.html", of=found, token=token, name=name))
