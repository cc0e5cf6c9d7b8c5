"""One's own hours, days and zone, and the next questions that follow from them."""

from __future__ import annotations

from werkzeug.wrappers import Response

from engine.rounds import preview
from engine.rounds import schedule as story
from engine.rounds.due import local_day
from engine.rounds.preview import Coming
from engine.rounds.queries import days
from engine.rounds.queries import hours as settings
from web import transaction
from web.me_forms import HoursForm, ReceiptForm, describe, hours_form, receipt_form
from web.views.me.visit import Page, Visit, blueprint, filled, page, visit
from web.views.members import of_hours

BEHIND = "Etc/GMT+12"  # where a date is still today when it is over everywhere else


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


@blueprint.post("/me/<token>/receipt")
def receipt(token: str) -> Page | Response:
    """Set how one hears what was recorded."""
    here = visit(token)
    form = receipt_form(here.me)

    def act() -> str:
        story.change_receipt(transaction.conn(), here.who, here.membership_id, form.receipt.data or None)
        here.note(form.receipt.data or "as the team")
        return "Saved. It holds from your next answer on."

    after = here.to(".own_hours", "receipt")
    return filled(here, form, act, after, lambda: hours_page(here, hours_form(here.me), form))


def hours_page(here: Visit, form: HoursForm, receipts: ReceiptForm | None = None) -> Page:
    """The page with its forms as they are."""
    describe(form, here.me)
    receipts = receipts or receipt_form(here.me, formdata=None)
    return here.page("me_hours.html", hours_form=form, receipt_form=receipts, coming=coming(here))


def coming(here: Visit) -> Coming:
    """The next questions, and the days left out between them, by the rules of a manager's preview."""
    me, conn, now = here.me, transaction.conn(), transaction.now()
    since = local_day(BEHIND, now)
    team = settings.schedule(conn, me.workspace_id, me.team_id)
    off = {row.day: row.reason for row in days.since(conn, me.workspace_id, me.team_id, since)}
    (terms,) = settings.supposed(
        conn, me.workspace_id, [me.membership_id], since, me.team_prompt_at, me.team_weekdays
    )  # fmt: skip
    return preview.coming(terms, preview.paused_terms(team.active, me.team_zone, team.pause_until, off), now)
