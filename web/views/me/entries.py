"""Mend what was recorded: another text, away with it, or back with it. The entry keeps what it said before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import flash, request
from werkzeug.wrappers import Response

from engine.db import Conn
from engine.inbound import amend
from engine.inbound.queries import finding
from engine.outbound.followup import FollowUp
from engine.rounds.due import DAY
from web import guard, shown, transaction
from web.me_forms import EntryForm
from web.views.me.answers import answer_page
from web.views.me.history import history_page
from web.views.me.today import today_page
from web.views.me.visit import Page, Visit, blueprint, filled, visit

PAGES = {"history": history_page, "show": today_page}  # and `recorded`, of the answer that the form names


@blueprint.post("/me/<token>/entries/<int:entry_id>")
def edit(token: str, entry_id: int) -> Page | Response:
    """Give an entry of one's own another text."""
    here, form = visit(token), EntryForm()

    def act() -> str:
        done = _change(here, entry_id, lambda conn, now: amend.edit(conn, here.who, entry_id, form.text.data, now))
        return "Changed. Posts of it in a chat are mended too." if done else "Nothing was changed."

    def again() -> Page:
        wrong = [*form.text.errors, *form.form_errors]
        typed = {entry_id: (form.text.data or "", wrong)}
        answer = _answer()
        return answer_page(here, answer, typed=typed) if answer else PAGES[_came_from()](here, typed=typed)

    return filled(here, form, act, _back(here, entry_id), again)


@blueprint.post("/me/<token>/entries/<int:entry_id>/remove")
def remove(token: str, entry_id: int) -> Response:
    """Take an entry of one's own away; it can be put back."""
    here = visit(token)
    _change(here, entry_id, lambda conn, now: amend.remove(conn, here.who, entry_id, now))
    flash("Removed. You can put it back below.", "success")
    return _back(here, entry_id, removed=True)


@blueprint.post("/me/<token>/entries/<int:entry_id>/restore")
def restore(token: str, entry_id: int) -> Response:
    """Put an entry back that one has removed."""
    here = visit(token)
    _change(here, entry_id, lambda conn, now: amend.restore(conn, here.who, entry_id, now))
    flash("Put back.", "success")
    return _back(here, entry_id)


def _change(here: Visit, entry_id: int, act: Callable[[Conn, datetime], FollowUp]) -> bool:
    """Do `act`, and record it; False when there was nothing to change."""
    conn, ws = transaction.conn(), here.me.workspace_id
    before = len(finding.changes(conn, ws, entry_id))
    transaction.follow(act(conn, transaction.now()))
    changed = len(finding.changes(conn, ws, entry_id)) > before
    if changed:
        guard.note("entry", entry_id, here.me.name or here.me.email, here.me.team, who=here.who)
    return changed


def _came_from() -> str:
    return "history" if request.form.get("page") == "history" else "show"


def _answer() -> int | None:
    """The answer whose page one was on."""
    return request.form.get("answer", type=int) if request.form.get("page") == "recorded" else None


def _back(here: Visit, entry_id: int, removed: bool = False) -> Response:
    if answer := _answer():
        return here.to(".recorded", f"entry-{entry_id}", answer_id=answer)
    return here.to(f".{_came_from()}", f"entry-{entry_id}", **_place(removed))


def _place(removed: bool) -> dict[str, str | date]:
    """Where in the history one was. A search does not find what is removed, so that its day is shown in its place."""
    words, day = request.form.get("q", ""), shown.asked_day("day")
    if removed and words and day:
        return {"before": day + DAY}
    place = {"q": words, "before": shown.asked_day("before")}
    return {name: value for name, value in place.items() if value}
