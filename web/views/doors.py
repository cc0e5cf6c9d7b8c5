"""A person's own conversation behind their signed link: to be read and answered without an account.

A GET shows and writes nothing, since mail scanners follow links.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.conversations import actions, doors
from engine.conversations.doors import TooOften
from engine.errors import Invalid
from web import auth, talk_forms, transaction
from web.talk_forms import Reply

blueprint = Blueprint("doors", __name__, url_prefix="/c")


@blueprint.get("/<token>")
def show(token: str) -> str:
    """What both sides have said."""
    return _page(token)


@blueprint.post("/<token>")
def answer(token: str) -> Reply | tuple[str, int]:
    """Answer; a refused text comes back as it was typed."""
    text = request.form.get("text", "")
    door = doors.enter(transaction.conn(), auth.keys(), token, transaction.now())
    try:
        action_id = actions.read(request.form.get("action_id", ""))
        with transaction.step() as conn:
            done = doors.answer(conn, door, text, action_id, transaction.now())
    except Invalid as error:
        status, said = 429 if isinstance(error, TooOften) else 422, str(error)
        return talk_forms.refused(error, lambda: (_page(token, text, said), status))
    transaction.follow(done.followup)

    def on() -> Response:
        flash("Your message is here. You hear from us by mail.", "success")
        return redirect(url_for(".show", token=token), 303)

    return talk_forms.answered(done, on)


def _page(token: str, text: str = "", why: str = "") -> str:
    conn, now = transaction.conn(), transaction.now()
    opened = doors.looked(conn, doors.enter(conn, auth.keys(), token, now))
    return render_template(
        "door.html", opened=opened, token=token, text=text, why=why, action_id=talk_forms.fresh(), now=now
    )
