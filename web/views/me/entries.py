"""Mend what was recorded: another text, away with it, or back with it. The entry keeps what it said before."""

from __future__ import annotations

from flask import flash, request
from werkzeug.wrappers import Response

from engine.inbound import amend
from web import transaction
from web.me_forms import EntryForm
from web.views.me.history import history_page
from web.views.me.today import today_page
from web.views.me.visit import Page, Visit, blueprint, filled, visit

PAGES = {"history": history_page, "show": today_page}


@blueprint.post("/me/<token>/entries/<int:entry_id>")
def edit(token: str, entry_id: int) -> Page | Response:
    """Give an entry of one's own another text."""
    here, form = visit(token), EntryForm()

    def act() -> str:
        transaction.follow(amend.edit(transaction.conn(), here.who, entry_id, form.text.data, transaction.now()))
        return "Changed. Posts of it in a chat are changed where the service can."

    def again() -> Page:
        wrong = [*form.text.errors, *form.form_errors]
        return PAGES[_came_from()](here, typed={entry_id: (form.text.data or "", wrong)})

    return filled(here, form, act, _back(here, entry_id), again)


@blueprint.post("/me/<token>/entries/<int:entry_id>/remove")
def remove(token: str, entry_id: int) -> Response:
    """Take an entry of one's own away; it can be put back."""
    here = visit(token)
    transaction.follow(amend.remove(transaction.conn(), here.who, entry_id, transaction.now()))
    flash("Removed. You can put it back below.", "success")
    return _back(here, entry_id)


@blueprint.post("/me/<token>/entries/<int:entry_id>/restore")
def restore(token: str, entry_id: int) -> Response:
    """Put an entry back that one has removed."""
    here = visit(token)
    transaction.follow(amend.restore(transaction.conn(), here.who, entry_id, transaction.now()))
    flash("Put back.", "success")
    return _back(here, entry_id)


def _came_from() -> str:
    return "history" if request.form.get("page") == "history" else "show"


def _back(here: Visit, entry_id: int) -> Response:
    return here.to(f".{_came_from()}", f"entry-{entry_id}")
