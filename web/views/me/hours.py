"""One's own hours, days and zone."""

from __future__ import annotations

from werkzeug.wrappers import Response

from engine.rounds import schedule as story
from web import transaction
from web.me_forms import HoursForm
from web.views.me.today import form_page
from web.views.me.visit import Page, blueprint, filled, visit
from web.views.members import of_hours


@blueprint.post("/me/<token>/hours")
def hours(token: str) -> Page | Response:
    """Set one's own hours, days and zone."""
    here, form = visit(token), HoursForm()

    def act() -> str:
        story.change_hours(
            transaction.conn(), here.who, here.membership_id, form.own(here.me), transaction.now()
        )  # fmt: skip
        here.note(of_hours(here.me, here.settings_now()))
        return "Saved. It holds from your next question on."

    return filled(here, form, act, here.to(".show", "hours"), lambda: form_page(here, hours_form=form))
