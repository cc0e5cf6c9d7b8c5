"""The team's day: where everybody stands and what they wrote, as far as this reader may see it in the app too."""

from __future__ import annotations

from flask import flash, request
from werkzeug.wrappers import Response

from engine.inbound import withdraw
from engine.inbound.queries import finding, remarking
from engine.people import access
from engine.rounds.queries import pages
from web import guard, transaction
from web.entry_filter import number, which_of, words_of
from web.entry_view import days_of
from web.round_view import today_view
from web.views.me.visit import Page, Visit, blueprint, page, visit

PAGE = 100  # entries


@page("/team")
def team(here: Visit) -> Page:
    """Where the team stands today, and what it wrote, day by day; with `q` the entries that have its words."""
    me, conn, now = here.me, transaction.conn(), transaction.now()
    access.require_seeing(conn, here.who, me.team_id)
    typed, after = words_of({"q": request.args.get("q", "")}), number(request.args.get("after", ""))
    which = which_of(typed)
    rows = finding.found(conn, me.workspace_id, me.team_id, which, PAGE + 1, after)
    first = not typed and after is None
    return here.page(
        "me_team.html",
        stand=today_view(pages.team_today(conn, me.workspace_id, me.team_id, now), now, me.zone) if first else None,
        days=days_of(
            rows[:PAGE],
            which.words,
            lambda row: row.membership_id == me.membership_id,
            remarking.about(conn, me.workspace_id, me.team_id, rows[:PAGE], days=not typed),
        ),
        unsaid=number(request.args.get("unsaid", "")),
        more=rows[PAGE - 1].no if len(rows) > PAGE else None,
        q=typed.get("q", ""),
        first=first,
    )


@blueprint.post("/me/<token>/comments/<int:comment_id>/remove")
def remove_comment(token: str, comment_id: int) -> Response:
    """Take a comment of one's own away; the page after it offers to put it back."""
    here = visit(token)
    if withdraw.remove(transaction.conn(), here.who, comment_id, transaction.now()):
        _note(here, comment_id)
    return here.to(".team", unsaid=comment_id)


@blueprint.post("/me/<token>/comments/<int:comment_id>/restore")
def restore_comment(token: str, comment_id: int) -> Response:
    """Put a comment back that one has taken away."""
    here = visit(token)
    if withdraw.restore(transaction.conn(), here.who, comment_id):
        _note(here, comment_id)
        flash("Put back.", "success")
    return here.to(".team", f"c{comment_id}")


def _note(here: Visit, comment_id: int) -> None:
    guard.note("comment", comment_id, here.me.name or here.me.email, here.me.team, who=here.who)
