"""Today: what one is asked, what was recorded, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.inbound.entries import answer_each_on_web, answer_on_web
from engine.inbound.queries import remarking
from engine.rounds.due import local_day
from engine.rounds.queries import own
from engine.rounds.queries.own import Asked, Own
from web import transaction
from web.me_forms import answer_form
from web.views.deliveries import number
from web.views.me.visit import Page, Visit, blueprint, filled, page, visit


@dataclass(frozen=True, slots=True)
class Under:
    """What was recorded under one question; the question is empty where the page has said it."""

    question: str
    entries: Sequence[Own]


@page("")
def show(here: Visit) -> Page:
    """Today's question, what was recorded, and a form for more."""
    return today_page(here)


@blueprint.post("/me/<token>/answer")
def answer(token: str) -> Page | Response:
    """Answer on the web what would be answered by mail; a second answer is added."""
    here = visit(token)
    part = _asked(here)
    form = answer_form(part)

    def act() -> str:
        conn, now, texts = transaction.conn(), transaction.now(), form.texts
        if len(texts) > 1:
            transaction.follow(answer_each_on_web(conn, here.who, part.id, texts, now))
        else:
            transaction.follow(answer_on_web(conn, here.who, part.id, texts[0], now))
        return "Recorded. You can still change it below; your team reads it in the next digest."

    return filled(here, form, act, here.to(".show", "recorded"), lambda: today_page(here, part, answer_form=form))


def _asked(here: Visit) -> Asked:
    """The part that the form is about: it says which, since midnight may have passed since it was shown."""
    conn, me, now = transaction.conn(), here.me, transaction.now()
    if ident := number(request.form.get("part")):
        found = own.part(conn, me.workspace_id, me.membership_id, ident)
    else:
        found = own.part_now(conn, me.workspace_id, me.membership_id, local_day(me.zone, now), now)
        if found is None:
            raise Invalid("There is nothing to answer yet.")
    if found is None:
        raise NotFound("There is no such round to answer.")
    return found


def today_page(here: Visit, part: Asked | None = None, **typed: Any) -> Page:
    """The page about `part`, or about the one that counts now, with forms as they were `typed`."""
    me, conn, now = here.me, transaction.conn(), transaction.now()
    today = local_day(me.zone, now)
    part = part or own.part_now(conn, me.workspace_id, me.membership_id, today, now)
    said = own.said(conn, me.workspace_id, me.membership_id, [part.id], removed=True).get(part.id, []) if part else []
    values: dict[str, Any] = {"answer_form": part and answer_form(part, formdata=None), "typed": {}} | typed
    return here.page(
        "me_today.html",
        part=part,
        recorded=[entry for entry in said if entry.removed_at is None],
        groups=under(part, [entry for entry in said if entry.removed_at is None or entry.by_me]) if part else [],
        remarks=remarking.shown(conn, me.workspace_id, me.team_id, [entry.id for entry in said]).on_entries,
        today=today,
        **values,
    )


def under(part: Asked, entries: Sequence[Own]) -> list[Under]:
    """Entries by question, in order; what answers none of several stands by itself, at the end."""
    several = len(part.questions) > 1
    groups: dict[str, list[Own]] = {}
    for entry in entries:
        known = several and entry.question is not None and entry.question < len(part.questions)
        groups.setdefault(part.questions[entry.question or 0] if known else "", []).append(entry)
    return [Under(question, found) for question, found in groups.items()]
