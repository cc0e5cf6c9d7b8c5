"""Days on which one is not asked."""

from __future__ import annotations

from flask import flash
from werkzeug.wrappers import Response

from engine.rounds import schedule as story
from web import shown, transaction
from web.me_forms import AwayForm
from web.views.me.today import form_page
from web.views.me.visit import Page, blueprint, filled, visit


@blueprint.post("/me/<token>/away")
def away(token: str) -> Page | Response:
    """Add days away."""
    here, form = visit(token), AwayForm()

    def act() -> str:
        first, last = form.first_day.data, form.last_day.data or form.first_day.data
        story.set_away(transaction.conn(), here.who, here.membership_id, first, last, transaction.now())
        here.note(f"added {shown.days_between(first, last)}")
        return "Noted. You are not asked on these days."

    return filled(here, form, act, here.to(".show", "away"), lambda: form_page(here, away_form=form))


@blueprint.post("/me/<token>/away/<int:away_id>/remove")
def not_away(token: str, away_id: int) -> Response:
    """Take days away back; they can be added again."""
    here = visit(token)
    story.remove_away(transaction.conn(), here.who, here.membership_id, away_id, transaction.now())
    here.note("took days away back")
    flash("Removed. You are asked on these days.", "success")
    return here.to(".show", "away")
