"""Fewer mails: pause, resume, leave."""

from __future__ import annotations

from flask import flash, url_for
from werkzeug.wrappers import Response

from engine.rounds import schedule as story
from web import shown, transaction
from web.confirm import unsure
from web.me_forms import PauseForm
from web.views.me.today import form_page
from web.views.me.visit import Page, blueprint, filled, visit


@blueprint.post("/me/<token>/pause")
def pause(token: str) -> Page | Response:
    """Stop this team's mails until a day, or until one resumes."""
    here, form = visit(token), PauseForm()

    def act() -> str:
        until, now = form.pause_until.data, transaction.now()
        transaction.follow(story.pause(transaction.conn(), here.who, here.membership_id, now, until=until))
        here.note(f"until {shown.short_day(until)}" if until else "")
        return "You are paused. You can resume at any time."

    return filled(here, form, act, here.to(".show"), lambda: form_page(here, pause_form=form))


@blueprint.post("/me/<token>/resume")
def resume(token: str) -> Response:
    """Undo a pause."""
    here = visit(token)
    story.resume(transaction.conn(), here.who, here.membership_id, transaction.now())
    here.note()
    flash("Welcome back.", "success")
    return here.to(".show")


@blueprint.post("/me/<token>/leave")
def leave(token: str) -> str | Response:
    """Leave the team, after asking."""
    here = visit(token)
    then = "You get no more mails of this team. Only a manager can add you again. What you wrote stays with the team."
    if page := unsure(f"Leave {here.me.team}?", then, "Leave the team", url_for(".show", token=token)):
        return page
    here.note()
    story.leave(transaction.conn(), here.who, here.membership_id, transaction.now())
    return here.to(".show")
