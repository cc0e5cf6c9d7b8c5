"""Today: what one is asked, what was recorded, and the answer."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from engine.inbound.entries import answer_on_web
from engine.rounds.due import local_day
from engine.rounds.queries import hours as settings
from engine.rounds.queries import pages
from web import transaction
from web.me_forms import AnswerForm, AwayForm, PauseForm, describe, hours_form
from web.views.me.visit import Page, Visit, blueprint, filled, left, page, visit

HISTORY = 14


@page("")
def show(here: Visit) -> Page:
    """The page: today's question, own hours, days away, pause and leave."""
    return form_page(here)


@blueprint.post("/me/<token>/answer")
def answer(token: str) -> Page | Response:
    """Answer on the web what would be answered by mail; a second answer is added."""
    here, form = visit(token), AnswerForm()

    def act() -> str:
        part = request.form.get("part", type=int) or 0
        transaction.follow(answer_on_web(transaction.conn(), here.who, part, form.text.data, transaction.now()))
        return "Recorded. Your team reads it in the next digest."

    return filled(here, form, act, here.to(".show", "today"), lambda: form_page(here, answer_form=form))


def form_page(here: Visit, **typed: Any) -> Page:
    """The page, with forms as they were `typed`."""
    if here.me.left_at is not None:
        return left(here)
    me, conn, now = here.me, transaction.conn(), transaction.now()
    past = pages.member_history(conn, me.workspace_id, me.membership_id, HISTORY)
    today = local_day(me.zone, now)
    part = next((row for row in past if row.local_date == today or row.closes_at > now), None)
    kept: dict[str, Any] = {
        "answer_form": AnswerForm(formdata=None),
        "hours_form": hours_form(me),
        "away_form": AwayForm(formdata=None),
        "pause_form": PauseForm(formdata=None),
    } | typed
    describe(kept["hours_form"], me)
    return render_template(
        "me.html",
        token=here.token,
        me=me,
        part=part,
        said=part.texts or [] if part else [],
        history=[row for row in past if row.texts and row is not part],
        away=settings.away_of(conn, me.workspace_id, me.contact_id, today),
        today=today,
        now=now,
        **kept,
    )
