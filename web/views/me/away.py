"""Days on which one is not asked: a calendar whose days can be turned, and a form for more of them."""

from __future__ import annotations

from datetime import date

from flask import flash, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.rounds import own_days
from engine.rounds import schedule as story
from engine.rounds.due import DAY, local_day
from engine.rounds.queries import days as team_days
from engine.rounds.queries import hours as settings
from engine.rounds.queries import own
from web import shown, transaction
from web.me_forms import AwayForm
from web.month import Facts, Month, legend, month, month_of, next_month
from web.views.me.visit import Page, Visit, blueprint, filled, page, visit


@page("/away")
def days(here: Visit) -> Page:
    """The calendar of a month, the days away that are to come, and a form."""
    return away_page(here, AwayForm(formdata=None))


@blueprint.post("/me/<token>/away")
def away(token: str) -> Page | Response:
    """Add days away."""
    here, form = visit(token), AwayForm()

    def act() -> str:
        first, last = form.first_day.data, form.last_day.data or form.first_day.data
        story.set_away(transaction.conn(), here.who, here.membership_id, first, last, transaction.now())
        here.note(f"added {shown.days_between(first, last)}")
        return f"Noted: you are away {shown.days_between(first, last)}, and not asked."

    return filled(here, form, act, here.to(".days", "away"), lambda: away_page(here, form))


@blueprint.post("/me/<token>/away/day")
def turn_day(token: str) -> Response:
    """Be away on a day, or no longer: what a click on the calendar does."""
    here, day, conn, now = visit(token), _day(), transaction.conn(), transaction.now()
    if "back" in request.form:
        own_days.back_on(conn, here.who, here.membership_id, day, now)
        here.note(f"took {shown.short_day(day)} back")
        flash(f"You are asked again on {shown.short_day(day)}, if it is one of your days.", "success")
    else:
        own_days.away_on(conn, here.who, here.membership_id, day, now)
        here.note(f"added {shown.short_day(day)}")
        flash(f"You are away on {shown.short_day(day)}.", "success")
    at = url_for(".days", token=token, month=f"{day:%Y-%m}", _anchor=f"day-{day}")
    return redirect(at, 303)


@blueprint.post("/me/<token>/away/<int:away_id>/remove")
def not_away(token: str, away_id: int) -> Response:
    """Take days away back; they can be added again."""
    here = visit(token)
    story.remove_away(transaction.conn(), here.who, here.membership_id, away_id, transaction.now())
    here.note("took days away back")
    flash("Removed. You are asked on these days.", "success")
    return here.to(".days", "away")


def away_page(here: Visit, form: AwayForm) -> Page:
    """The page with the form as it is."""
    conn, me = transaction.conn(), here.me
    today = local_day(me.zone, transaction.now())
    return here.page(
        "me_away.html",
        away_form=form,
        month=_month(here, today),
        legend=legend(),
        weekdays=list(zip(shown.WEEKDAYS, shown.LONG_WEEKDAYS, strict=True)),
        away=settings.away_of(conn, me.workspace_id, me.contact_id, today),
        today=today,
    )


def _month(here: Visit, today: date) -> Month:
    conn, me = transaction.conn(), here.me
    first = month_of(request.args.get("month", ""), today)
    last = next_month(first) - DAY
    facts = Facts(
        today=today,
        away=own.away_between(conn, me.workspace_id, me.contact_id, first, last),
        off={row.day: row.reason for row in team_days.since(conn, me.workspace_id, me.team_id, first)},
        states=own.states(conn, me.workspace_id, me.membership_id, first, last),
        weekdays=me.weekdays or me.team_weekdays,
        asked=me.next_prompt_at is not None,
    )
    return month(first, facts)


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("back") or request.form.get("day", ""))
    except ValueError:
        raise Invalid("That is no day. Choose one in the calendar.") from None
