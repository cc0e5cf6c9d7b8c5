"""What members say about entries and days, on the page of a team's entries: written, taken away, put back.

Whoever is in the team may comment. Taking away is for who wrote it, and for those who moderate.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.inbound import commenting, withdraw
from engine.inbound.queries import finding, remarking
from engine.people import access, teams
from web import auth, guard, shown, transaction
from web.views.entries import Page, blueprint, listed, words_in


@blueprint.post("/<int:team_id>/entries/<int:entry_id>/comment")
def comment(team_id: int, entry_id: int) -> Page | Response:
    """Write about an entry; a refused text comes back as it was typed."""
    who, text, back = auth.principal(), request.form.get("text", ""), request.form.get("back", "")
    try:
        with transaction.step() as step:
            made, followup = commenting.on_entry(step, who, team_id, entry_id, text, transaction.now())
    except Invalid as error:
        return listed(team_id, {**words_in(back), "comment": str(entry_id)}, text, str(error)), 422
    transaction.follow(followup)
    if made is not None:
        row = finding.one(transaction.conn(), who.workspace_id, team_id, entry_id)
        guard.note("comment", made, row.name if row else "", _team(team_id))
        flash(f"Your comment is there{' and on its way by mail' if followup.batches else ''}.", "success")
    return _to(team_id, back, f"e{entry_id}")


@blueprint.post("/<int:team_id>/comments")
def comment_day(team_id: int) -> Page | Response:
    """Write about a day; it is in the next digest. A refused text comes back as it was typed."""
    text, back, said = request.form.get("text", ""), request.form.get("back", ""), request.form.get("day", "")
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise BadRequest from None  # no form of ours
    try:
        with transaction.step() as step:
            made = commenting.on_day(step, auth.principal(), team_id, day, text, transaction.now())
    except Invalid as error:
        return listed(team_id, {**words_in(back), "say": said}, text, str(error)), 422
    if made is not None:
        guard.note("comment", made, _team(team_id), shown.short_day(day))
        flash("Your comment is there. The next digest has it too.", "success")
    return _to(team_id, back, f"day-{day}")


@blueprint.post("/<int:team_id>/comments/<int:comment_id>/remove")
def remove_comment(team_id: int, comment_id: int) -> Response:
    """Take a comment away; the page after it offers to put it back."""
    row = _comment(team_id, comment_id)
    with transaction.step() as conn:
        if withdraw.remove(conn, auth.principal(), comment_id, transaction.now()):
            guard.note("comment", comment_id, row.name, row.team)
    found: dict[str, Any] = {**words_in(request.form.get("back", "")), "unsaid": comment_id}
    return redirect(url_for(".index", team_id=team_id, **found), 303)


@blueprint.post("/<int:team_id>/comments/<int:comment_id>/restore")
def restore_comment(team_id: int, comment_id: int) -> Response:
    """Put a comment back."""
    row = _comment(team_id, comment_id)
    with transaction.step() as conn:
        if withdraw.restore(conn, auth.principal(), comment_id):
            guard.note("comment", comment_id, row.name, row.team)
    return _to(team_id, request.form.get("back", ""), f"c{comment_id}")


def _comment(team_id: int, comment_id: int) -> Any:
    """A comment of this team, for who may see the team. Raises NotFound."""
    conn, who = transaction.conn(), auth.principal()
    access.require_seeing(conn, who, team_id)
    row = remarking.lock(conn, who.workspace_id, comment_id)
    if row is None or row.team_id != team_id:
        raise NotFound("There is no such comment here.")
    return row


def _to(team_id: int, back: str, place: str) -> Response:
    """The list as it was, at this place in it."""
    found: dict[str, Any] = {**words_in(back), "_anchor": place}
    return redirect(url_for(".index", team_id=team_id, **found), 303)


def _team(team_id: int) -> str:
    return teams.get(transaction.conn(), auth.principal(), team_id).name
