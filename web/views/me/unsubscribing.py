"""The unsubscribe link: a page with a button for people, one click for mail providers, and the way back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.rounds import schedule as story
from engine.tokens import Purpose
from web import security, transaction
from web.views.me.visit import Visit, blueprint, prove, visit, visited


@blueprint.get("/u/<token>")
@blueprint.get("/u/<token>/<name>")
def unsubscribe(token: str, name: str = "") -> str:
    """What the unsubscribe link shows to a person: a button. Following it unsubscribes nobody."""
    here = _unsubscriber(token)
    visited(here, name)
    return render_template("unsubscribe.html", me=here.me, token=token, name=name)


@blueprint.post("/u/<token>")
@blueprint.post("/u/<token>/<name>")
@security.csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
def one_click(token: str, name: str = "") -> str:
    """Stop this team's mails at once and tell its managers (RFC 8058): no cookie, no token but the URL's, no redirect.

    Mail providers post here by themselves, and the page's own button does; harmless twice. `name` says which mail the
    link was in, which ends a doubt about that delivery.
    """
    here = _unsubscriber(token)
    prove(here, name, "unsubscribe")
    if here.me.left_at is None:
        followup = story.pause(
            transaction.conn(), here.who, here.membership_id, transaction.now(), by="unsubscribe"
        )  # fmt: skip
        transaction.follow(followup)
        if here.me.paused_at is None:  # a provider may post twice
            here.note()
    return render_template("unsubscribe.html", me=here.settings_now(), token=token, name=name)


@blueprint.post("/u/<token>/undo")
def resubscribe(token: str) -> Response:
    """Get the mails again."""
    here = _unsubscriber(token)
    story.resume(transaction.conn(), here.who, here.membership_id, transaction.now())
    here.note()
    flash("You get this team's mails again.", "success")
    return redirect(url_for(".unsubscribe", token=token), 303)


def _unsubscriber(token: str) -> Visit:
    return visit(token, Purpose.UNSUBSCRIBE)
