"""A contact's preferences, behind the signed link of their mails: by topic and channel."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.tracking import choice, preferences
from web import auth, transaction

blueprint = Blueprint("preferences", __name__)
CHANNELS = {"mail": "by mail", "sms": "by SMS", "chat": "by chat"}


@blueprint.get("/preferences/<token>")
def show(token: str) -> str:
    """What they want to hear of, as it stands."""
    of = choice.opened(auth.keys(), token, transaction.now().date())
    centre = preferences.shown(transaction.conn(), of)
    return render_template("preferences.html", centre=centre, token=token, channels=CHANNELS)


@blueprint.post("/preferences/<token>")
def save(token: str) -> Response:
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
