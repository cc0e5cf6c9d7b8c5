"""One's own hours, days and zone, and the next questions that follow from them."""

from __future__ import annotations

from datetime import timedelta

from werkzeug.wrappers import Response

from engine.rounds import schedule as story
from engine.rounds.coming import Coming, next_questions
from engine.rounds.due import Slot, local_day
from engine.rounds.queries import own
from web import transaction
from web.me_forms import HoursForm, describe, hours_form
from web.views.me.visit import Page, Visit, blueprint, filled, page, visit
from web.views.members import of_hours

AHEAD = timedelta(days=2 * 366)


@page("/hours")
def own_hours(here: Visit) -> Page:
    """Hours, weekdays, zone, and the next seven questions as a list."""
    return hours_page(here, hours_form(here.me))


@blueprint.post("/me/<token>/hours")
def hours(token: str) -> Page | Response:
    """Set one's own hours, days and zone."""
    here, form = visit(token), HoursForm()

    def act() -> str:
        story.change_hours(transaction.conn(), here.who, here.membership_id, form.own(here.me), transaction.now())
        here.note(of_hours(here.me, here.settings_now()))
        return "Saved. It holds from your next question on."

    return filled(here, form, act, here.to(".own_hours"), lambda: hours_page(here, form))


def hours_page(here: Visit, form: HoursForm) -> Page:
    """The page with the form as it is."""
    describe(form, here.me)
    return here.page("me_hours.html", hours_form=form, coming=coming(here))


def coming(here: Visit) -> list[Coming]:
    """The next questions, without days away and the team's days off; none while nothing is planned."""
    me, conn = here.me, transaction.conn()
    if me.next_prompt_at is None or me.next_prompt_day is None:
        return []
    today = local_day(me.zone, transaction.now())
    away = own.away_between(conn, me.workspace_id, me.contact_id, today, today + AHEAD)
    off = own.days_off(conn, me.workspace_id, me.team_id, today)
    first = Slot(me.next_prompt_at, me.next_prompt_day)
    at, weekdays = me.prompt_at or me.team_prompt_at, me.weekdays or me.team_weekdays
    return next_questions(first, me.zone, at, weekdays, away, off)
