"""A contact's preferences, behind the signed link of their mails: by topic and channel."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.tracking import choice, preferences
from engine.campaigns.tracking.classes import PREFERENCES
from engine.tokens import read_name
from web import auth, transaction
from web.track import noted

blueprint = Blueprint("preferences", __name__)
CHANNELS = {"mail": "by mail", "sms": "by SMS", "chat": "by chat"}


@blueprint.get("/preferences/<token>")
@blueprint.get("/preferences/<token>/<name>")
def show(token: str, name: str = "") -> Response:
    """What they want to hear of, as it stands. `name` says which mail the link was in."""
    of = choice.opened(auth.keys(), token, transaction.now().date())
    centre = preferences.shown(transaction.conn(), of)
    answer = make_response(render_template("preferences.html", centre=centre, token=token, channels=CHANNELS))
    mail = read_name(auth.keys(), name)
    return noted(answer, *mail, PREFERENCES) if mail else answer


@blueprint.post("/preferences/<token>")
@blueprint.post("/preferences/<token>/<name>")
def save(token: str, name: str = "") -> Response:
    """Let what is ticked hold, from now on."""
    of = choice.opened(auth.keys(), token, transaction.now().date())
    changed = preferences.save(transaction.conn(), of, _ticked(), transaction.now())
    flash("Saved. It holds from now on." if changed else "Nothing has changed.", "success")
    return redirect(url_for(".show", token=token), 303)


@blueprint.after_request
def _apart(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _ticked() -> set[preferences.Cell]:
    parts = [value.partition("-") for value in request.form.getlist("want")]
    return {(channel, int(number)) for channel, _, number in parts if number.isdecimal() and len(number) < 19}
