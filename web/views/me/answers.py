"""One answer of one's own: what was recorded of it, and the way to mend that. A receipt leads here."""

from __future__ import annotations

from typing import Any

from flask import flash
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.inbound import amend
from engine.rounds.queries import own
from engine.rounds.queries.own import Given
from web import guard, transaction
from web.views.me.today import under
from web.views.me.visit import Page, Visit, blueprint, left, page, visit


@page("/answers/<int:answer_id>")
def recorded(here: Visit, answer_id: int) -> Page:
    """What was recorded, each entry with what can be done to it, and what was left out."""
    return answer_page(here, answer_id)


@blueprint.post("/me/<token>/answers/<int:answer_id>/remove")
def no_answer(token: str, answer_id: int) -> Page | Response:
    """This was no answer: all of it is removed, and can be put back."""
    here = visit(token)
    given = _given(here, answer_id)
    if here.me.left_at is not None:
        return left(here)
    ids, followup = amend.remove_answer(transaction.conn(), here.who, given.id, transaction.now())
    transaction.follow(followup)
    if ids:
        guard.note("answer", given.id, here.me.name or here.me.email, here.me.team, who=here.who)
    flash("Removed. You can put it back below." if ids else "It was removed already.", "success")
    return here.to(".recorded", answer_id=given.id)


@blueprint.post("/me/<token>/answers/<int:answer_id>/restore")
def answer_back(token: str, answer_id: int) -> Page | Response:
    """Put all of an answer back that one has removed."""
    here = visit(token)
    given = _given(here, answer_id)
    if here.me.left_at is not None:
        return left(here)
    conn = transaction.conn()
    entries = [entry.id for entry in own.said_in(conn, here.me.workspace_id, here.membership_id, given.id)]
    ids, followup = amend.restore_all(conn, here.who, entries, transaction.now())
    transaction.follow(followup)
    if ids:
        guard.note("answer", given.id, here.me.name or here.me.email, here.me.team, who=here.who)
    flash("Put back." if ids else "Nothing was there to put back.", "success")
    return here.to(".recorded", answer_id=given.id)


def answer_page(here: Visit, answer_id: int, **typed: Any) -> Page:
    """The page, with the entry that is being changed as it was `typed`."""
    conn, me = transaction.conn(), here.me
    given = _given(here, answer_id)
    part = own.part(conn, me.workspace_id, me.membership_id, given.participation_id)
    said = own.said_in(conn, me.workspace_id, me.membership_id, given.id)
    shown = [entry for entry in said if entry.removed_at is None or entry.by_me]
    return here.page(
        "me_answer.html",
        given=given,
        part=part,
        groups=under(part, shown) if part else [],
        there=any(entry.removed_at is None for entry in shown),
        gone=any(entry.removed_at is not None for entry in shown),
        **({"typed": {}} | typed),
    )


def _given(here: Visit, answer_id: int) -> Given:
    found = own.answer(transaction.conn(), here.me.workspace_id, here.membership_id, answer_id)
    if found is None:
        raise NotFound("There is no such answer of yours.")
    return found
