"""The team's day: where everybody stands and what they wrote, as far as this reader may see it in the app too."""

from __future__ import annotations

from flask import request

from engine.inbound.queries import finding
from engine.people import access
from engine.rounds.queries import pages
from web import transaction
from web.entry_filter import number, which_of, words_of
from web.entry_view import days_of
from web.round_view import today_view
from web.views.me.visit import Page, Visit, page

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
        days=days_of(rows[:PAGE], which.words, lambda row: False),
        more=rows[PAGE - 1].no if len(rows) > PAGE else None,
        q=typed.get("q", ""),
        first=first,
    )
