"""Fewer mails: pause, resume, leave, and the way back."""

from __future__ import annotations

from flask import flash, url_for
from werkzeug.wrappers import Response

from engine.rounds import own_days
from engine.rounds import schedule as story
from web import shown, transaction
from web.confirm import unsure
from web.me_forms import PauseForm
from web.views.me.visit import Page, Visit, blueprint, filled, page, visit


@page("/stop")
def stop(here: Visit) -> Page:
    """Pause, resume or leave."""
    return stop_page(here, PauseForm(formdata=None))


@blueprint.post("/me/<token>/pause")
def pause(token: str) -> Page | Response:
    """Stop this team's mails until a day, or until one resumes."""
    here, form = visit(token), PauseForm()

    def act() -> str:
        until, now = form.pause_until.data, transaction.now()
        transaction.follow(story.pause(transaction.conn(), here.who, here.membership_id, now, until=until))
        here.note(f"until {shown.short_day(until)}" if until else "")
        return "You are paused. You can resume at any time."

    return filled(here, form, act, here.to(".stop"), lambda: stop_page(here, form))


@blueprint.post("/me/<token>/resume")
def resume(token: str) -> Response:
    """Undo a pause."""
    here = visit(token)
    story.resume(transaction.conn(), here.who, here.membership_id, transaction.now())
    here.note()
    flash("Welcome back. You are asked again.", "success")
    return here.to(".stop")


@blueprint.post("/me/<token>/leave")
def leave(token: str) -> Page | Response:
    """Leave the team, after asking."""
    here = visit(token)
    then = (
        "You get no more mails of this team. You can undo it for a week; after that a manager has to add you again."
        " What you wrote stays with the team."
    )
    if asking := unsure(f"Leave {here.me.team}?", then, "Leave the team", url_for(".stop", token=token)):
        return asking
    if story.leave(transaction.conn(), here.who, here.membership_id, transaction.now()):
        here.note()
    return here.to(".show")


@blueprint.post("/me/<token>/back")
def come_back(token: str) -> Response:
    """Undo having left."""
    here = visit(token)
    if own_days.come_back(transaction.conn(), here.who, here.membership_id, transaction.now()):
        here.note()
    flash(f"You are in {here.me.team} again, with your hours as they were.", "success")
    return here.to(".show")


def stop_page(here: Visit, form: PauseForm) -> Page:
    """The page with the form as it is."""
    return here.page("me_stop.html", pause_form=form)
